"""The photograph on moving geometry: `warp`, the renderer that needs no weights.

The face keeps its identity because every pixel of skin is the photograph's own; expression ratio images relight it, the
rig's own eyes, teeth and mouth show where lids and lips part.
"""

from dataclasses import dataclass
from pathlib import Path

from talkgen.face.rig import FaceRig
from talkgen.render._picture import frame_picture
from talkgen.render.base import View, without_weights
from talkgen.render.warp.scene import build_scene
from talkgen.render.warp.shot import WarpShot
from talkgen.types import FaceFit, Portrait

cuts_out = True
MARGIN = 0.08
"""What is kept around the frame, as a share of its longer side: a moving head brings it into view."""


@dataclass(frozen=True)
class WarpRenderer:
    """Prepares portraits; holds nothing but the rig."""

    rig: FaceRig

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> WarpShot:
        """See `render.base.Renderer`."""
        return WarpShot(self.rig, build_scene(self.rig, frame_picture(portrait, fit, view, MARGIN)), view.cutout)


def load(rig: FaceRig, source: Path | None = None, steps: int | None = None, device: str = "cpu") -> WarpRenderer:
    """The renderer for a rig. Raises `TalkgenError` for weights, steps or a GPU, for which it has no use."""
    without_weights("warp", source, steps, device)
    return WarpRenderer(rig)
