"""Faces for the portrait transformer: what the warp makes of a portrait, and the photograph it should have made.

Real pairs: one frame of a video is the portrait, another is what it should look like with that frame's motion. Restoration: a
single portrait is warped to another expression and back, by our own warp, so that lids, mouth and folds are those that the warp
invents; or on to a third, where it is to look as though the portrait had been warped there at once: nobody was photographed
twice, and a mouth that is wide open is to stay what the warp makes of it. Everything is cut into the crops of `render._crops`,
where head and crop keep together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from talkgen.corpus.expressions import draw_expression
from talkgen.corpus.synthetic_heads import draw_head
from talkgen.face.fit import Pose, fit_face, refine
from talkgen.face.landmark_mesh import N_MESH
from talkgen.face.rig import FaceRig, project, rotation_matrix
from talkgen.face.sequence import SequenceFit, fit_sequence
from talkgen.lib.image import resize
from talkgen.lib.video import open_video
from talkgen.portrait._matte import person_matte
from talkgen.portrait.base import open_portrait
from talkgen.portrait.litert.follow import Follower
from talkgen.render._crops import LAYOUTS, MAPS, Anchors, Charts, Crops, Grids, Layout, anchors, cut, grids, resting_grids
from talkgen.render._picture import Picture, frame_picture
from talkgen.render.base import View
from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.scene import build_scene
from talkgen.render.warp.shot import Placed, WarpShot
from talkgen.space import BLENDSHAPES
from talkgen.types import Array, FaceFit, Frame, Portrait, TalkgenError

IRIS_PIXELS = 84
"""Pixels between the irises of a portrait as it is warped: a little more than crops have."""
STORED = {"warped": 3, "maps": MAPS, "true": 3, "warped before": 3, "maps before": MAPS, "true before": 3, "reference": 3}
"""What a crop's channels hold, and how many each; `before` is of the frame before."""
MAP_SCALE = np.array([50, 50, 120, 120, 120, 120, 120], np.float32)
"""Maps are kept in bytes, as 128 and so many times their value."""
_MOST = 1200  # frames of a video that are looked at
_OTHERWISE = 0.35  # share of warped portraits that are not restored, but shown as the portrait itself would be warped
_TURN = np.radians([5.0, 9.0, 5.0])  # spread of the turns of a head that is warped and back


@dataclass(frozen=True)
class FaceExample:
    """`crops`: of each an array `(height, width, 29)` uint8, channels as in `STORED`; `curves (3, 52)`: what the face wears, wore
    in the frame before, and wears in the reference; `turns (3, 3)`: rotation vectors of its head likewise."""

    crops: dict[str, NDArray[np.uint8]]
    curves: Array
    turns: Array


