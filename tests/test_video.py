"""Videos read back frame by frame: which frame stands where, at rates that are no whole numbers, with a late start."""

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from talkgen.lib.media import ffmpeg_command, open_audio, read_samples
from talkgen.lib.video import open_video, write_video
from talkgen.types import TalkgenError


def greys(n: int):
    return (np.full((48, 64, 3), 10 * k, np.uint8) for k in range(n))


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001, 12.5])
def test_what_was_written_is_read(tmp_path: Path, fps: float) -> None:
    path = tmp_path / "a.mp4"
    write_video(greys(20), 20, (64, 48), fps, None, "", path)
    video = open_video(path)
    assert video is not None and float(video.fps) == pytest.approx(fps, rel=1e-6)
    frames = list(video.frames())
    assert len(frames) == 20 and frames[0].shape == (48, 64, 3)
    np.testing.assert_allclose([frame.mean() for frame in frames], 10 * np.arange(20), atol=3)


def test_a_picture_that_begins_after_the_sound_is_held_back(tmp_path: Path) -> None:
    write_video(greys(10), 10, (64, 48), 25.0, None, "", tmp_path / "a.mp4")
    sound = ("-f", "lavfi", "-t", "1", "-i", "sine")
    late = ("-itsoffset", "0.2", "-i", str(tmp_path / "a.mp4"), "-map", "0:a", "-map", "1:v", "-c:v", "copy")
    subprocess.run(ffmpeg_command("-loglevel", "error", *sound, *late, str(tmp_path / "b.mkv")), check=True)
    frames = list(open_video(tmp_path / "b.mkv").frames())
    assert len(frames) == 15 and frames[6].mean() == pytest.approx(10, abs=3)  # 40 ms into the picture, 0.24 s into the file


def test_sound_that_begins_after_the_picture_is_held_back(tmp_path: Path, make_wav) -> None:
    write_video(greys(25), 25, (64, 48), 25.0, None, "", tmp_path / "a.mp4")
    late = ("-itsoffset", "0.3", "-i", str(make_wav(np.full(8000, 0.5))), "-i", str(tmp_path / "a.mp4"), "-c:v", "copy")
    subprocess.run(ffmpeg_command("-loglevel", "error", *late, "-c:a", "pcm_s16le", str(tmp_path / "b.mkv")), check=True)
    assert open_audio(tmp_path / "b.mkv").duration == pytest.approx(0.5, abs=0.01)
    clip = open_audio(tmp_path / "b.mkv", with_picture=True)
    samples = read_samples(clip, 0, clip.n_samples)
    assert clip.duration == pytest.approx(0.8, abs=0.01) and not samples[:4600].any() and samples[5000:].mean() > 0.3


def test_sound_has_no_picture(make_wav) -> None:
    assert open_video(make_wav(np.zeros(1600))) is None


def test_a_video_without_a_whole_frame(tmp_path: Path) -> None:
    write_video(greys(3), 3, (64, 48), 25.0, None, "", tmp_path / "a.mp4")
    video = open_video(tmp_path / "a.mp4")
    assert video is not None and video.fps == Fraction(25)
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(TalkgenError, match=r"a\.mp4"):
        list(video.frames())
