"""Speech by flite (Carnegie Mellon), whose voices were recorded by people: the program, run once for each text."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from talkgen.types import SAMPLE_RATE, Array, Phone, TalkgenError

_ARPABET = {"PAU": "SIL", "AX": "AH", "AXR": "ER"}
_SEGMENT = re.compile(r"(\w+):(\d+\.\d+)")


@cache
def version() -> str:
    """The version of the program, such as `2.2`. Raises `TalkgenError` when flite is not installed."""
    return re.search(r"flite-([\d.]+)", _run("--version"))[1]  # type: ignore[index]


def speak(text: str, voice: str, settings: Mapping[str, float]) -> tuple[Array, tuple[Phone, ...]]:
    """Say an English text: `(N,)` samples at 16 kHz and the phones, without a gap from the first sample to the last.

    `settings` are features of flite, such as `duration_stretch`. Raises `TalkgenError` when flite is not installed.
    """
    import soundfile

    features = [argument for name, value in settings.items() for argument in ("--setf", f"{name}={value:.3f}")]
    with tempfile.TemporaryDirectory(prefix="talkgen-") as folder:
        wav = Path(folder) / "speech.wav"
        told = _run("-voice", voice, *features, "-t", text, "-o", str(wav), "-psdur")
        samples, rate = soundfile.read(wav, dtype="float32")
    if rate != SAMPLE_RATE:
        raise TalkgenError(f"flite's voice {voice!r} speaks at {rate} Hz; use one of 16 kHz.")
    return samples, phones(told, len(samples) / SAMPLE_RATE)


def phones(told: str, duration: float) -> tuple[Phone, ...]:
    """The phones of what `flite -psdur` prints, names with the times at which they end; the last is cut off at `duration`."""
    result, start = [], 0.0
    for name, end in _SEGMENT.findall(told):
        stop = min(float(end), duration)
        if stop > start:
            result.append(Phone(_ARPABET.get(name.upper(), name.upper()), start, stop))
        start = max(start, stop)
    if duration - start > 1e-6:
        result.append(Phone("SIL", start, duration))
    return tuple(result)


def _run(*arguments: str) -> str:
    try:
        return subprocess.run(["flite", *arguments], capture_output=True, check=False, text=True).stdout
    except FileNotFoundError:
        raise TalkgenError("flite is not installed; install the Debian package flite.") from None
