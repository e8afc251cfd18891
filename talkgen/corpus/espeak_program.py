"""A program, never imported: it has the C library of espeak-ng say one text, and tells at which sample each phone begins.

    python espeak_program.py LIBRARY < {"text": "Hello", "voice": "en", "settings": {"rate": 160}}

Prints a line of JSON, `version`, `rate` in Hz, `voice` (whether there is such a one) and `phones` (first sample, name in IPA), and
after it the sound as 16-bit samples. It knows nothing of talkgen, whose own process never loads what is under the GPL.
"""

import ctypes
import json
import sys
from typing import Any

SYNCHRONOUS, PHONES_IN_IPA, STAY = 2, 3, 0x8000  # of espeak_Initialize
PHONE = 7  # espeakEVENT_PHONEME
UTF8 = 1
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}


class Name(ctypes.Union):
    """What an event is about."""

    _fields_ = (("number", ctypes.c_int), ("pointer", ctypes.c_void_p), ("letters", ctypes.c_char * 8))


class Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = (
        ("type", ctypes.c_int), ("clause", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("name", Name),
    )  # fmt: skip


def main() -> None:
    """Say what stands on stdin. Exit code 1 when the library does not start."""
    asked, library = json.load(sys.stdin), ctypes.CDLL(sys.argv[1])
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONES_IN_IPA | STAY)
    if rate < 1:
        sys.exit(1)
    sound, phones = bytearray(), []

    def receive(samples: Any, n_samples: int, events: Any) -> int:
        if samples and n_samples > 0:
            sound.extend(ctypes.string_at(samples, 2 * n_samples))
        index = 0
        while events[index].type:
            if events[index].type == PHONE:
                letters = ctypes.string_at(ctypes.addressof(events[index].name), 8).split(b"\0")[0]
                phones.append((events[index].sample, letters.decode("utf-8", "ignore")))
            index += 1
        return 0

    take = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))(receive)
    library.espeak_SetSynthCallback(take)
    library.espeak_Info.restype = ctypes.c_char_p
    known = not library.espeak_SetVoiceByName(asked["voice"].encode())
    for name, value in asked["settings"].items():
        library.espeak_SetParameter(PARAMETERS[name], value, 0)
    if known:
        spelt = asked["text"].encode()
        library.espeak_Synth(spelt, len(spelt) + 1, 0, 1, 0, UTF8, None, None)
    told = {"version": library.espeak_Info(None).decode().split()[0], "rate": rate, "voice": known, "phones": phones}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + bytes(sound))


if __name__ == "__main__":
    main()
