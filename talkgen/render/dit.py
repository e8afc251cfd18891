"""The warped photograph, finished by the portrait transformer where geometry is not enough: mouth, eyes, and the folds of a face.

Rectified flow in a few steps, from noise that is fixed to the face to what the warped frame lacks: the photograph itself is never
drawn anew.
"""

from pathlib import Path

from talkgen.face.rig import FaceRig
from talkgen.render.base import Renderer
from talkgen.types import TalkgenError

STEPS, MOST = 1, 20


def load(rig: FaceRig, source: Path | None = None, steps: int | None = None) -> Renderer:
    """The renderer with the weights in the folder `source`, as `talkgen train configs/training/portrait.yaml` makes it.

    Raises `TalkgenError` without it, for weights that cannot be used, and for an impossible number of `steps`.
    """
    if source is None:
        raise TalkgenError("No weights for dit ship yet; name a folder that talkgen train made: --renderer dit:FOLDER.")
    if steps is not None and not 1 <= steps <= MOST:
        raise TalkgenError(f"{steps} steps are not possible; give 1 to {MOST}.")
    import torch  # a second or two that nobody should wait for who is only to be told the above

    from talkgen.lib.weights import read_network
    from talkgen.render._finish import DitRenderer
    from talkgen.render._portrait_transformer import PortraitTransformer

    network = read_network(source, lambda description: PortraitTransformer(**description["network"]))
    halves = torch.cpu._is_avx512_bf16_supported()  # what a processor without must emulate is slower than single precision
    return DitRenderer(rig, network.bfloat16() if halves else network, steps or STEPS)