class FaceMaker:
    """Makes examples with one rig, of one of `LAYOUTS`."""

    def __init__(self, rig: FaceRig, layout: Layout = LAYOUTS["parts"]) -> None:
        self.rig, self.layout = rig, layout

    def restored(self, path: Path, rng: Generator, count: int, grey: bool = False) -> Iterator[FaceExample]:
        """`count` examples of one portrait. Raises `TalkgenError` for a picture that cannot be used."""
        portrait = open_portrait(path)
        if grey:
            portrait = replace(portrait, image=_grey(portrait.image))
        picture = _framed(portrait, fit_face(self.rig, portrait))
        own = _Stage(self.rig, picture, self.layout)
        for _ in range(count):
            yield self._restore(own, rng)

    def _restore(self, own: "_Stage", rng: Generator) -> FaceExample:
        fit, rest, still = own.fit, own.fit.rest, np.zeros(3, np.float32)
        worn = draw_expression(rng, rest)
        turn = (rng.normal(size=3) * _TURN).astype(np.float32) if rng.random() < 0.5 else still
        away = own.shot.place(worn, turn, still)
        other = _Stage(self.rig, _worn(own, worn, away, own.shot.draw(worn, away)), self.layout)
        back = rng.random() > _OTHERWISE
        shown = rest if back else draw_expression(rng, rest)
        before = shown.copy()
        changed = rng.choice(len(before), 6, replace=False)
        before[changed] += rng.normal(size=6).astype(np.float32) * 0.06
        before = before.clip(0, 1)
        nudge = (rng.normal(size=3) * np.radians(0.4)).astype(np.float32)
        now, then = (other.looked(other.shot.place(w, r, still), w) for w, r in ((shown, -turn), (before, nudge - turn)))
        true = own.reference if back else own.drawn(shown, still)
        turns = np.stack([fit.rotation, fit.rotation, other.fit.rotation])
        return _example(now, true, then, own.drawn(before, nudge), other.reference, np.stack([shown, before, worn]), turns)

    def made_up(self, rng: Generator, count: int) -> Iterator[FaceExample]:
        """`count` examples of one synthetic head."""
        head, still = draw_head(self.rig, rng), np.zeros(3, np.float32)
        nothing = np.zeros(len(BLENDSHAPES), np.float32)
        rest = draw_expression(rng, nothing) if rng.random() < 0.6 else nothing
        stage = _Stage(self.rig, head.photographed(rest), self.layout)
        for _ in range(count):
            worn = draw_expression(rng, rest)
            before = (worn + 0.04 * rng.normal(size=len(worn)) * (worn > 0)).clip(0, 1).astype(np.float32)
            turn = (rng.normal(size=3) * _TURN * (rng.random() < 0.6)).astype(np.float32)
            looked, true = [], []
            for weights in (worn, before):
                placed = stage.shot.place(weights, turn, still)
                looked.append(stage.looked(placed, weights))
                picture, _ = head.draw(self.rig.pose(head.neutral, weights), placed.turn)
                shown = np.ascontiguousarray(_without(picture, stage.source.margin))
                true.append(cut(shown, grids(stage.anchors, stage.shot, placed.turn, placed.shift)))
            turned = _vector(rotation_matrix(head.rotation) @ rotation_matrix(turn))
            turns = np.stack([turned, turned, head.rotation])
            yield _example(looked[0], true[0], looked[1], true[1], stage.reference, np.stack([worn, before, rest]), turns)

    def filmed(self, path: Path, rng: Generator, references: int, count: int) -> Iterator[FaceExample]:
        """`count` examples with each of so many `references` of a video. Raises `TalkgenError` for one that cannot be used."""
        frames, marks = followed(path)
        fit = fit_sequence(self.rig, marks)
        for reference in rng.choice(len(frames), min(references, len(frames)), replace=False):
            yield from self._film(frames, marks, fit, int(reference), _varied(fit, count, rng))

    def _film(
        self, frames: list[Frame], marks: Array, fit: SequenceFit, reference: int, chosen: NDArray[np.int64]
    ) -> Iterator[FaceExample]:
        seen = seen_in(self.rig, marks[reference], fit, reference)
        matte, _ = person_matte(frames[reference], marks[reference])
        portrait = Portrait(frames[reference], marks[reference], matte)
        picture = _framed(portrait, seen)
        stage = _Stage(self.rig, picture, self.layout)
        for k in chosen:
            looked, true = [], []
            for frame in (k, max(k - 1, 0)):
                moved = stage.moved(seen_in(self.rig, marks[frame], fit, frame), seen)
                looked.append(stage.looked(moved, fit.blendshapes[frame]))
                true.append(
                    _photographed(frames[frame], portrait, picture, grids(stage.anchors, stage.shot, moved.turn, moved.shift))
                )
            order = [k, max(k - 1, 0), reference]
            curves, turns = fit.blendshapes[order], fit.head_rotation[order]
            yield _example(looked[0], true[0], looked[1], true[1], stage.reference, curves, turns)


class _Stage:
    """A portrait, its warp and its crops. `shown` is the photograph without its margin."""

    def __init__(self, rig: FaceRig, picture: Picture, layout: Layout) -> None:
        self.rig, self.source = rig, picture
        self.shot = WarpShot(rig, build_scene(rig, picture))
        self.fit = self.shot.scene.picture.fit
        self.anchors: Anchors = anchors(rig, picture.fit.neutral, layout)
        self.shown = np.ascontiguousarray(_without(picture.image, picture.margin))

    @cached_property
    def charts(self) -> Charts:
        return Charts(self.rig, self.shot, self.anchors)

    @cached_property
    def reference(self) -> Crops:
        """The crops of the photograph."""
        return cut(self.shown, resting_grids(self.anchors, self.shot))

    def looked(self, placed: Placed, weights: Array) -> tuple[Crops, Crops]:
        """The crops and maps of a frame that is drawn now."""
        frame = self.shot.draw(weights, placed)
        matrices = grids(self.anchors, self.shot, placed.turn, placed.shift)
        return cut(frame, matrices), self.charts.maps(placed, matrices)

    def drawn(self, weights: Array, rotation: Array) -> Crops:
        """The crops of a frame that is drawn now, wearing `weights (52,)` and turned from how it was photographed."""
        placed = self.shot.place(weights, rotation, np.zeros(3, np.float32))
        frame = self.shot.draw(weights, placed)
        return cut(frame, grids(self.anchors, self.shot, placed.turn, placed.shift))

    def moved(self, seen: FaceFit, own: FaceFit) -> Placed:
        """The head as it is `seen` in another frame of the video that `own` is the photograph of: exactly there, landmark by
        landmark, so that what is learnt is not how to undo errors of tracking."""
        nearer = seen.scale / own.scale
        turn = rotation_matrix(seen.rotation) * np.float32(nearer)
        shift = np.append((seen.translation - own.translation) / own.scale * [1, -1], 0).astype(np.float32)
        inner = self.rig.members("teeth_upper", "teeth_lower", "gums_upper", "gums_lower")
        neutral = seen.neutral.copy()
        neutral[inner] += self.fit.neutral[inner] - own.neutral[inner]  # the warp put the teeth where the photograph has them
        vertices = self.rig.pose(neutral, seen.rest) @ turn.T + shift
        return Placed(vertices.astype(np.float32), turn, shift)


