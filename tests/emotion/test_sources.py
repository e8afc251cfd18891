import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkgen.emotion import vad
from talkgen.emotion._affect import PLACES
from talkgen.emotion.base import EmotionSource, Scene, emotion_track
from talkgen.lib.grammar import MAX_STRENGTH, parse_emotion
from talkgen.members import available, member
from talkgen.space import EMOTIONS, FIELDS, expand_region
from talkgen.types import Array, TalkgenError

SOURCES = {name: member("emotion", name).read for name in available("emotion")}


@pytest.mark.parametrize("read", SOURCES.values())
def test_every_source_refuses_nonsense(read: EmotionSource) -> None:
    with pytest.raises(TalkgenError):
        read("hapyp", Scene())


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_place_of_an_emotion_is_mostly_that_emotion(emotion: str) -> None:
    weights = vad.read(",".join(map(str, PLACES[emotion])), Scene()).weights[0]
    assert EMOTIONS[weights.argmax()] == emotion
    assert weights.max() > 0.6


coordinate = st.floats(-1, 1).map(lambda number: round(number, 3))


@given(coordinate, coordinate, coordinate, st.sampled_from([0.25, 0.5]))
def test_distance_is_strength_and_the_origin_neutral(v: float, a: float, d: float, share: float) -> None:
    far = vad.read(f"{v},{a},{d}", Scene()).weights[0]
    near = vad.read(",".join(f"{x * share:.9f}" for x in (v, a, d)), Scene()).weights[0]
    below = far < MAX_STRENGTH - 1e-3
    assert np.allclose(near[below], share * far[below], atol=1e-3)
    assert not vad.read("0,0", Scene()).weights.any()


@pytest.mark.parametrize("argument", ["", "1", "1,2", "0,0,0,0", "a,b", "nan,0", "0.5;0.5"])
def test_points_outside_are_refused(argument: str) -> None:
    with pytest.raises(TalkgenError, match="-1 to 1"):
        vad.read(argument, Scene())


def track(text: str, n_frames: int = 50) -> Array:
    return emotion_track(parse_emotion(text, SOURCES), n_frames, 25.0, SOURCES).weights


def test_regions_and_mixtures_add_up_to_the_limit() -> None:
    weights = track("sad:0.5@upper+sad:1.4@brows.left+happy@mouth")[0]
    expected = {"brows.left": 1.5, "brows.right": 0.5, "mouth.left": 0.0}
    assert {field: round(float(weights[FIELDS.index(field), 1]), 6) for field in expected} == expected
    mouth = [FIELDS.index(field) for field in expand_region("mouth")]
    assert np.flatnonzero(weights[:, 0]).tolist() == mouth


def test_keys_are_reached_on_time_and_smoothly() -> None:
    weights = track("0.4s=neutral; 1.2s=happy:0.8")[:, 0, 0]
    assert not weights[:11].any()
    assert np.allclose(weights[30:], 0.8)
    assert np.all(np.diff(weights) >= 0) and np.diff(weights).max() < 0.1
