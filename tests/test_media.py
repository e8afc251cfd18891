"""Any sound becomes 16 kHz mono; anything else becomes one clear sentence, quickly."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speech_like

from talkgen.lib.media import audio_from_samples, ffmpeg_command, open_audio, read_samples
from talkgen.types import TalkgenError


def convert(source: Path, target: Path, *options: str) -> Path:
    subprocess.run(ffmpeg_command("-v", "error", "-i", str(source), *options, str(target)), check=True)
    return target


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.flac", ()),
        ("a.mp3", ()),
        ("a.m4a", ()),
        ("a.opus", ()),
        ("a.ogg", ()),
        ("mulaw.wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
        ("deep.wav", ("-ar", "48000", "-ac", "2", "-c:a", "pcm_s24le")),
        ("surround.wav", ("-ac", "6", "-c:a", "pcm_f32le")),
        ("-odd: %d name.wav", ()),
    ],
)
def test_common_files_open_in_full_and_in_step(speech_wav: Path, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    original = open_audio(speech_wav)
    clip = open_audio(convert(speech_wav, tmp_path / name, *options))
    assert clip.duration == pytest.approx(original.duration, abs=0.08)
    sound, wanted = (np.abs(read_samples(c, 0, original.n_samples)).reshape(-1, 160).mean(1) for c in (clip, original))
    assert np.corrcoef(sound, wanted)[0, 1] > 0.75


def test_video_gives_its_sound(speech_wav: Path, tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    pictures = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=5")
    subprocess.run(ffmpeg_command("-v", "error", *pictures, "-i", str(speech_wav), str(video)), check=True)
    assert open_audio(video).duration == pytest.approx(2.0, abs=0.08)


def test_samples_are_those_of_the_file(make_wav: Callable[..., Path]) -> None:
    ramp = np.linspace(-0.9, 0.9, 16000, dtype=np.float32)
    clip = open_audio(make_wav(ramp))
    assert clip.n_samples == 16000
    assert np.abs(read_samples(clip, 4000, 4100) - ramp[4000:4100]).max() < 2e-4
    around = read_samples(clip, -10, 16010)
    assert len(around) == 16020
    assert not around[:10].any()
    assert not around[-10:].any()


@pytest.mark.parametrize("duration", [0.1, 0.0001])
def test_very_short_and_silent_sound_is_allowed(make_wav: Callable[..., Path], duration: float) -> None:
    assert open_audio(make_wav(np.zeros(max(round(16000 * duration), 1)))).n_samples >= 1


def test_the_decoded_sound_goes_with_its_clip(speech_wav: Path) -> None:
    clip = open_audio(speech_wav)
    folder = clip.path.parent
    assert folder.exists()
    del clip
    assert not folder.exists()


def bad_files(folder: Path) -> dict[str, Path]:
    good = folder / "good.wav"
    soundfile.write(good, speech_like(), 16000)
    made = {name: folder / name for name in ("empty.wav", "text.wav", "noise.mp3", "header.wav", "cut.m4a", "cut.flac", "mute.mp4")}
    made["empty.wav"].touch()
    made["text.wav"].write_text("this is not sound")
    made["noise.mp3"].write_bytes(np.random.default_rng(0).bytes(50000))
    made["header.wav"].write_bytes(good.read_bytes()[:44])
    made["cut.m4a"].write_bytes(convert(good, folder / "whole.m4a").read_bytes()[:3000])
    made["cut.flac"].write_bytes(convert(good, folder / "whole.flac").read_bytes()[:20000])
    subprocess.run(
        ffmpeg_command("-v", "error", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", str(made["mute.mp4"])), check=True
    )
    return made | {"folder": folder, "missing": folder / "none.wav"}


def test_bad_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    for path in bad_files(tmp_path).values():
        begin = time.monotonic()
        with pytest.raises(TalkgenError) as refusal:
            open_audio(path)
        assert time.monotonic() - begin < 3
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_samples_from_python_are_resampled() -> None:
    time_ = np.arange(44100) / 44100
    clip = audio_from_samples(np.sin(2 * np.pi * 440 * time_).astype(np.float32), 44100)
    assert clip.duration == pytest.approx(1.0, abs=1e-3)
    spectrum = np.abs(np.fft.rfft(read_samples(clip, 0, 16000)))
    assert spectrum.argmax() == 440


@pytest.mark.parametrize("samples", [np.zeros((10, 2)), np.zeros(0), np.full(10, np.nan)])
def test_samples_that_are_not_sound_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(TalkgenError):
        audio_from_samples(samples, 16000)


@pytest.mark.shared
def test_odd_files(shared: Path) -> None:
    for path in sorted((shared / "data" / "audio_odd").iterdir()):
        if path.name in ("empty.wav", "fake.wav", "truncated.m4a"):
            with pytest.raises(TalkgenError):
                open_audio(path)
        elif path.stem.startswith("jfk") and "0.12" not in path.stem:
            assert open_audio(path).duration == pytest.approx(11.0, abs=0.1)
        else:
            assert open_audio(path).n_samples
