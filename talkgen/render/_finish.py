"""What `dit` does to a warped frame: cuts its crops, has the portrait transformer draw what they lack, and pastes that."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from talkgen.face.rig import FaceRig
from talkgen.render import warp
from talkgen.render._crops import Charts, anchors, cut, grids, paste, resting_grids, within_face
from talkgen.render._portrait_transformer import (
    LEVELS,
    NOISE,
    TOKENS,
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
from talkgen.space import FIELDS
from talkgen.types import Array, EmotionTrack, FaceFit, Frame, MotionClip, Portrait

MOVED, TURNED = 0.1, 0.03
"""The largest change of a curve, and the turn (rad), from which a face counts as moved from how it was photographed."""
COLOURLESS = 3.0
"""Grey levels by which the colours of a black-and-white photograph differ at the most; it stays one."""
_SEED = 0
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
        self._anchors = anchors(renderer.rig, picture.fit.neutral)
        self._charts = Charts(renderer.rig, shot, self._anchors)
        margin = picture.margin
        shown = np.ascontiguousarray(picture.image[margin : margin + shot.height, margin : margin + shot.width])
        self._dtype = next(renderer.network.parameters()).dtype
        reference = patches(cut(shown, resting_grids(self._anchors, shot)), 16)
        with torch.inference_mode():
            self._memory = renderer.network.remember(colours(torch.from_numpy(reference)[None]).to(self._dtype))
        self._grey = float(np.ptp(reference, axis=-1).mean()) < COLOURLESS
        generator = torch.Generator().manual_seed(_SEED)
        self._within = torch.from_numpy(patches(within_face()))[None]
        self._noise = NOISE * torch.randn(1, TOKENS, 64, 3, generator=generator)

    def frames(self, motion: MotionClip, emotion: EmotionTrack | None = None) -> Iterator[Frame]:
        """See `render.base.Shot`."""
        rows = zip(motion.blendshapes, motion.head_rotation, motion.head_translation, strict=True)
        felt = None if emotion is None else emotion.weights[:, _FACE].mean(1)  # (T, 7)
        before: Tensor | None = None
        for k, (weights, rotation, translation) in enumerate(rows):
            placed = self._shot.place(weights, rotation, translation)
            frame = self._shot.draw(weights, placed)
            matrices = grids(self._anchors, self._shot, placed.turn, placed.shift)
            warped, maps = (torch.from_numpy(patches(c))[None] for c in (cut(frame, matrices), self._charts.maps(placed, matrices)))
            feeling = None if felt is None else felt[min(k, len(felt) - 1)]
            share = self._within * self._departure(weights, rotation)
            change = share * self._change(warped, maps, before, self._tell(weights, placed.turn, feeling))
            before = (warped + change).clamp(0, 255)
            crops = {name: image[0].permute(1, 2, 0).numpy() for name, image in images(change).items()}
            yield paste(frame, crops, matrices)

    def _departure(self, weights: Array, rotation: Array) -> float:
        """0 where the face is as it was photographed, which nothing can better, to 1."""
        moved = float(np.abs(weights - self._shot.scene.picture.fit.rest).max())
        return min(1.0, moved / MOVED + float(np.linalg.norm(rotation)) / TURNED)

    def _tell(self, weights: Array, turn: Array, felt: Array | None) -> Tensor:
        from scipy.spatial.transform import Rotation

        fit = self._shot.scene.picture.fit
        rotation = Rotation.from_matrix(turn).as_rotvec()
        return torch.from_numpy(tell(weights, fit.rest, rotation, fit.rotation, felt))[None]

    def _change(self, warped: Tensor, maps: Tensor, before: Tensor | None, told: Tensor) -> Tensor:
        """What is to be added to the warped crops `(1, N, 64, 3)`, grey levels."""
        from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

        scheduler, steps = FlowMatchEulerDiscreteScheduler(), self.renderer.steps
        scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps))
        known = torch.tensor([float(before is not None)])
        seen = see(warped, maps, warped if before is None else before, known).to(self._dtype)
        x, told = self._noise, told.to(self._dtype)
        with torch.inference_mode():
            for time, sigma in zip(scheduler.timesteps, scheduler.sigmas[:-1], strict=True):
                clean = self.renderer.network(x.to(self._dtype), seen, told, sigma[None], self._memory).float()
                x = scheduler.step((x - clean) / sigma, time, x, return_dict=False)[0]
        return LEVELS * (_uncoloured(x) if self._grey else x)


def _uncoloured(change: Tensor) -> Tensor:
    return torch.from_numpy(luminance(change.numpy()))[..., None].expand_as(change)
