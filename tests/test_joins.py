"""Lines that follow each other: poses at either end, idling that goes round, one take fading into the next."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from talkgen import TalkingHead
from talkgen.evaluation.lips import rig_lips
from talkgen.joins import EASE, Spoken, crossfade, ease
from talkgen.lib.timeline import frames_of, join_motion
from talkgen.motion._closure import find_closures
from talkgen.motion._prosody import read_prosody
from talkgen.output import save
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.takes import retime
from talkgen.types import MotionClip, Performance, TalkgenError

SPEECH = Path(__file__).parent / "data" / "printing.flac"
PARTS = ("blendshapes", "head_rotation", "head_translation")
LIDS = INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]


@pytest.fixture(scope="module")
def head() -> TalkingHead:
    return TalkingHead.from_pretrained()


@pytest.fixture(scope="module")
def take(head: TalkingHead) -> Performance:
    return head.perform(SPEECH, "angry", seed=1)


def same(one: MotionClip, other: MotionClip, atol: float = 1e-3) -> bool:
    return all(np.allclose(getattr(one, name), getattr(other, name), atol=atol) for name in PARTS)


def assert_seamless(before: MotionClip, after: MotionClip) -> None:
    """What joins two clips is no larger a step, and no sharper a turn, than what they do by themselves: a face in its quieter
    moments, a head and lids (a blink may lie across the joint) at any time."""
    rows = {name: np.concatenate([getattr(before, name), getattr(after, name)]).astype(np.float64) for name in PARTS}
    rows["lids"] = rows["blendshapes"][:, LIDS]
    rows["blendshapes"] = np.delete(rows["blendshapes"], LIDS, axis=1)
    for name, curves in rows.items():
        usual, seam = 0.95 if name == "blendshapes" else 1, len(before)
        steps, turns = (np.abs(np.diff(curves, order, axis=0)).max(axis=1) for order in (1, 2))
        assert steps[seam - 1] <= np.quantile(np.delete(steps, seam - 1), usual), name
        assert turns[seam - 2 : seam].max() <= np.quantile(np.delete(turns, [seam - 2, seam - 1]), usual), name


@pytest.mark.parametrize(("start", "end"), [("rest", "happy:0.8"), ("surprise", "sad"), ("neutral", "fear")])
def test_a_take_begins_and_ends_in_its_poses(head: TalkingHead, take: Performance, start: str, end: str) -> None:
    eased = head.ease(take, start, end).motion
    assert len(eased) == len(take.motion)
    assert same(frames_of(eased, slice(1)), head.pose(start, "start"))
    assert same(frames_of(eased, slice(-1, None)), head.pose(end, "end"))
    span = round(EASE * 25)
    inside, before = (frames_of(clip, slice(span, -span)) for clip in (eased, take.motion))
    rest = [k for k, name in enumerate(BLENDSHAPES) if not name.startswith(("eyeBlink", "eyeWide"))]  # a cut blink goes whole
    assert np.array_equal(inside.blendshapes[:, rest], before.blendshapes[:, rest])
    assert np.array_equal(inside.head_rotation, before.head_rotation)
    assert same(eased, head.ease(take, start, end).motion, 0)
    assert np.abs(np.diff(eased.head_rotation, axis=0)).max() < 0.03  # 45 degrees a second: heads nod faster


def test_rest_is_a_face_that_does_nothing(head: TalkingHead) -> None:
    rest = head.pose("rest", "end")
    assert not any(getattr(rest, name).any() for name in PARTS)
    assert head.pose("happy", "end").blendshapes[0, INDEX["mouthSmileLeft"]] > 0.6


def test_lips_close_in_the_eased_part_too(head: TalkingHead, take: Performance) -> None:
    assert take.audio
    features, first = head.hear(take.audio), 40  # frames: begin just before "purpose", and end within the line
    n_frames = len(take.motion)
    lips = find_closures(features, read_prosody(features, n_frames, 25.0), n_frames, 25.0).lips
    spoken = Spoken.of(features, n_frames, 25.0)
    short = frames_of(take.motion, slice(first, None))
    eased = ease(short, head.pose("surprise", "start"), None, replace(spoken, held=spoken.held[first:], before=0.0))
    held = np.flatnonzero(lips[first:] > 0.99)
    assert held[0] < EASE * 25
    gap = rig_lips(eased).aperture.values
    assert gap[0] > 0.1 and np.all(gap[held] < 0.03)


def test_no_blink_is_halved() -> None:
    shapes = np.zeros((60, len(BLENDSHAPES)), np.float32)
    blink = np.array([0.3, 0.9, 1.0, 0.7, 0.3], np.float32)[:, None]
    shapes[4:9, LIDS], shapes[30:35, LIDS], shapes[57:, LIDS] = blink, blink, blink[:3]
    clip = MotionClip(shapes, np.zeros((60, 3), np.float32), np.zeros((60, 3), np.float32))
    rest = frames_of(MotionClip(np.zeros_like(shapes), clip.head_rotation, clip.head_translation), slice(1))
    lids = ease(clip, rest, rest).blendshapes[:, LIDS[0]]
    assert lids[6] > 0.95 and lids[32] == 1 and lids[50:].max() < 0.05
    faded = crossfade(clip, clip, 0.5).blendshapes[:, LIDS[0]]
    assert lids.max() > 0.95 and faded[48:].max() > 0.9 and np.abs(np.diff(faded)).max() < 0.7


def test_lines_play_back_to_back(head: TalkingHead, take: Performance, tmp_path: Path) -> None:
    other = head.perform(SPEECH, "happy", seed=2)
    for pose in ("rest", "happy"):
        assert_seamless(head.ease(take, end=pose).motion, head.ease(other, start=pose).motion)
    save(take, tmp_path / "before.npz")
    follows = head.ease(other, start=str(tmp_path / "before.npz"))
    assert same(frames_of(follows.motion, slice(1)), frames_of(take.motion, slice(-1, None)), 1e-6)
    faded = head.crossfade(take, other, 0.4)
    assert len(faded.motion) == len(take.motion) + len(other.motion) - 10
    inner = len(take.motion) - 10
    assert same(frames_of(faded.motion, slice(inner - 20)), frames_of(take.motion, slice(inner - 20)), 1e-6)
    for seam in (inner, inner + 10):
        assert_seamless(frames_of(faded.motion, slice(seam)), frames_of(faded.motion, slice(seam, None)))


@pytest.mark.parametrize(("seconds", "emotion"), [(1.0, "neutral"), (3.48, "sad"), (8.0, "happy")])
def test_idling_goes_round(head: TalkingHead, seconds: float, emotion: str) -> None:
    idle = head.idle(seconds, emotion, seed=3)
    motion = idle.motion
    assert len(motion) == round(25 * seconds) and idle.audio is None
    assert same(motion, head.idle(seconds, emotion, seed=3).motion, 0)
    assert_seamless(motion, motion)
    assert rig_lips(motion).aperture.values.max() < 0.15
    between, last, first = retime(idle, 50.0).motion.blendshapes[-1], motion.blendshapes[-1], motion.blendshapes[0]
    assert np.allclose(between, (last + first) / 2, atol=1e-6)  # at another rate its first frame follows its last, too


def test_idling_lives(head: TalkingHead) -> None:
    motion = head.idle(10.0).motion
    assert motion.blendshapes[:, LIDS[0]].max() > 0.7
    assert np.ptp(motion.head_rotation, axis=0).max() > 0.01
    assert not same(motion, head.idle(10.0, seed=1).motion)


def test_what_cannot_be_joined_is_refused(head: TalkingHead, take: Performance) -> None:
    for pose, words in (("hapy", "did you mean happy"), ("nowhere.json", "no take"), ("audio", "no speech to hear")):
        with pytest.raises(TalkgenError, match=words):
            head.ease(take, end=pose)
    for seconds in (0.0, -3.0, float("nan"), 1e5):
        with pytest.raises(TalkgenError, match="give 1 to 3600"):
            head.idle(seconds)
    with pytest.raises(TalkgenError, match="one rate"):
        head.crossfade(take, retime(take, 30.0))


def test_clips_shorter_than_the_ease(take: Performance) -> None:
    rest = frames_of(MotionClip(*(np.zeros_like(getattr(take.motion, name)) for name in PARTS)), slice(1))
    for count in (1, 2, 5):
        eased = ease(frames_of(take.motion, slice(40, 40 + count)), rest, rest)
        assert len(eased) == count and same(frames_of(eased, slice(-1, None)), rest)
    assert len(join_motion([crossfade(rest, take.motion)])) == len(take.motion)
