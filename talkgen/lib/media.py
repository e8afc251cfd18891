"""Sound and video files: the only place that runs ffmpeg (the program that imageio-ffmpeg brings), with argument lists.

Whatever a user gives becomes a 16 kHz mono 16-bit WAV in a temporary folder, so that everything after reads plain samples.
"""

import re
import shutil
import subprocess
import tempfile
import weakref
from math import gcd
from pathlib import Path

import numpy as np

from talkgen.types import SAMPLE_RATE, Array, AudioClip, TalkgenError

_ACCEPTED = "audio (wav, flac, mp3, m4a, ogg, opus, ...) or video with sound (mp4, mov, webm, ...)"
_CUT_SHORT = ("partial file", "File ended prematurely", "corrupt input packet")  # ffmpeg's words for a file that stops too early


class _Folder:
    """A temporary folder that goes when the last clip that holds it goes, or when the program ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="talkgen-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def ffmpeg_command(*arguments: str) -> list[str]:
    """ffmpeg with these arguments: no banner, no questions, no network; only errors and the lines that tell what was opened."""
    import imageio_ffmpeg

    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-nostats", "-protocol_whitelist", "file,pipe", *arguments]


def open_audio(path: Path, with_picture: bool = False) -> AudioClip:
    """Open the first sound track of any audio or video file that ffmpeg can read, mixed down to mono and resampled to 16 kHz.

    The file is decoded once, by ffmpeg, to a temporary folder that lives as long as the clip; memory does not grow with length.
    A clip begins with its first sample; `with_picture` puts silence before sound that begins later than the picture beside it.
    Raises `TalkgenError` for a file that is missing, empty, not audio, cut short, without sound, or without a single sample.
    """
    path = Path(path)
    _check_file(path)
    folder = _Folder()
    wav = folder.path / "audio.wav"
    target = ("-ac", "1", "-ar", str(SAMPLE_RATE), "-c:a", "pcm_s16le", str(wav))
    aligned = ("-af", "aresample=first_pts=0") if with_picture else ()
    command = ffmpeg_command("-i", f"file:{path}", "-map", "0:a:0", *aligned, *target)
    done = subprocess.run(command, capture_output=True, check=False)
    log = done.stderr.decode("utf-8", "replace")
    n_samples = _count_samples(wav)
    if done.returncode or not n_samples:
        raise _refusal(path, log)
    if any(words in log for words in _CUT_SHORT) or n_samples / SAMPLE_RATE < 0.9 * _announced_duration(log) - 0.1:
        raise TalkgenError(f"{path} is cut short: only {n_samples / SAMPLE_RATE:.1f} s could be decoded. Give the whole file.")
    return AudioClip(wav, n_samples, path, folder)


def audio_from_samples(samples: Array, sample_rate: int) -> AudioClip:
    """A clip from `samples (N,)`, -1..1 mono at `sample_rate` Hz, resampled to 16 kHz by a polyphase filter.

    Raises `TalkgenError` when the array is empty, not one-dimensional or not finite, or the rate is not positive.
    """
    import soundfile
    from scipy.signal import resample_poly

    samples = np.asarray(samples, np.float32)
    if samples.ndim != 1 or not len(samples):
        raise TalkgenError(f"Samples have shape {samples.shape}; give one channel, an array of shape (N,) with N at least 1.")
    if sample_rate < 1 or not np.isfinite(samples).all():
        raise TalkgenError(f"Samples must be finite numbers at a positive rate in Hz; the rate given is {sample_rate}.")
    common = gcd(SAMPLE_RATE, sample_rate)
    if sample_rate != SAMPLE_RATE:
        samples = resample_poly(samples, SAMPLE_RATE // common, sample_rate // common)
    folder = _Folder()
    wav = folder.path / "audio.wav"
    soundfile.write(wav, np.clip(samples, -1, 1), SAMPLE_RATE, subtype="PCM_16")
    return AudioClip(wav, len(samples), wav, folder)


def read_samples(clip: AudioClip, start: int, stop: int) -> Array:
    """Samples `start` to `stop` of a clip, `(stop - start,)` float32 -1..1; only they are read from disk.

    Zeros stand for what lies before the first sample or after the last.
    """
    import soundfile

    first, last = max(start, 0), min(stop, clip.n_samples)
    samples = np.zeros(max(stop - start, 0), np.float32)
    if first < last:
        samples[first - start : last - start] = soundfile.read(clip.path, start=first, stop=last, dtype="float32")[0]
    return samples


def _check_file(path: Path) -> None:
    if not path.exists():
        raise TalkgenError(f"There is no file {path}.")
    if not path.is_file():
        raise TalkgenError(f"{path} is not a file; give {_ACCEPTED}.")
    if not path.stat().st_size:
        raise TalkgenError(f"{path} is empty (0 bytes); give {_ACCEPTED}.")


def _count_samples(wav: Path) -> int:
    """Samples in a WAV that ffmpeg wrote; 0 when it wrote none."""
    import soundfile

    if not wav.exists() or not wav.stat().st_size:
        return 0
    return int(soundfile.info(wav).frames)


def _announced_duration(log: str) -> float:
    """Seconds that a file's own header promises; 0 when it promises nothing, or not for the sound (a video's length)."""
    found = re.search(r"Duration: (\d+):(\d+):(\d+\.\d+)", log)
    if not found or "Video:" in log or "Estimating duration from bitrate" in log:
        return 0.0
    hours, minutes, seconds = map(float, found.groups())
    return 3600 * hours + 60 * minutes + seconds


def _refusal(path: Path, log: str) -> TalkgenError:
    """What to tell the user when ffmpeg (whose words are `log`) gave no sound."""
    if "No space left" in log:
        return TalkgenError(f"No space is left in {tempfile.gettempdir()} to decode {path}; free some, or set TMPDIR.")
    if "Permission denied" in log:
        return TalkgenError(f"{path} may not be read (permission denied).")
    if "matches no streams" in log:
        return TalkgenError(f"{path} has no sound; give {_ACCEPTED}.")
    return TalkgenError(f"{path} is not a sound file that can be decoded, or it is damaged; give {_ACCEPTED}.")
