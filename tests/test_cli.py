"""The command line: instant help, its commands from speech to files, quiet in a pipe, and tidy when interrupted."""

import json
import os
import pty
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import talkgen
from talkgen import __version__
from talkgen.cli import app
from talkgen.members import available

DATA = Path(__file__).parent / "data"
PORTRAIT, SPEECH = str(DATA / "astronaut.jpg"), str(DATA / "printing.flac")
TALKGEN = [f"{sysconfig.get_path('scripts')}/talkgen"]
"""The program as installed."""


def run(*arguments: str):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, talkgen.cli; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for package in ("torch", "scipy", "numba", "PIL", "soundfile", "ai_edge_litert", "pocketsphinx", "imageio_ffmpeg", "rich"):
        assert f"'{package}'" not in loaded, package


def test_what_python_users_name_is_there() -> None:
    assert all(getattr(talkgen, name) is not None for name in talkgen.__all__)
    with pytest.raises(AttributeError, match="TalkingHaed"):
        _ = talkgen.TalkingHaed


def test_help_names_commands_and_choices() -> None:
    assert {"render", "animate", "inspect", "doctor"} <= set(run("--help").output.split())
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["render", "--help"]).output
    for stage in ("motion", "render", "portrait"):
        assert all(name in shown for name in available(stage))
    assert run("--version").output == f"talkgen {__version__}\n"


def test_shells_complete_commands_and_options() -> None:
    """As the shell asks; `--show-completion` prints what has it ask."""
    for words, completed in (("talkgen re", "render\nretarget"), ("talkgen render --emotion-", "--emotion-guidance")):
        asked = {"_TALKGEN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        told = subprocess.run(TALKGEN, env={**os.environ, **asked}, capture_output=True, text=True, check=True).stdout
        assert told.strip() == completed
    assert {"--install-completion", "--show-completion"} <= set(run("--help").output.split())


def test_every_command_has_examples() -> None:
    for name in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
        shown = " ".join(run(name, "--help").output.split())
        assert f"Examples: talkgen {name}" in shown


def test_from_speech_to_curves_to_pictures(tmp_path: Path, speech_wav: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.npz"
    options = ("--audio", speech_wav, "--emotion", "sad:0.8", "--intensity", "head=0", "--seed", "3")
    for output in (first, second):
        result = run("animate", *options, "-o", output)
        assert result.exit_code == 0 and result.output == ""
    content = json.loads(first.read_text())
    assert len(content["blendshapes"]) == 50 and not np.any(content["head_rotation"])
    assert content["info"] == {
        "articulation": 1.0, "audio": "speech.wav", "emotion": "sad:0.8", "hearing": "mel", "intensity": {"head": 0.0},
        "motion": "diffusion", "seed": 3, "transcript": None,
    }  # fmt: skip
    for take in (first, second):
        result = run(
            "render", "--motion", take, "--image", PORTRAIT, "--size", "96", "--fps", "5", "-o", f"{tmp_path}/{take.stem}/"
        )
        assert result.exit_code == 0 and result.output == ""
    frames = [sorted((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert len(frames[0]) == 10
    assert all(one.read_bytes() == other.read_bytes() for one, other in zip(*frames, strict=True))


def test_curves_at_another_rate(tmp_path: Path, speech_wav: Path) -> None:
    assert run("animate", "--audio", speech_wav, "--fps", "60", "-o", tmp_path / "a.json").exit_code == 0
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["fps"] == 60 and len(content["blendshapes"]) == len(content["emotion_weights"]) == 120


def test_transcript_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "line.txt").write_text("Printing, then, for our purpose, may be considered as the art of making books.\n")
    assert run("animate", "--audio", SPEECH, "--transcript", f"@{tmp_path}/line.txt", "-o", tmp_path / "a.json").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["info"]["transcript"].startswith("Printing, then")


def test_video_of_speech(tmp_path: Path, speech_wav: Path) -> None:
    options = ("--audio", speech_wav, "--image", PORTRAIT, "--emotion", "happy", "--crop", "face", "--size", "128")
    for name in ("a.mp4", "b.mp4"):
        result = run("render", *options, "-o", tmp_path / name)
        assert result.exit_code == 0 and result.output == ""
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "speech.wav"]


def test_inspect(tmp_path: Path) -> None:
    result = run("inspect", PORTRAIT, "-o", tmp_path / "report.png")
    assert result.exit_code == 0 and "verdict  animates" in result.output and "mouthSmileLeft" in result.output
    with Image.open(tmp_path / "report.png") as report:
        assert report.width == 1280
    found = json.loads(run("inspect", PORTRAIT, "--json").output)
    assert found["size"] == [512, 512] and abs(found["pose_degrees"]["turn_left"]) < 10
    assert found["resting_expression"]["mouthSmileLeft"] > 0.5


def test_doctor() -> None:
    result = run("doctor")
    assert result.exit_code == 0 and "ffmpeg" in result.output and "FAILED" not in result.output


def rendering(tmp_path: Path, **options) -> subprocess.Popen:
    """A long render in its own process, once its temporary file is there."""
    wav = tmp_path / "in" / "long.wav"
    wav.parent.mkdir()
    import soundfile

    soundfile.write(wav, np.zeros(16000 * 120), 16000)
    arguments = ["render", "--audio", str(wav), "--image", PORTRAIT, "--size", "512", "-o", str(tmp_path / "out" / "a.mp4")]
    (tmp_path / "out").mkdir()
    process = subprocess.Popen([*TALKGEN, *arguments], env={**os.environ, "TMPDIR": str(tmp_path / "in")}, **options)
    for _ in range(300):
        if any(".part" in file.name and file.stat().st_size for file in (tmp_path / "out").iterdir()):
            return process
        time.sleep(0.1)
    raise AssertionError("the render did not start")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_render_leaves_nothing(tmp_path: Path, sign: signal.Signals) -> None:
    process = rendering(tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process.send_signal(sign)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130 and b"Traceback" not in output
    assert not list((tmp_path / "out").iterdir())
    left = [file.name for file in (tmp_path / "in").iterdir() if not file.name.startswith("torchinductor_")]  # PyTorch's own cache
    assert left == ["long.wav"]


def test_a_terminal_sees_progress(tmp_path: Path, speech_wav: Path) -> None:
    leader, follower = pty.openpty()
    arguments = ["render", "--audio", str(speech_wav), "--image", PORTRAIT, "--size", "96", "-o", str(tmp_path / "a.mp4")]
    process = subprocess.Popen([*TALKGEN, *arguments], stderr=follower, env={**os.environ, "TERM": "xterm"})
    os.close(follower)
    shown = b""
    while process.poll() is None or not shown:
        try:
            shown += os.read(leader, 65536)
        except OSError:
            break
    os.close(leader)
    assert process.wait(20) == 0
    assert b"Rendering" in shown and b"left" in shown and b"50 frames of 96" in shown
