"""Typed text, said by a program of this machine: espeak-ng or flite, only ever run as programs of their own."""

import shutil
import subprocess
from pathlib import Path

from talkgen.types import TalkgenError

LONGEST = 600
"""Characters that are said."""
VOICES = {
    "flite, slt (woman)": ("flite", "-voice", "slt"),
    "flite, rms (man)": ("flite", "-voice", "rms"),
    "espeak-ng, British": ("espeak-ng", "-v", "en-gb"),
    "espeak-ng, American": ("espeak-ng", "-v", "en-us"),
}


def voices() -> tuple[str, ...]:
    """The voices that are installed here."""
    return tuple(name for name, command in VOICES.items() if shutil.which(command[0]))


def command(text: str, voice: str, path: Path) -> list[str]:
    """The program and its arguments that say `text` into a sound file."""
    program = VOICES[voice]
    return [*program, "-t", text, "-o", str(path)] if program[0] == "flite" else [*program, "-w", str(path), "--", text]


def say(text: str, voice: str, path: Path) -> None:
    """Say `text` into a sound file. Raises `TalkgenError` for text that is missing or too long, and when the program fails."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise TalkgenError(f"The text has {len(words)} characters; write 1 to {LONGEST}.")
    if voice not in voices():
        raise TalkgenError(
            f"There is no voice {voice!r} here; {'choose ' + ' or '.join(voices()) if voices() else 'install flite'}."
        )
    done = subprocess.run(command(words, voice, path), capture_output=True, check=False)
    if done.returncode or not path.is_file():
        raise TalkgenError(f"{voice} could not say the text; change it, or give a recording.")
