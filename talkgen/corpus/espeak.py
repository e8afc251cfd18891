"""Speech by espeak-ng, which says at which sample each phone begins: `espeak_program`, run once for each text.

espeak-ng is under the GPL: it is no part of talkgen, runs only in that program's process, and what it says belongs to whoever had
it say it.
"""

import ctypes.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.corpus.ipa import arpabet
from talkgen.types import SAMPLE_RATE, Array, Phone, TalkgenError

_PROGRAM = Path(__file__).with_name("espeak_program.py")
_PAUSE = ("SIL",)
_STOPS = frozenset(("P", "B", "T", "D", "K", "G", "CH", "JH"))
_LONGEST_CLOSURE = 0.12  # seconds
_SILENT = 0.002  # of full scale
_ELSEWHERE = {"hi": str.maketrans({"c": "tʃ", "ɟ": "dʒ"})}  # letters that a language's voice uses in its own way


@cache
def version() -> str:
    """The version of the library, such as `1.51`. Raises `TalkgenError` when espeak-ng is not installed."""
    return str(_run("", "en", {})[0]["version"])


def speak(text: str, voice: str, settings: Mapping[str, int]) -> tuple[Array, tuple[Phone, ...]]:
    """Say a text: `(N,)` samples at 16 kHz and the phones, without a gap from the first sample to the last.

    `voice` is a language or one with a variant (`de`, `en-us+f2`); `settings` are `rate` (words a minute, 80 to 450), `volume`,
    `pitch` and `range` (0 to 100). Raises `TalkgenError` when espeak-ng is not installed or has no such voice.
    """
    from scipy.signal import resample_poly

    told, samples = _run(text, voice, settings)
    sound: Array = (np.frombuffer(samples or bytes(2), "<i2") / 32768).astype(np.float32)
    letters = _ELSEWHERE.get(voice.split("+")[0], {})
    events = [(sample, name.translate(letters)) for sample, name in told["phones"]]
    return resample_poly(sound, SAMPLE_RATE, told["rate"]).astype(np.float32), phones(events, sound, told["rate"])


def _run(text: str, voice: str, settings: Mapping[str, int]) -> tuple[dict[str, Any], bytes]:
    """What the program tells, and its 16-bit samples."""
    library = ctypes.util.find_library("espeak-ng")
    if library is None:
        raise TalkgenError("espeak-ng is not installed; install the Debian package espeak-ng.")
    asked = json.dumps({"text": text, "voice": voice, "settings": dict(settings)}).encode()
    done = subprocess.run([sys.executable, "-I", str(_PROGRAM), library], input=asked, capture_output=True, check=False)
    header, _, samples = done.stdout.partition(b"\n")
    if done.returncode:
        raise TalkgenError("espeak-ng does not start; install the Debian packages espeak-ng and espeak-ng-data.")
    told: dict[str, Any] = json.loads(header)
    if not told["voice"]:
        raise TalkgenError(f"espeak-ng has no voice {voice!r}; install the Debian package espeak-ng-data, or one that is newer.")
    return told, samples


def phones(events: Sequence[tuple[int, str]], sound: Array, rate: int) -> tuple[Phone, ...]:
    """Phones from events (first sample, name in IPA) and the sound `(N,)` at `rate` Hz that they were made with.

    A name lasts to the next one and its phones share the time alike. An event of a stop comes with its release: the closure is
    the silence before, which is cut off from the phone that it follows.
    """
    told = [(sample, name) for sample, name in events if not name.startswith("(")]  # "(en)": a change of language
    names = [(0, _PAUSE)] + [(sample, arpabet(name) or _PAUSE) for sample, name in told]
    starts = [_closure(sound, sample, rate) if spelt[0] in _STOPS else sample for sample, spelt in names]
    edges = np.maximum.accumulate([*starts, len(sound)])
    result: list[Phone] = []
    for (_, spelt), start, end in zip(names, edges[:-1] / rate, edges[1:] / rate, strict=True):
        cuts = np.linspace(start, end, len(spelt) + 1)
        result += [Phone(name, float(a), float(b)) for name, a, b in zip(spelt, cuts[:-1], cuts[1:], strict=True) if b > a]
    return tuple(result)


def _closure(sound: Array, release: int, rate: int) -> int:
    """The first sample of the silence that ends at `release`."""
    before = np.abs(sound[max(release - int(_LONGEST_CLOSURE * rate), 0) : release])
    loud = np.flatnonzero(before > _SILENT)
    return release - len(before) + (int(loud[-1]) + 1 if len(loud) else 0)
