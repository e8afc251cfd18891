"""Whisper's encoder hears (Radford et al. 2022, "Robust speech recognition via large-scale weak supervision").

An extra: `pip install 'talkgen[speech-models]'`. The model comes from a local folder, `--hearing whisper:FOLDER`; it does
not stream.
"""

from pathlib import Path

from talkgen.audio._pretrained import load_encoder
from talkgen.audio.base import AudioEncoder


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder with the model in the folder `source`; see `load_encoder` for what else lies there, and for errors."""
    return load_encoder("whisper", source)
