"""Video in and out, frame by frame through ffmpeg's pipes, so that length costs no memory."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np

from talkgen.lib.media import ffmpeg_command
from talkgen.types import Frame, TalkgenError

PIPE = 1 << 20
"""Bytes that may wait for ffmpeg: about a frame, so that drawing and encoding overlap."""
_FILTERS = (
    "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=black@0",
    "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+bitexact",
    "format={planes}",
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
)
_EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


@dataclass(frozen=True)
class Coding:
    """How a video is written: its `planes` (ffmpeg's pixel format), and ffmpeg's arguments for picture, sound and file."""

    planes: str
    picture: tuple[str, ...]
    sound: tuple[str, ...]
    file: tuple[str, ...]

    @property
    def alpha(self) -> bool:
        """Whether it keeps how opaque each pixel is."""
        return self.planes.startswith("yuva")


_THREADS = ("-threads", "2")  # a fixed number: the bytes depend on it
MP4 = Coding(
    "yuv420p",
    ("-c:v", "libx264", "-preset", "superfast", "-crf", "18", *_THREADS),
    ("-c:a", "aac", "-b:a", "192k"),
    ("-movflags", "+faststart", "-f", "mp4"),
)
WEBM = Coding(
    "yuva420p",
    ("-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-deadline", "good", "-cpu-used", "5", "-auto-alt-ref", "0", *_THREADS),
    ("-c:a", "libopus", "-b:a", "128k"),
    ("-f", "webm"),
)
PRORES = Coding(
    "yuva444p10le",
    ("-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", *_THREADS),
    ("-c:a", "pcm_s16le"),
    ("-f", "mov"),
)


@dataclass(frozen=True)
class VideoFile:
    """A file with moving pictures, at the constant rate `fps` that its header announces."""

    path: Path
    fps: Fraction

    def frames(self) -> Iterator[Frame]:
        """Its frames, upright; frame k is what is shown k / fps after the file begins. Raises `TalkgenError` when none can be
        decoded."""
        steady = f"fps={self.fps}:start_time=0:round=near"
        target = ("-map", "0:V:0", "-vf", steady, "-f", "image2pipe", "-c:v", "ppm", "pipe:1")
        command = ffmpeg_command("-loglevel", "error", "-i", f"file:{self.path}", *target)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        assert process.stdout is not None
        count = 0
        try:
            while (frame := _read_ppm(process.stdout)) is not None:
                count += 1
                yield frame
        finally:
            process.stdout.close()
            process.kill()
            process.wait()
        if not count:
            raise TalkgenError(f"No picture of {self.path} can be decoded; is the file whole?")


def open_video(path: Path) -> VideoFile | None:
    """The moving pictures of a file; None when it has only sound (a cover picture does not count)."""
    log = subprocess.run(ffmpeg_command("-i", f"file:{path}"), capture_output=True, check=False).stderr.decode("utf-8", "replace")
    streams = [line for line in log.splitlines() if " Video: " in line and "attached pic" not in line]
    rate = re.search(r"([\d.]+) (?:fps|tbr)", streams[0]) if streams else None
    return VideoFile(path, _exact(float(rate[1]))) if rate else None


def _exact(rate: float) -> Fraction:
    """29.97 stands for 30000/1001."""
    ntsc = Fraction(round(rate * 1.001) * 1000, 1001)
    return ntsc if rate != round(rate) and abs(float(ntsc) - rate) < 0.01 else Fraction(rate).limit_denominator(1000)


def _read_ppm(pipe: IO[bytes]) -> Frame | None:
    """The next picture of a stream of binary PPM; None at its end, also in the middle of a picture."""
    header = [pipe.readline() for _ in range(3)]  # P6, width and height, 255
    if not header[2]:
        return None
    width, height = map(int, header[1].split())
    data = pipe.read(3 * width * height)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3) if len(data) == 3 * width * height else None


def write_video(
    frames: Iterator[Frame],
    n_frames: int,
    size: tuple[int, int],
    fps: float,
    sound: Path | None,
    comment: str,
    path: Path,
    coding: Coding = MP4,
) -> None:
    """Encode `frames` of `size` (width, height) at `fps`, with all of `sound` and silence to the picture's end.

    Frames are RGB, or for a `coding` with alpha RGBA, whose colours are not multiplied by it.

    The same frames, sound and comment give the same bytes: no clock, no encoder name, a fixed number of threads. An odd
    width or height gets one black column or row, since 4:2:0 video has only even ones. Raises `TalkgenError` with
    ffmpeg's own last words when it fails.
    """
    rate, (width, height) = Fraction(fps).limit_denominator(1001), size
    source = (
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgba" if coding.alpha else "rgb24",
        "-s",
        f"{width}x{height}",
        "-framerate",
        str(rate),
        "-i",
        "pipe:0",
    )
    picture = ("-map", "0:v:0", "-vf", ",".join(_FILTERS).format(planes=coding.planes), *coding.picture)
    # apad, not -shortest, which drops the last frame; asetpts, since the sound was analysed from its first sample on.
    padded = f"asetpts=N/SR/TB,apad=whole_dur={float(n_frames / rate):.6f}"
    voice = ("-map", "1:a:0", "-af", padded, *coding.sound) if sound else ()
    file = ("-metadata", f"comment={comment}", *coding.file, "-y", f"file:{path}")
    inputs = (*source, *(("-i", f"file:{sound}") if sound else ()))
    command = ffmpeg_command("-loglevel", "error", *inputs, *picture, *voice, *_EXACT, *file)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True, pipesize=PIPE
        )
        assert process.stdin is not None
        try:
            failed = _feed(process.stdin, frames) or process.wait()
        finally:  # after Ctrl-C or an error of the renderer ffmpeg must not finish half a video
            process.kill()
            process.wait()
            with suppress(OSError):
                process.stdin.close()
        if failed:
            log.seek(0)
            raise _failure(path, log.read().decode("utf-8", "replace"))


def _feed(pipe: IO[bytes], frames: Iterator[Frame]) -> bool:
    """Write every frame; True when ffmpeg hung up before the last."""
    try:
        for frame in frames:
            pipe.write(frame.tobytes())
        pipe.close()
    except BrokenPipeError:
        return True
    return False


def _failure(path: Path, log: str) -> TalkgenError:
    if "No space left" in log:
        return TalkgenError(f"No space is left on the disk for {path.parent}; free some and try again.")
    words = log.strip().splitlines() or ["it stopped without a word"]
    return TalkgenError(f"ffmpeg could not write the video: {words[-1]}")
