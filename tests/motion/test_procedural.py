import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from talkgen.emotion._fit import plan_shapes
from talkgen.emotion._reading import read_words
from talkgen.motion.base import Style
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, INDEX, REGION_OF, REGIONS, expand_region, fields_of_shape
from talkgen.types import VISEMES, AudioFeatures, MotionClip

Act = Callable[..., MotionClip]
# Centimetres that the inner lips part per unit of each shape, in a measured expression set; what is left at rest is 0.08.
LIP_GAP = {
    "jawOpen": 3.28, "mouthClose": -3.28, "mouthFunnel": 1.37, "mouthLowerDown": 0.34, "mouthUpperUp": 0.35, "noseSneer": 0.31,
    "mouthPress": -0.13, "mouthRollLower": -0.37, "mouthRollUpper": 0.18, "mouthShrugLower": -0.69, "mouthShrugUpper": 0.53,
    "jawForward": 0.13,
}  # fmt: skip
LOWER = [i for i, name in enumerate(BLENDSHAPES) if REGION_OF[name] in ("mouth", "jaw")]


def repeat(features: AudioFeatures, count: int) -> AudioFeatures:
    parts = [np.concatenate([getattr(features, name)] * count) for name in ("visemes", "loudness", "voicing", "pitch")]
    return AudioFeatures(*parts, features.fps)


def curve(clip: MotionClip, name: str) -> np.ndarray:
    return clip.blendshapes[:, [INDEX[shape] for shape in (name, f"{name}Left", f"{name}Right") if shape in INDEX]].sum(axis=1)


def lip_gap(clip: MotionClip) -> np.ndarray:
    return sum((gap * curve(clip, name) for name, gap in LIP_GAP.items()), np.zeros(len(clip)))


def events(features: AudioFeatures, viseme: str) -> list[tuple[int, int]]:
    """First and last 100 Hz step of each occurrence."""
    steps = np.flatnonzero(features.visemes[:, VISEMES.index(viseme)] > 0.5)
    return [(part[0], part[-1]) for part in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1)]


