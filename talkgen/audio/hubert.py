"""HuBERT hears (Hsu et al. 2021, "Self-supervised speech representation learning by masked prediction of hidden units").

An extra: `pip install 'talkgen[speech-models]'`. The model comes from a local folder, `--hearing hubert:FOLDER`; it does
not stream.
"""

from pathlib import Path

from talkgen.audio._pretrained import load_encoder
from talkgen.audio.base import AudioEncoder


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder with the model in the folder `source`; see `load_encoder` for what else lies there, and for errors."""
    return load_encoder("hubert", source)
