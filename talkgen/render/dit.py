"""The warped photograph, finished by the portrait transformer where geometry is not enough: mouth, eyes, and the folds of a face.

Rectified flow in a few steps, from noise that is fixed to the face to what the warped frame lacks: the photograph itself is never
drawn anew.
"""

from pathlib import Path

from talkgen.checkpoints import find
from talkgen.face.rig import FaceRig
from talkgen.render.base import Renderer
from talkgen.types import TalkgenError

cuts_out = True
STEPS, MOST = 1, 20


def load(rig: FaceRig, source: Path | None = None, steps: int | None = None, device: str = "cpu") -> Renderer:
    """The renderer with the weights that ship, or those in the folder `source`, as `talkgen train` makes it; `device` is where its
    network computes, "cpu" or "cuda".

    Raises `TalkgenError` for weights that cannot be used, an impossible number of `steps`, and a GPU that is not there.
    """
    if steps is not None and not 1 <= steps <= MOST:
        raise TalkgenError(f"{steps} steps are not possible; give 1 to {MOST}.")
    import torch  # a second or two that nobody should wait for who is only to be told the above

    from talkgen.lib.weights import read_network
    from talkgen.render._finish import DitRenderer
    from talkgen.render._portrait_transformer import PortraitTransformer

    if device == "cuda" and not torch.cuda.is_available():
        raise TalkgenError(
            "The device cuda cannot be used: PyTorch finds no such GPU. Give --device cpu, or install a PyTorch for yours."
        )
    network = read_network(source or find("portrait"), lambda description: PortraitTransformer(**description["network"]))
    # A processor that has to emulate half precision is slower with it than with single.
    halves = torch.cuda.is_bf16_supported() if device == "cuda" else torch.cpu._is_avx512_bf16_supported()
    network = network.bfloat16() if halves else network
    placed = torch.nn.Module.to(network, device)  # diffusers' own `to` would first load all that it can offload with
    return DitRenderer(rig, placed, steps or STEPS)
