"""What an audio encoder is."""

from typing import Protocol

from talkgen.types import AudioClip, AudioFeatures


class AudioEncoder(Protocol):
    """Hears speech. A member offers `load(source: Path | None) -> AudioEncoder`, where `source` is what the user named for it."""

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features of the whole clip: ceil(duration * fps) rows. `transcript` is what is said, in English, where known."""
        ...
