"""Speech by espeak-ng, through its C library, which says at which sample each phone begins.

The library is loaded only when asked to speak and is no part of talkgen; what it says belongs to whoever had it say it.
"""

import ctypes
import ctypes.util
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talkgen.corpus.ipa import arpabet
from talkgen.types import SAMPLE_RATE, Array, Phone, TalkgenError

_SYNCHRONOUS, _PHONES_IN_IPA, _STAY = 2, 3, 0x8000  # of espeak_Initialize
_PHONE = 7  # espeakEVENT_PHONEME
_UTF8 = 1
_PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}
_PAUSE = ("SIL",)
_STOPS = frozenset(("P", "B", "T", "D", "K", "G", "CH", "JH"))
_LONGEST_CLOSURE = 0.12  # seconds
_SILENT = 0.002  # of full scale
_ELSEWHERE = {"hi": str.maketrans({"c": "tʃ", "ɟ": "dʒ"})}  # letters that a language's voice uses in its own way


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("pointer", ctypes.c_void_p), ("letters", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("clause", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("name", _Name),
    )  # fmt: skip


class _Espeak:
    """The library, started once; it keeps the sound and the phones of the last thing it was told to say."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise TalkgenError("espeak-ng is not installed; install the Debian package espeak-ng.")
        self.library = ctypes.CDLL(name)
        self.rate = self.library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONES_IN_IPA | _STAY)
        if self.rate < 1:
            raise TalkgenError("espeak-ng does not start; install the Debian packages espeak-ng and espeak-ng-data.")
        self.library.espeak_Info.restype = ctypes.c_char_p
        self.pieces: list[NDArray[np.int16]] = []
        self.events: list[tuple[int, str]] = []
        pointers = ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
        self._take = ctypes.CFUNCTYPE(ctypes.c_int, *pointers)(self._receive)
        self.library.espeak_SetSynthCallback(self._take)

    def _receive(self, samples: Any, n_samples: int, events: Any) -> int:
        if samples and n_samples > 0:
            self.pieces.append(np.ctypeslib.as_array(samples, (n_samples,)).copy())
        index = 0
        while events[index].type:
            if events[index].type == _PHONE:
                letters = ctypes.string_at(ctypes.addressof(events[index].name), 8).split(b"\0")[0]
                self.events.append((events[index].sample, letters.decode("utf-8", "ignore")))
            index += 1
        return 0


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def version() -> str:
    """The version of the library, such as `1.51`. Raises `TalkgenError` when espeak-ng is not installed."""
    return str(_espeak().library.espeak_Info(None).decode()).split()[0]


def speak(text: str, voice: str, settings: Mapping[str, int]) -> tuple[Array, tuple[Phone, ...]]:
    """Say a text: `(N,)` samples at 16 kHz and the phones, without a gap from the first sample to the last.

    `voice` is a language or one with a variant (`de`, `en-us+f2`); `settings` are `rate` (words a minute, 80 to 450), `volume`,
    `pitch` and `range` (0 to 100). Raises `TalkgenError` when espeak-ng is not installed or has no such voice.
    """
    from scipy.signal import resample_poly

    espeak = _espeak()
    if espeak.library.espeak_SetVoiceByName(voice.encode()):
        raise TalkgenError(f"espeak-ng has no voice {voice!r}; install the Debian package espeak-ng-data, or one that is newer.")
    for name, value in settings.items():
        espeak.library.espeak_SetParameter(_PARAMETERS[name], value, 0)
    espeak.pieces.clear()
    espeak.events.clear()
    spelt = text.encode()
    espeak.library.espeak_Synth(spelt, len(spelt) + 1, 0, 1, 0, _UTF8, None, None)
    sound: Array = (np.concatenate(espeak.pieces or [np.zeros(1, np.int16)]) / 32768).astype(np.float32)
    letters = _ELSEWHERE.get(voice.split("+")[0], {})
    events = [(sample, name.translate(letters)) for sample, name in espeak.events]
    return resample_poly(sound, SAMPLE_RATE, espeak.rate).astype(np.float32), phones(events, sound, espeak.rate)


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
