"""Whatever is wrong with an input or an option: one sentence, exit code 2, soon, and nothing left behind."""

import subprocess
import sysconfig
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import Result
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from talkgen.cli import app

DATA = Path(__file__).parent / "data"
PORTRAIT, SPEECH = DATA / "astronaut.jpg", DATA / "printing.flac"
TALKGEN = f"{sysconfig.get_path('scripts')}/talkgen"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def timed(*arguments: str | Path) -> tuple[Result, float]:
    """What a command ends with, and the seconds of CPU time that it takes: other work may share the machine."""
    start = time.process_time()
    result = run(*arguments)
    return result, time.process_time() - start


@cache
def usual() -> float:
    """Seconds in which this machine looks at a good portrait, when all is loaded."""
    run("render", "--audio", SPEECH, "--image", PORTRAIT, "--emotion", "hapy", "-o", "a.mp4")
    return min(timed("inspect", PORTRAIT)[1] for _ in range(3))


def refused(*arguments: str | Path, words: str = "") -> str:
    """The one sentence with which a command is refused, in at most five times the time in which a good portrait is looked at."""
    limit = 5 * usual()
    result, used = timed(*arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("talkgen: ") and lines[0].endswith((".", "?")), result.stderr
    assert words.lower() in lines[0].lower(), lines[0]
    assert result.stdout == "" and used < limit, (used, limit)
    return lines[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where outputs go; it must be empty at the end."""
    (tmp_path / "out").mkdir()
    yield tmp_path / "out"
    assert not list((tmp_path / "out").iterdir())


def picture(kind: str, path: Path) -> Path:
    """A file that is no animatable portrait, in the way that its name says."""
    rng = np.random.default_rng(0)
    with Image.open(PORTRAIT) as whole:
        makers: dict[str, Callable[[], Image.Image]] = {
            "blank": lambda: Image.new("RGB", (400, 300), "white"),
            "noise": lambda: Image.fromarray(rng.integers(0, 255, (300, 300, 3), np.uint8)),
            "landscape": lambda: Image.linear_gradient("L").resize((640, 400)),
            "no eyes": lambda: _covered(whole.copy(), (170, 80, 290, 140)),
            "half a face": lambda: whole.crop((228, 0, 512, 512)),
            "minute": lambda: whole.resize((16, 16)),
        }
        makers[kind]().save(path)
    return path


def _covered(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    ImageDraw.Draw(image).rectangle((0, 0, image.width, box[3]), "black")
    return image


@pytest.mark.parametrize("kind", ["blank", "noise", "landscape", "minute"])
def test_pictures_without_a_face(folder: Path, tmp_path: Path, kind: str) -> None:
    refused("render", "--audio", SPEECH, "--image", picture(kind, tmp_path / "face.png"), "-o", folder / "a.mp4", words="face.png")


def test_half_a_face(folder: Path, tmp_path: Path) -> None:
    refused(
        "render", "--audio", SPEECH, "--image", picture("half a face", tmp_path / "face.png"), "-o", folder / "a.mp4", words="face"
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.png", None, "no file"),
        ("empty.png", b"", "empty"),
        ("text.png", b"this is no picture", "not a picture"),
        ("cut.jpg", PORTRAIT.read_bytes()[:20000], "cut-off"),
        ("sound.png", SPEECH.read_bytes(), "not a picture"),
        ("folder", "folder", "folder"),
    ],
)
def test_files_that_are_no_picture(folder: Path, tmp_path: Path, name: str, content: bytes | str | None, words: str) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    refused("render", "--audio", SPEECH, "--image", path, "-o", folder / "a.mp4", words=words)
    refused("inspect", path, words=words)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.wav", None, "no file"),
        ("empty.wav", b"", "empty"),
        ("fake.wav", b"not a sound at all", "not a sound file"),
        ("header.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", "not a sound file"),
        ("cut.flac", SPEECH.read_bytes()[:30000], "cut short"),
        ("picture.wav", PORTRAIT.read_bytes(), "has no sound"),
        ("folder", "folder", "not a file"),
    ],
)
def test_files_that_are_no_speech(folder: Path, tmp_path: Path, name: str, content: bytes | str | None, words: str) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    refused("render", "--audio", path, "--image", PORTRAIT, "-o", folder / "a.mp4", words=words)
    refused("animate", "--audio", path, "-o", folder / "a.json", words=words)


def test_a_sound_without_samples(folder: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "nothing.wav", np.zeros(0), 16000)
    refused("animate", "--audio", tmp_path / "nothing.wav", "-o", folder / "a.json")


@pytest.mark.parametrize("seconds", [0.01, 0.1, 3.0])
def test_silence_and_very_short_sounds_are_allowed(tmp_path: Path, seconds: float) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(round(16000 * seconds)), 16000)
    options = ("--audio", tmp_path / "short.wav", "--image", PORTRAIT, "--size", "64")
    assert run("render", *options, "-o", tmp_path / "a.mp4").exit_code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--emotion", "hapy"), "did you mean happy"),
        (("--emotion", "happy:2"), "0 to 1.5"),
        (("--emotion", ""), "empty"),
        (("--emotion", "happy@nowhere"), "region"),
        (("--emotion", "text:blorp"), "not understood"),
        (("--emotion", "plan:nowhere.json"), "nowhere.json"),
        (("--emotion", "image"), "needs a picture"),
        (("--emotion", "audio:nowhere.wav"), "nowhere.wav"),
        (("--emotion", "auto:nowhere.wav"), "reads nothing else"),
        (("--audio-guidance", "4"), "0 to 3"),
        (("--motion", "procedural", "--emotion-guidance", "2"), "has no guidance"),
        (("--motion", "diffusion:nowhere"), "nowhere"),
        (("--motion", "procedural:folder"), "nothing after a colon"),
        (("--emotion", "vad:3,0"), "vad"),
        (("--start", "hapy"), "did you mean happy"),
        (("--end", "nowhere.json"), "no take nowhere.json"),
        (("--end", "audio"), "no speech to hear"),
        (("--intensity", "mouth=9"), "0 to 2"),
        (("--intensity", "chin=1"), "chin"),
        (("--articulation", "-1"), "articulation"),
        (("--articulation", "nan"), "articulation"),
        (("--transcript", ""), "empty"),
        (("--transcript", "@nowhere.txt"), "no transcript"),
        (("--transcript", f"@{PORTRAIT}"), "text"),
        (("--seed", "-1"), "negative"),
        (("--motion", "magic"), "procedural"),
        (("--fps", "0"), "frames per second"),
        (("--fps", "nan"), "frames per second"),
    ],
)
def test_wrong_direction(folder: Path, options: tuple[str, str], words: str) -> None:
    refused("animate", "--audio", SPEECH, *options, "-o", folder / "a.json", words=words)
    refused("render", "--audio", SPEECH, "--image", PORTRAIT, *options, "-o", folder / "a.mp4", words=words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--seconds", "0"), "1 to 3600"),
        (("--seconds", "nan"), "1 to 3600"),
        (("--seconds", "2", "--emotion", "audio"), "no speech"),
    ],
)
def test_impossible_idling(folder: Path, options: tuple[str, ...], words: str) -> None:
    refused("idle", *options, "-o", folder / "a.json", words=words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--size", "10"), "64 to 4096"),
        (("--size", "1000000"), "64 to 4096"),
        (("--fps", "1000"), "1 to 240"),
        (("--renderer", "magic"), "warp"),
        (("--renderer", "dit:nowhere"), "missing"),
        (("--renderer", "dit:nowhere", "--steps", "21"), "1 to 20"),
        (("--renderer", "warp:folder"), "takes nothing after a colon"),
        (("--renderer", "warp", "--steps", "2"), "does not draw in steps"),
        (("--device", "cuda"), "device cuda cannot be used"),
        (("--renderer", "warp", "--device", "cuda"), "computes on the CPU"),
        (("--device", "toaster"), "toaster"),
        (("--face", "2"), "one face"),
        (("--face", "0"), "face 0"),
        (("--landmarks", "magic"), "litert"),
        (("--landmarks", "nowhere.json"), "nowhere.json"),
        (("--landmarks", "litert:folder"), "litert"),
        (("--landmarks", "landmarks_json"), ".json"),
        (("--landmarks", "face_alignment"), "folder"),
    ],
)
def test_wrong_picture_options(folder: Path, options: tuple[str, str], words: str) -> None:
    refused("render", "--audio", SPEECH, "--image", PORTRAIT, *options, "-o", folder / "a.mp4", words=words)


@pytest.mark.parametrize(
    ("output", "options", "words"),
    [
        ("a.csv", ("--fps", "25"), "--fps 30 or --fps 60"),
        ("a.csv", ("--format", "livelnk"), "did you mean livelink"),
        ("a.csv", ("--format", "rhubarb"), "does not end as the format rhubarb does"),
        ("a.mp4", ("--format", "json"), "does not end as the format json does"),
        ("a.webm", (), "talkgen render"),
        ("a.csv", ("--rig", PORTRAIT), "--rig changes nothing in"),
        ("a.json", ("--retarget", "metahuman"), "--retarget changes nothing in"),
        ("a.json", ("--format", "arkit", "--retarget", "metahumn"), "did you mean metahuman"),
        ("a.glb", ("--rig", PORTRAIT), "not a rig"),
        ("a.glb", ("--rig", "nowhere.glb"), "no rig nowhere.glb"),
        ("a.glb", ("--retarget", "vrm"), "--rig FILE"),
    ],
)
def test_formats_for_engines(folder: Path, output: str, options: tuple[str | Path, ...], words: str) -> None:
    refused("animate", "--audio", SPEECH, *options, "-o", folder / output, words=words)


def test_addresses(folder: Path) -> None:
    refused("animate", "--audio", SPEECH, "-o", "osc://localhost", words="osc://127.0.0.1:39539")
    refused("render", "--audio", SPEECH, "--image", PORTRAIT, "--renderer", "mesh", "-o", folder / "a.webm", words="warp")


@pytest.mark.parametrize("options", [("--crop", "foot"), ("--fps", "many"), ("--no-such-option",), ("--emotion",)])
def test_misspelt_options_are_usage_errors(options: tuple[str, ...]) -> None:
    assert run("render", "--audio", SPEECH, "--image", PORTRAIT, "-o", "a.mp4", *options).exit_code == 2


def test_contradictions(folder: Path, tmp_path: Path) -> None:
    take = tmp_path / "take.json"
    assert run("animate", "--audio", SPEECH, "-o", take).exit_code == 0
    render = ("render", "--image", PORTRAIT, "-o", folder / "a.mp4")
    refused(*render, words="nothing to say")
    for option in (
        ("--emotion", "sad"),
        ("--transcript", "words"),
        ("--seed", "1"),
        ("--articulation", "1"),
        ("--intensity", "head=0"),
    ):
        refused(*render, "--motion", take, *option, words="already acted")
    soundfile.write(tmp_path / "other.wav", np.zeros(16000), 16000)
    refused(*render, "--motion", take, "--audio", tmp_path / "other.wav", words="give the sound that the take was made for")
    refused("animate", "--audio", SPEECH, "-o", folder / "a.mp4", words="talkgen render")
    refused("render", "--audio", SPEECH, "--image", PORTRAIT, "-o", folder / "a.json", words="talkgen animate")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.json", None, "no take"),
        ("empty.json", b"", "not a take"),
        ("list.json", b"[1, 2]", "not a take"),
        ("other.json", b'{"frames": 3}', "not a take"),
        ("bytes.json", bytes(range(256)), "not a take"),
        ("fake.npz", b"PK\x03\x04 and so on", "not a take"),
        ("nothing.npz", b"", "not a take"),
    ],
)
def test_files_that_are_no_take(folder: Path, tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused("render", "--image", PORTRAIT, "--motion", tmp_path / name, "-o", folder / "a.mp4", words=words)


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    render = ("render", "--audio", SPEECH, "--image", PORTRAIT, "-o")
    refused(*render, tmp_path / "nowhere" / "a.mp4", words="cannot be written")
    refused(*render, "/proc/a.mp4", words="cannot be written")
    refused(*render, tmp_path / "a.avi", words=".mp4")
    refused(*render, tmp_path / "a", words=".mp4")
    refused(*render, tmp_path / "video.mp4", words="is a folder")
    refused(*render, f"{tmp_path}/full/", words="other files")
    refused(*render, tmp_path / ("a" * 300 + ".mp4"), words="cannot be written")
    refused("inspect", PORTRAIT, "-o", tmp_path / "report.pdf", words=".png")
    refused("inspect", PORTRAIT, "-o", tmp_path / "nowhere" / "report.png", words="cannot be written")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["full", "video.mp4"]


def test_an_output_that_is_an_input(tmp_path: Path) -> None:
    portrait = tmp_path / "face.png"
    with Image.open(PORTRAIT) as image:
        image.save(portrait)
    before = portrait.read_bytes()
    refused("render", "--audio", SPEECH, "--image", portrait, "-o", portrait, words="also an input")
    refused("inspect", portrait, "-o", portrait, words="also an input")
    assert portrait.read_bytes() == before


def test_no_traceback_from_the_program_itself(tmp_path: Path) -> None:
    command = [TALKGEN, "render", "--audio", "nothing.wav", "--image", PORTRAIT, "-o", "a.mp4"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "talkgen: There is no file nothing.wav.\n"


def test_a_full_disk(tmp_path: Path, speech_wav: Path) -> None:
    """A file size limit stands for the full disk: the kernel refuses to write on."""
    take = tmp_path / "take.npz"
    assert run("animate", "--audio", speech_wav, "-o", take).exit_code == 0
    render = ("render", "--motion", take, "--image", PORTRAIT, "--size", "128", "-o")
    assert run(*render, tmp_path / "first.mp4").exit_code == 0  # which leaves compiled code on the disk while it is not full
    (tmp_path / "out").mkdir()
    for output in ("a.mp4", "frames/"):
        command = ["bash", "-c", f'ulimit -f 4; exec {TALKGEN} "$@"', "bash", *render, f"{tmp_path}/out/{output}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert not list((tmp_path / "out").iterdir())


ODD = ("empty.wav", "fake.wav", "truncated.m4a")


@pytest.mark.shared
def test_odd_sounds(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "data" / "audio_odd").iterdir()):
        if path.name in ODD:
            refused("animate", "--audio", path, "-o", tmp_path / "a.json", words=path.name)
        else:
            result = run("animate", "--audio", path, "-o", tmp_path / "a.json")
            assert result.exit_code == 0, (path.name, result.output, result.exception)


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["animal", "cropped", "noface", "multi", "occluded_or_turned", "tiny"])
def test_difficult_portraits(shared: Path, kind: str) -> None:
    """Without a face or with a cut one: refused. The others are animated, or refused in one sentence."""
    for path in sorted((shared / "data" / "portraits_eval" / "bad" / kind).iterdir()):
        result = run("inspect", path)
        if kind in ("animal", "cropped", "noface") or result.exit_code:
            refused("inspect", path, words=path.name)
        else:
            assert "verdict  animates" in result.output