def _example(
    now: tuple[Crops, Crops],
    true: Crops,
    then: tuple[Crops, Crops],
    true_before: Crops,
    reference: Crops,
    curves: Array,
    turns: Array,
) -> FaceExample:
    crops = {}
    for name in reference:
        (warped, maps), (warped_before, maps_before) = ((part[0][name], part[1][name]) for part in (now, then))
        stored = [warped, 128 + MAP_SCALE * maps, true[name], warped_before, 128 + MAP_SCALE * maps_before]
        stored += [true_before[name], reference[name]]
        crops[name] = np.clip(np.round(np.concatenate(stored, axis=2)), 0, 255).astype(np.uint8)
    return FaceExample(crops, curves.astype(np.float32), turns.astype(np.float32))


def _framed(portrait: Portrait, fit: FaceFit) -> Picture:
    """The face crop at `IRIS_PIXELS`, with a margin that a turning head brings into view."""
    probe = frame_picture(portrait, fit, View("face", 256))
    size = round(256 * IRIS_PIXELS / probe.iris_distance / 2) * 2
    return frame_picture(portrait, fit, View("face", min(max(size, 128), 1024)), 0.08)


def _photographed(frame: Frame, portrait: Portrait, picture: Picture, places: Grids) -> Crops:
    """The crops of another `frame` of the video that `portrait` is of, resampled as `picture` was from it."""
    was, now = (points[:N_MESH, :2].astype(np.float64) for points in (portrait.landmarks, picture.landmarks))
    ratio = np.ptp(now, axis=0) / np.ptp(was, axis=0)
    size = np.round(np.array(frame.shape[1::-1]) * ratio).astype(int)
    scale = size / frame.shape[1::-1]
    corner = (was.min(0) + 0.5) - (now.min(0) + 0.5 - picture.margin) / ratio  # of what is shown, in the frame
    moved = {
        crop: np.column_stack([m[:, :2] * (scale / ratio)[:, None], (m[:, 2] / ratio + corner) * scale])
        for crop, m in places.items()
    }
    return cut(resize(frame, *size.tolist()), moved)


def _worn(own: _Stage, worn: Array, away: Placed, frame: Frame) -> Picture:
    """The picture that a frame drawn of a portrait is, as though it had been photographed."""
    picture, rig, margin = own.source, own.rig, own.source.margin
    fit = own.fit
    image = np.pad(frame, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    rest, new = rig.pose(fit.neutral, fit.rest), rig.pose(fit.neutral, worn)
    rotation = _vector(away.turn)
    was, now = (
        project(rig.landmarks(points), turn, fit.scale, fit.translation) for points, turn in ((rest, fit.rotation), (new, rotation))
    )
    fit = replace(picture.fit, rest=worn, rotation=rotation)
    return replace(picture, image=image, landmarks=(picture.landmarks + now - was).astype(np.float32), fit=fit)


def _vector(turn: Array) -> Array:
    from scipy.spatial.transform import Rotation

    vector: Array = Rotation.from_matrix(turn).as_rotvec().astype(np.float32)
    return vector


def seen_in(rig: FaceRig, marks: Array, fit: SequenceFit, k: int) -> FaceFit:
    """Frame `k` as a portrait of its own: the head bent to its landmarks."""
    rotation, weights = fit.head_rotation[k], fit.blendshapes[k]
    pose = Pose(rotation.astype(np.float64), float(fit.scale[k]), fit.pivot[k].astype(np.float64))
    neutral = refine(rig, marks, fit.person.neutral, weights, pose)
    return FaceFit(weights, rotation, pose.scale, fit.pivot[k], neutral, float(fit.rms[k]))


def followed(path: Path) -> tuple[list[Frame], Array]:
    """Frames that show a face, in one piece, and its landmarks `(T, 478, 3)`."""
    video = open_video(path)
    if video is None:
        raise TalkgenError(f"{path} holds no moving pictures.")
    frames = list(islice(video.frames(), _MOST))
    sightings = list(Follower()(frames))
    kept = [(frame, sighting.landmarks) for frame, sighting in zip(frames, sightings, strict=True) if sighting]
    if len(kept) < 8:
        raise TalkgenError(f"{path} shows a face in only {len(kept)} of {len(frames)} frames.")
    return [frame for frame, _ in kept], np.array([marks for _, marks in kept])


def _varied(fit: SequenceFit, count: int, rng: Generator) -> NDArray[np.int64]:
    """`count` frames that differ: each the farthest from those chosen before, half of them; the others at random."""
    rows = fit.blendshapes
    chosen = [int(rng.integers(len(rows)))]
    nearest = np.linalg.norm(rows - rows[chosen[0]], axis=1)
    while len(chosen) < min(count // 2, len(rows)):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(rows - rows[chosen[-1]], axis=1))
    others = rng.choice(len(rows), min(count - len(chosen), len(rows)), replace=False)
    return np.concatenate([np.array(chosen), others]).astype(np.int64)


def _grey(image: Frame) -> Frame:
    grey = (luminance(image.astype(np.float32)) + 0.5).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _without(image: Frame, margin: int) -> Frame:
    return image[margin:-margin, margin:-margin] if margin else image
