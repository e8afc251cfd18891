"""Our own hearing network on log-mel frames: any language, any voice, and said of a moment 0.1 s after it."""

from pathlib import Path

from talkgen.audio._encoder import HearingEncoder
from talkgen.audio._logmel import BANDS
from talkgen.audio._network import load_network
from talkgen.audio.base import AudioEncoder
from talkgen.checkpoints import find
from talkgen.types import TalkgenError


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder with the weights in the folder `source`, as `talkgen train configs/training/hearing.yaml` makes it, or with
    those that ship. See `load_network` for errors."""
    network = load_network(source or find("hearing"))
    if (network.config.features, network.config.stride) != (BANDS, 2):
        raise TalkgenError(f"The network in {source} hears another model's states, not log-mel frames; name that model.")
    return HearingEncoder(network)
