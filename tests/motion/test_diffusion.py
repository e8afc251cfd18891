"""Sampling, with a small network that was never taught: what holds for any weights."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from talkgen.emotion.base import emotion_track
from talkgen.evaluation.lips import rig_lips
from talkgen.lib.grammar import parse_emotion
from talkgen.members import member
from talkgen.motion._closure import find_closures
from talkgen.motion._curve_space import CHANNELS, HEAD, HEARD, SLOW, rested, silence, steadied
from talkgen.motion._prosody import read_prosody
from talkgen.motion._sampler import NEW, Direction, noise_of, sample
from talkgen.motion._transformer import MotionConfig, MotionTransformer
from talkgen.motion.base import Guidance, Style
from talkgen.motion.diffusion import Actor
from talkgen.space import BLENDSHAPES, EMOTIONS, INDEX, REGION_OF, expand_region, fields_of_shape
from talkgen.types import AudioFeatures, MotionClip, TalkgenError

Act = Callable[..., MotionClip]


def network(distilled: bool = True) -> MotionTransformer:
    """Small, and so far from what it began as that everything it is told matters."""
    torch.manual_seed(0)
    model = MotionTransformer(MotionConfig(width=32, layers=2, heads=2, distilled=distilled))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model.eval()


@pytest.fixture(scope="module")
def spoken(line: AudioFeatures) -> AudioFeatures:
    """The line with lips that open with its vowels, and an even affect."""
    lips = np.stack([line.voicing, 0.5 + 0 * line.voicing], axis=1)
    affect = np.full((len(lips), 3), 0.3, np.float32)
    return AudioFeatures(line.visemes, line.loudness, line.voicing, line.pitch, line.fps, lips, affect)


@pytest.fixture(scope="module")
def act(spoken: AudioFeatures) -> Act:
    actor, n_frames = Actor(network()), -(-len(spoken.visemes) // 4)
    sources = {name: member("emotion", name).read for name in ("label", "text")}

    def take(emotion: str = "neutral", seed: int = 0, **style: object) -> MotionClip:
        track = emotion_track(parse_emotion(emotion, ["label", "text"]), n_frames, 25.0, sources)
        return actor(spoken, track, seed, Style(**style))  # type: ignore[arg-type]

    return take


@pytest.mark.parametrize("region", ["brows", "mouth", "eyes.left", "lower"])
def test_a_dialled_region_leaves_the_others_as_they_are(act: Act, region: str) -> None:
    outside = [k for k, name in enumerate(BLENDSHAPES) if not set(fields_of_shape(name)) & set(expand_region(region))]
    neutral, everywhere, here = act(), act("angry"), act(f"angry@{region}")
    leak = np.abs(here.blendshapes - neutral.blendshapes)[:, outside].sum()
    assert leak <= 0.03 * np.abs(everywhere.blendshapes - neutral.blendshapes).sum()
    np.testing.assert_allclose(here.head_rotation, neutral.head_rotation, atol=1e-4)  # one face more is computed beside


@pytest.mark.parametrize("emotion", ["neutral", *EMOTIONS])
def test_lips_close_whatever_the_network_says(act: Act, spoken: AudioFeatures, emotion: str) -> None:
    clip = act(emotion)
    gap = rig_lips(clip).aperture.values
    held = np.flatnonzero(find_closures(spoken, read_prosody(spoken, len(clip), 25.0), len(clip), 25.0).lips > 0.99)
    assert len(held) > 5 and np.mean(gap[held] < 0.03) >= 0.95


def test_gains(act: Act) -> None:
    neutral, still = act(), act("sad", intensity={"head": 0, "gaze": 0})
    assert not still.head_rotation.any() and not still.head_translation.any()
    assert not still.blendshapes[:, [k for k, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook")]].any()
    brows = [k for k, name in enumerate(BLENDSHAPES) if REGION_OF[name] == "brows"]
    calm, plain = (act("happy", intensity={"brows": gain}).blendshapes[:, brows] for gain in (0, 1))
    np.testing.assert_allclose(calm, neutral.blendshapes[:, brows], atol=1e-4)
    assert not np.allclose(plain, calm, atol=1e-3)


def test_what_it_is_told_makes_a_difference(act: Act) -> None:
    plain = act("fear")
    assert act("fear").blendshapes.tobytes() == plain.blendshapes.tobytes()
    others = (
        act("fear", seed=1), act("sad"), act("fear", articulation=1.5), act("fear", intensity={"blink": 0}),
        act("fear", guidance=Guidance(1.0, 1.0)), act("fear", guidance=Guidance(1.5, 2.0)),
    )  # fmt: skip
    for other in others:
        assert not np.allclose(other.blendshapes, plain.blendshapes, atol=1e-3)


def test_a_hearing_without_lips_is_refused(line: AudioFeatures) -> None:
    track = emotion_track(parse_emotion("neutral", []), 10, 25.0, {})
    with pytest.raises(TalkgenError, match="hear with --hearing mel"):
        Actor(network())(line, track, 0, Style())


def direction(n_frames: int) -> Direction:
    rng = np.random.default_rng(0)
    places = [rng.standard_normal((n_frames, 32)).astype(np.float32), np.ones((n_frames, 32), np.float32)]
    return Direction(rng.standard_normal((n_frames, HEARD)).astype(np.float32), places, [1.0, 0.5], np.ones(2, np.float32))


def test_windows_are_local_and_the_head_goes_on_between_them() -> None:
    whole = list(sample(network(), direction(5 * NEW + 7), 0, Guidance(), 2))
    assert [window.shape for window in whole] == [(2, NEW, CHANNELS)] * 5 + [(2, 7, CHANNELS)]
    head = np.concatenate(whole, axis=1)[..., HEAD]
    for seam in range(NEW, 5 * NEW, NEW):  # it begins nearly where it would be if it moved on as before
        np.testing.assert_allclose(head[:, seam], 2 * head[:, seam - 1] - head[:, seam - 2], atol=0.061)


def test_steadying_leaves_what_is_fast_and_what_is_still() -> None:
    rows = np.random.default_rng(0).standard_normal((40, CHANNELS)).astype(np.float32)
    fast = sorted(set(range(CHANNELS)) - set(SLOW))
    assert INDEX["jawOpen"] in fast and INDEX["eyeBlinkLeft"] in fast and INDEX["browInnerUp"] in SLOW
    assert np.array_equal(steadied(rows)[:, fast], rows[:, fast])
    assert steadied(rows)[:, SLOW].std() < 0.7 and np.allclose(steadied(np.ones_like(rows)), 1)


def test_a_silent_mouth_does_not_quiver_but_prepares_to_speak() -> None:
    rng, jaw = np.random.default_rng(0), INDEX["jawOpen"]
    rows, ears = 0.1 * rng.standard_normal((60, CHANNELS)).astype(np.float32), np.zeros((60, HEARD), np.float32)
    rows[50:, jaw] += 2
    assert np.array_equal(rested(rows, silence(ears)), rows)  # speech
    ears[:, 0] = 1
    made = rested(rows, silence(ears))
    assert np.abs(np.diff(made[:50, jaw])).mean() < 0.3 * np.abs(np.diff(rows[:50, jaw])).mean()
    assert np.abs(made[50:, jaw] - rows[50:, jaw]).max() < 0.6
    assert np.array_equal(made[:, HEAD], rows[:, HEAD])


def test_noise_belongs_to_the_frame() -> None:
    assert np.array_equal(noise_of(3, 50, 200)[30:], noise_of(3, 80, 200))
    assert not np.array_equal(noise_of(3, 0, 10), noise_of(4, 0, 10))


@pytest.mark.parametrize("distilled", [True, False])
def test_guidance_takes_one_pass_or_as_many_as_it_needs(distilled: bool) -> None:
    model = network(distilled)
    seen: list[torch.Size] = []
    model.register_forward_hook(lambda _, given, __: seen.append(given[0].shape))
    (window,) = sample(model, direction(10), 0, Guidance(1.5, 2.0), steps=3)
    assert window.shape == (2, 10, CHANNELS) and [shape[0] for shape in seen] == [2 if distilled else 6] * 3