def near(event: tuple[int, int]) -> slice:
    """Motion frames around an event."""
    return slice(event[0] // 4 - 1, event[1] // 4 + 3)


@pytest.mark.parametrize("emotion", ["neutral", *EMOTIONS])
@pytest.mark.parametrize(
    "style", [{}, {"intensity": {"all": 2.0}, "articulation": 1.5}, {"intensity": {"lower": 0.3}, "articulation": 0.5}]
)
def test_lips_close_on_every_p_b_m_and_touch_the_teeth_on_every_f_v(
    act: Act, line: AudioFeatures, emotion: str, style: dict
) -> None:
    clip = act(line, emotion, **style)
    jaw, gap = curve(clip, "jawOpen"), lip_gap(clip)
    assert np.all(curve(clip, "mouthClose") <= jaw + 1e-6)
    for event in events(line, "PP"):
        closed = (gap[near(event)] < -0.05) & (jaw[near(event)] <= 0.12)
        assert closed.any(), f"open lips at {event[0] / 100} s"
    for event in events(line, "FF"):
        teeth = (curve(clip, "mouthRollLower")[near(event)] >= 0.39) & (curve(clip, "mouthLowerDown")[near(event)] < 0.01)
        assert (teeth & (jaw[near(event)] <= 0.12)).any(), f"no lip at the teeth at {event[0] / 100} s"


def test_speech_looks_like_speech(act: Act, line: AudioFeatures) -> None:
    clip = act(line)
    jaw = curve(clip, "jawOpen")
    vowels = [near(event) for event in events(line, "aa")]
    assert 0.25 < max(jaw[vowel].max() for vowel in vowels) < 0.5
    assert all(jaw[vowel].max() > 0.15 for vowel in vowels)
    assert curve(clip, "mouthPucker")[near(events(line, "ou")[0])].max() > 0.25
    assert act(line, articulation=0.5).blendshapes[:, INDEX["jawOpen"]].max() < 0.6 * jaw.max()


def test_lips_rest_in_silence(act: Act, silence: AudioFeatures, line: AudioFeatures) -> None:
    assert not act(silence).blendshapes[:, LOWER].any()
    assert not act(line).blendshapes[-25:, LOWER].any()
    for emotion in EMOTIONS:
        held = act(silence, emotion).blendshapes[25:, LOWER]
        assert np.all(held == held[0]), emotion


def test_a_silent_face_lives(act: Act, silence: AudioFeatures) -> None:
    clip = act(silence)
    blinks = curve(clip, "eyeBlink") / 2
    assert 1 <= np.sum((blinks[1:] > 0.5) & (blinks[:-1] <= 0.5)) <= 9
    assert np.degrees(clip.head_rotation).std(axis=0).sum() > 2
    assert sum(curve(clip, f"eyeLook{way}").std() for way in ("In", "Out", "Up", "Down")) > 0.05


@pytest.mark.parametrize("region", [*REGIONS, "mouth.left", "brows.right", "upper"])
def test_a_dialled_region_leaves_the_others(act: Act, line: AudioFeatures, region: str) -> None:
    fields = expand_region(region)
    outside = [i for i, name in enumerate(BLENDSHAPES) if not set(fields_of_shape(name)) & set(fields)]
    for emotion in ("happy", "fear", "contempt"):
        neutral, everywhere, here = act(line), act(line, emotion), act(line, f"{emotion}@{region}")
        leak = np.abs(here.blendshapes - neutral.blendshapes)[:, outside].sum()
        assert leak <= 0.03 * np.abs(everywhere.blendshapes - neutral.blendshapes).sum(), emotion
        if "head" not in fields:
            assert np.array_equal(here.head_rotation, neutral.head_rotation)


def test_left_and_right_are_the_subjects_own(act: Act, silence: AudioFeatures) -> None:
    clip = act(silence, "happy@mouth.left+surprise@brows.right")
    last = dict(zip(BLENDSHAPES, clip.blendshapes[-1], strict=True))
    assert last["mouthSmileLeft"] > 0.7 and last["mouthSmileRight"] == 0
    assert last["browOuterUpRight"] > 0.7 and last["browOuterUpLeft"] < 0.1
    for side, other in (("Left", "Right"), ("Right", "Left")):
        one = act(silence, f"contempt@mouth.{side.lower()}").blendshapes[-1]
        assert one[INDEX[f"mouthDimple{side}"]] > 0.5 and one[INDEX[f"mouthDimple{other}"]] == 0


@pytest.mark.parametrize(("asked", "side"), [("contempt", "Left"), ("contempt@mouth.right", "Right")])
def test_contempt_is_one_sided(act: Act, silence: AudioFeatures, asked: str, side: str) -> None:
    for seed in range(3):
        last = act(silence, asked, seed=seed).blendshapes[-1]
        bold, weak = (last[INDEX[f"mouthDimple{half}"]] for half in (side, "Right" if side == "Left" else "Left"))
        assert bold > 2 * weak


def test_what_no_named_emotion_does_is_acted_too(act: Act, silence: AudioFeatures) -> None:
    for words, shape in (
        ("tongue out", "tongueOut"),
        ("cheeks puffed", "cheekPuff"),
        ("pursed lips", "mouthPucker"),
        ("tired", "eyeBlinkLeft"),
    ):
        wanted = plan_shapes(read_words(words))[INDEX[shape]]
        acted = np.median(act(silence, f'text:"{words}"').blendshapes[-50:, INDEX[shape]])
        assert 0.75 * wanted < acted < 1.2 * wanted + 0.05, (words, wanted, acted)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_dial_is_monotone(act: Act, silence: AudioFeatures, emotion: str) -> None:
    still = {"blink": 0.0}  # moods blink more or less often
    takes = [act(silence, f"{emotion}:{step / 10}", intensity=still).blendshapes[-1] for step in range(16)]
    emotional = [i for i, name in enumerate(BLENDSHAPES) if not name.startswith("eyeLook")]
    assert all(np.all(after[emotional] >= before[emotional] - 1e-6) for before, after in pairwise(takes))
    assert np.abs(takes[10] - takes[0])[emotional].sum() > 2


def test_emotions_look_different(act: Act, silence: AudioFeatures) -> None:
    faces = [act(silence, emotion).blendshapes[25:].mean(axis=0) for emotion in ("neutral", *EMOTIONS)]
    assert min(np.linalg.norm(a - b) for i, a in enumerate(faces) for b in faces[:i]) > 0.5


def test_gains(act: Act, line: AudioFeatures) -> None:
    neutral, still = act(line), act(line, "sad", intensity={"head": 0, "gaze": 0, "blink": 0})
    assert not still.head_rotation.any() and not still.head_translation.any()
    assert not sum(curve(still, f"eyeLook{way}").any() for way in ("In", "Out", "Up", "Down"))
    assert curve(still, "eyeBlink").max() < 0.5
    flat = act(line, "happy", intensity={"all": 0, "head": 1, "gaze": 1})
    face = [i for i, name in enumerate(BLENDSHAPES) if not name.startswith("eye")]
    assert np.allclose(flat.blendshapes[:, face], neutral.blendshapes[:, face], atol=0.05)
    assert (
        curve(act(line, "happy", intensity={"mouth": 1.5}), "mouthSmile").mean()
        > 1.05 * curve(act(line, "happy"), "mouthSmile").mean()
    )


def test_the_narrower_gain_wins() -> None:
    gains = dict(zip(FIELDS, Style({"brows.left": 2.0, "upper": 0.5, "all": 0.0, "brows": 1.5}).field_gains(), strict=True))
    assert (gains["brows.left"], gains["brows.right"], gains["eyes.left"], gains["mouth.left"]) == (2.0, 1.5, 0.5, 0.0)


def test_a_seed_is_a_take(act: Act, line: AudioFeatures) -> None:
    one, again, other = act(line, "fear"), act(line, "fear"), act(line, "fear", seed=1)
    for part in ("blendshapes", "head_rotation", "head_translation"):
        assert getattr(one, part).tobytes() == getattr(again, part).tobytes()
        assert not np.allclose(getattr(one, part), getattr(other, part), atol=1e-3)
    assert one.blendshapes.min() >= 0 and one.blendshapes.max() <= 1


def test_a_longer_line_begins_the_same(act: Act, line: AudioFeatures) -> None:
    short, long = act(line, "contempt"), act(repeat(line, 3), "contempt")
    begin = slice(0, len(short) - 50)
    assert np.allclose(short.blendshapes[begin], long.blendshapes[begin], atol=1e-6)
    assert np.allclose(short.head_rotation[begin], long.head_rotation[begin], atol=1e-6)


def test_heads_move_like_heads(act: Act, line: AudioFeatures) -> None:
    longer = repeat(line, 4)
    rotations = [np.degrees(act(longer, seed=seed).head_rotation) for seed in range(4)]
    assert 4 <= np.mean([rotation.std(axis=0).sum() for rotation in rotations]) <= 9
    for rotation in rotations:
        power = np.abs(np.fft.rfft((rotation - rotation.mean(0)) * np.hanning(len(rotation))[:, None], axis=0)) ** 2
        assert power[np.fft.rfftfreq(len(rotation), 0.04) > 3.5].sum() < 0.005 * power.sum()


def test_blinks_close_fast_and_open_slower(act: Act, silence: AudioFeatures) -> None:
    lids = np.concatenate([act(silence, seed=seed).blendshapes[:, INDEX["eyeBlinkLeft"]] for seed in range(12)])
    peaks = np.flatnonzero(lids == 1)
    assert 10 <= len(peaks) / (len(lids) / 25 / 60) <= 30
    closing = np.mean([lids[peak - 4 : peak].sum() for peak in peaks if peak > 4])
    opening = np.mean([lids[peak + 1 : peak + 5].sum() for peak in peaks])
    assert opening > closing


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_the_shortest_sounds(act: Act, steps: int) -> None:
    row = np.eye(1, len(VISEMES), VISEMES.index("aa"), dtype=np.float32).repeat(steps, axis=0)
    ones = np.ones(steps, np.float32)
    clip = act(AudioFeatures(row, ones, ones, 0 * ones, 100.0), "happy")
    assert len(clip) == -(-steps // 4) and np.isfinite(clip.blendshapes).all()


def test_much_faster_than_time(act: Act, line: AudioFeatures) -> None:
    features = repeat(line, 10)
    act(line)
    start = time.perf_counter()
    clip = act(features, "happy")
    assert len(clip) / 25 > 50 * (time.perf_counter() - start)
