"""Lips as two curves, aperture and width in iris distances: on our rig, in a picture, on a real speaker.

Aperture is the distance between the middles of the inner lips (landmarks 13 and 14), width that between the inner corners (78 and
308), each over the distance of the irises: what a landmark finder sees, so that acted and real lips can be compared.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talkgen.corpus.shards import TrainingClip, read_clips, read_index
from talkgen.evaluation.tracks import Curve, Track
from talkgen.face.landmark_mesh import IRISES, LOWER_LIP_INNER, UPPER_LIP_INNER
from talkgen.face.rig import load_rig
from talkgen.lib.video import open_video
from talkgen.types import MOTION_FPS, Array, MotionClip, TalkgenError

MIDDLES = (UPPER_LIP_INNER[5], LOWER_LIP_INNER[5])
CORNERS = (UPPER_LIP_INNER[0], UPPER_LIP_INNER[-1])
IRIS_CENTRES = (IRISES["right"][0], IRISES["left"][0])


@dataclass(frozen=True)
class Lips:
    """`aperture` and `width` in iris distances."""

    aperture: Track
    width: Track


def measured(points: Array) -> tuple[float, float]:
    """Aperture and width of the landmarks `(478, 2 or 3)`, in iris distances."""
    spans = [float(np.linalg.norm(points[a, :2] - points[b, :2])) for a, b in (MIDDLES, CORNERS, IRIS_CENTRES)]
    return spans[0] / spans[2], spans[1] / spans[2]


def rig_lips(motion: MotionClip) -> Lips:
    """The lips that a motion gives the mean face of the rig."""
    rig = load_rig("landmarks")
    irises = rig.landmarks(rig.neutral)[list(IRIS_CENTRES), :2]  # at rest: eyes turn, and with them what lies between
    distance = float(np.linalg.norm(irises[1] - irises[0]))
    rows = np.empty((len(motion), 2))
    for row, weights in zip(rows, motion.blendshapes, strict=True):
        points = rig.landmarks(rig.pose(rig.neutral, weights))
        row[:] = [np.linalg.norm(points[a, :2] - points[b, :2]) / distance for a, b in (MIDDLES, CORNERS)]
    return _lips(rows, motion.fps)


def reference_lips(path: Path, clip: str) -> Lips:
    """The lips of a real speaker: of a video, or of the clip of that name in a corpus folder.

    Raises `TalkgenError` for a file without pictures and a corpus without that clip, or without its lips.
    """
    return _corpus_lips(path, clip) if path.is_dir() else video_lips(path)


def _corpus_lips(folder: Path, name: str) -> Lips:
    infos = [info for info in read_index(folder) if info.name == name]
    if not infos:
        raise TalkgenError(f"The corpus {folder} holds no clip {name!r}; name one of its clips with the field clip.")
    clip: TrainingClip = next(read_clips(folder, infos))
    if clip.lips is None:
        raise TalkgenError(f"The clip {name!r} of the corpus {folder} shows no face; give a clip with pictures.")
    rows = clip.lips.astype(np.float64)
    return _lips(rows, MOTION_FPS)


def video_lips(path: Path) -> Lips:
    """The lips in a video of one face, frame by frame; NaN where none was seen. Raises `TalkgenError` without pictures."""
    from talkgen.portrait.litert.follow import Follower

    video = open_video(path)
    if video is None:
        raise TalkgenError(f"The reference {path} is not a video of the speaker; give one with pictures.")
    seen = [(np.nan, np.nan) if face is None else measured(face.landmarks) for face in Follower()(video.frames())]
    return _lips(np.array(seen), float(video.fps))


def _lips(rows: Curve, fps: float) -> Lips:
    return Lips(Track(rows[:, 0], fps), Track(rows[:, 1], fps))
