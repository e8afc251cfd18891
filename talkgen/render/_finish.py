"""What `dit` does to a warped frame: cuts its crops, has the portrait transformer draw what they lack, and pastes that."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from talkgen.face.rig import FaceRig
from talkgen.lib.diffusion import euler
from talkgen.render import warp
from talkgen.render._crops import Charts, anchors, count_tokens, cut, grids, paste, resting_grids, within_face
from talkgen.render._portrait_transformer import (
    LEVELS,
    NOISE,
    PortraitTransformer,
    colours,
    images,
    patches,
    see,
    tell,
)
from talkgen.render.base import View
from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.shot import WarpShot
from talkgen.space import BLENDSHAPES, FIELDS, REGION_OF, REGIONS
from talkgen.types import Array, EmotionTrack, FaceFit, Frame, MotionClip, Portrait

MOVED, TURNED = 0.1, 0.03
"""The largest change of a curve, and the turn (rad), from which a crop counts as moved from how it was photographed."""
JUMP = 0.6
"""The change of a curve from one frame to the next from which what was drawn before says nothing: a cut, and no motion."""
HANDED_ON = 0.7
"""Share of a change that the next frame is told of. Of the whole of it several steps made more each time, until it was seen."""
COLOURLESS = 3.0
"""Grey levels by which the colours of a black-and-white photograph differ at the most; it stays one."""
_SEED = 0
_ABOUT_EYES = ("eyes", "gaze", "brows", "cheeks")
_AROUND: dict[str, tuple[str, ...]] = {
    "mouth": ("mouth", "jaw", "nose", "cheeks"), "eye_right": _ABOUT_EYES, "eye_left": _ABOUT_EYES, "face": REGIONS
}  # fmt: skip
_MOVES = {crop: [k for k, shape in enumerate(BLENDSHAPES) if REGION_OF[shape] in around] for crop, around in _AROUND.items()}
"""The curves that change what a crop shows."""
_FACE = [row for row, name in enumerate(FIELDS) if name not in ("gaze", "head")]


@dataclass(frozen=True)
class DitRenderer:
    """Prepares portraits for one network."""

    rig: FaceRig
    network: PortraitTransformer
    steps: int

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> "DitShot":
        """See `render.base.Renderer`."""
        return DitShot(self, warp.load(self.rig).prepare(portrait, fit, view))


class DitShot:
    """One portrait, ready to move."""

    def __init__(self, renderer: DitRenderer, shot: WarpShot) -> None:
        self.renderer, self._shot = renderer, shot
        self.width, self.height, self.landmarks = shot.width, shot.height, shot.landmarks
        picture = shot.scene.picture
        layout = renderer.network.layout
        self._anchors = anchors(renderer.rig, picture.fit.neutral, layout)
        self._charts = Charts(renderer.rig, shot, self._anchors)
        margin = picture.margin
        shown = np.ascontiguousarray(picture.image[margin : margin + shot.height, margin : margin + shot.width])
        weight = next(renderer.network.parameters())
        self._place = {"device": weight.device, "dtype": weight.dtype}
        reference = patches(cut(shown, resting_grids(self._anchors, shot)), 16)
        with torch.inference_mode():
            self._memory = renderer.network.remember(colours(torch.from_numpy(reference)[None]).to(**self._place))
        self._grey = float(np.ptp(reference, axis=-1).mean()) < COLOURLESS
        generator = torch.Generator().manual_seed(_SEED)
        self._within = torch.from_numpy(patches(within_face(layout)))[None]
        self._counts = torch.tensor([count_tokens((crop,)) for crop in layout])
        self._noise = NOISE * torch.randn(1, renderer.network.n_tokens, 64, 3, generator=generator)

    def frames(self, motion: MotionClip, emotion: EmotionTrack | None = None) -> Iterator[Frame]:
        """See `render.base.Shot`."""
        rows = zip(motion.blendshapes, motion.head_rotation, motion.head_translation, strict=True)
        felt = None if emotion is None else emotion.weights[:, _FACE].mean(1)  # (T, 7)
        before: Tensor | None = None
        last: Array | None = None
        for k, (weights, rotation, translation) in enumerate(rows):
            if last is not None and np.abs(weights - last).max() > JUMP:
                before = None
            last = weights
            placed = self._shot.place(weights, rotation, translation)
            frame = self._shot.draw(weights, placed)
            matrices = grids(self._anchors, self._shot, placed.turn, placed.shift)
            warped = torch.from_numpy(patches(cut(frame, matrices)))[None]
            share = self._departed(weights, rotation)
            if not share.any():
                before = warped
                yield self._shot.finish(frame)
                continue
            maps = torch.from_numpy(patches(self._charts.maps(placed, matrices)))[None]
            feeling = None if felt is None else felt[min(k, len(felt) - 1)]
            change = share * self._change(warped, maps, before, self._tell(weights, placed.turn, feeling))
            before = (warped + HANDED_ON * change).clamp(0, 255)
            crops = {name: image[0].permute(1, 2, 0).numpy() for name, image in images(change, self._anchors.layout).items()}
            yield self._shot.finish(paste(frame, crops, matrices))

    def landmarks_at(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """See `render.base.Shot`."""
        return self._shot.landmarks_at(weights, rotation, translation)

    def _departed(self, weights: Array, rotation: Array) -> Tensor:
        """`(1, N, 64, 1)`: of every crop 0 where the face is as it was photographed, which nothing can better, to 1."""
        moved = np.abs(weights - self._shot.scene.picture.fit.rest)
        turned = float(np.linalg.norm(rotation)) / TURNED
        shares = [min(1.0, float(moved[_MOVES[crop.name]].max()) / MOVED + turned) for crop in self._anchors.layout]
        return self._within * torch.tensor(shares).repeat_interleave(self._counts)[None, :, None, None]

    def _tell(self, weights: Array, turn: Array, felt: Array | None) -> Tensor:
        from scipy.spatial.transform import Rotation

        fit = self._shot.scene.picture.fit
        rotation = Rotation.from_matrix(turn).as_rotvec()
        return torch.from_numpy(tell(weights, fit.rest, rotation, fit.rotation, felt))[None]

    def _change(self, warped: Tensor, maps: Tensor, before: Tensor | None, told: Tensor) -> Tensor:
        """What is to be added to the warped crops `(1, N, 64, 3)`, grey levels."""
        scheduler = euler(self.renderer.steps)
        known = torch.tensor([float(before is not None)])
        seen = see(warped, maps, warped if before is None else before, known).to(**self._place)
        x, told = self._noise, told.to(**self._place)
        with torch.inference_mode():
            for time, sigma in zip(scheduler.timesteps, scheduler.sigmas[:-1], strict=True):
                at = sigma[None].to(seen.device)
                clean = self.renderer.network(x.to(**self._place), seen, told, at, self._memory).float().to(x.device)
                x = scheduler.step((x - clean) / sigma, time, x, return_dict=False)[0]
        return LEVELS * (_uncoloured(x) if self._grey else x)


def _uncoloured(change: Tensor) -> Tensor:
    return torch.from_numpy(luminance(change.numpy()))[..., None].expand_as(change)
