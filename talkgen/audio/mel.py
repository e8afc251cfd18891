"""A hearing network of ours on log-mel frames, as `talkgen train configs/training/hearing.yaml` makes it."""

from pathlib import Path

from talkgen.audio._encoder import HearingEncoder
from talkgen.audio._logmel import BANDS
from talkgen.audio._network import load_network
from talkgen.audio.base import AudioEncoder
from talkgen.types import TalkgenError


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder with the weights in the folder `source`; see `load_network` for errors."""
    if source is None:
        raise TalkgenError("The hearing mel needs its weights: give mel:FOLDER, a folder that talkgen train made.")
    network = load_network(source)
    if (network.config.features, network.config.stride) != (BANDS, 2):
        raise TalkgenError(f"The network in {source} hears another model's states, not log-mel frames; name that model.")
    return HearingEncoder(network)
