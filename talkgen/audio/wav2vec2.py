"""wav2vec 2.0 hears (Baevski et al. 2020, "A framework for self-supervised learning of speech representations").

An extra: `pip install 'talkgen[speech-models]'`. The model comes from a local folder, `--hearing wav2vec2:FOLDER`; it does
not stream.
"""

from pathlib import Path

from talkgen.audio._pretrained import load_encoder
from talkgen.audio.base import AudioEncoder


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder with the model in the folder `source`; see `load_encoder` for what else lies there, and for errors."""
    return load_encoder("wav2vec2", source)
