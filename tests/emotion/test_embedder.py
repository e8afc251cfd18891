"""The emotion space that ships: what holds in it is what directing relies on."""

import json
import shutil
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from talkgen.checkpoints import find
from talkgen.emotion import auto
from talkgen.emotion._embedder import Gaussian, embedder, load_embedder, product
from talkgen.emotion._evidence import settled
from talkgen.emotion._lexicon import lexicon
from talkgen.emotion._reading import read_words
from talkgen.emotion._spoken import told_feeling
from talkgen.emotion._voice import voice_numbers
from talkgen.emotion._words import numbers_of
from talkgen.emotion.base import Scene
from talkgen.lib.programs import program_table
from talkgen.space import EMOTIONS, INDEX, SIDED
from talkgen.types import VISEMES, Array, AudioFeatures, TalkgenError


def point(**weights: float) -> Array:
    return embedder().place("label", np.array([weights.get(name, 0.0) for name in EMOTIONS], np.float32)).mean


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_an_emotion_comes_back_from_its_place(emotion: str) -> None:
    shapes, weights, _ = embedder().face(point(**{emotion: 1.0}))
    wanted = np.eye(len(EMOTIONS))[EMOTIONS.index(emotion)]
    np.testing.assert_allclose(weights, wanted, atol=0.05)
    np.testing.assert_allclose(shapes, wanted @ program_table(dict.fromkeys(SIDED, "left")), atol=0.05)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_distance_is_intensity_and_the_origin_neutral(emotion: str) -> None:
    full = point(**{emotion: 1.0})
    for share in (0.0, 0.3, 1.5):
        np.testing.assert_allclose(point(**{emotion: share}), share * full, atol=1e-4)
        np.testing.assert_allclose(embedder().face(share * full)[0], share * embedder().face(full)[0], atol=1e-4)


def test_the_way_from_one_emotion_to_another_is_smooth() -> None:
    for one, other in combinations(EMOTIONS, 2):
        begin, end = point(**{one: 1.0}), point(**{other: 1.0})
        faces = np.array([embedder().face((1 - t) * begin + t * end)[0] for t in np.linspace(0, 1, 21)])
        steps = np.linalg.norm(np.diff(faces, axis=0), axis=1)
        assert steps.max() < 1.5 * steps.mean(), (one, other)


def test_mixtures_add() -> None:
    both = embedder().face(point(happy=0.6) + point(surprise=0.4))[1]
    assert abs(both[EMOTIONS.index("happy")] - 0.6) < 0.1 and abs(both[EMOTIONS.index("surprise")] - 0.4) < 0.1


@pytest.mark.parametrize("name", sorted(name for name, recipe in lexicon().recipes.items() if recipe.vad))
def test_moods_come_back_from_their_places(name: str) -> None:
    numbers = numbers_of(read_words(name))
    shapes = embedder().face(embedder().place("words", numbers).mean)[0]
    assert np.sqrt(np.mean(np.square(shapes - np.clip(numbers[: len(INDEX)], 0, None)))) < 0.08


def test_a_speaking_smile_is_seen_as_a_smile_and_a_look_of_ones_own_as_nothing() -> None:
    face = np.zeros(len(INDEX), np.float32)
    face[INDEX["browInnerUp"]], face[INDEX["mouthFrownLeft"]] = 0.1, 0.1
    assert not settled(embedder().place("seen", face)).mean.any()
    for name, value in {"mouthSmile": 0.8, "cheekSquint": 0.7, "eyeSquint": 0.4}.items():
        face[[INDEX[f"{name}Left"], INDEX[f"{name}Right"]]] = value
    for jaw in (0.0, 0.3):
        face[INDEX["jawOpen"]] = jaw
        weights = embedder().face(settled(embedder().place("seen", face)).mean)[1]
        assert EMOTIONS[weights.argmax()] == "happy" and weights.max() > 0.3


def test_a_raised_voice_is_heard_as_aroused() -> None:
    calm, raised = (embedder().place("heard", np.full(6, level, np.float32) * (1, 1, 1, 0, 1, 0)) for level in (-0.5, 1.5))
    assert embedder().face(raised.mean)[2][1] > embedder().face(calm.mean)[2][1] + 0.2
    assert raised.spread.mean() > 2 * embedder().place("label", np.eye(7, dtype=np.float32)[0]).spread.mean()


def test_the_surer_counts_more() -> None:
    sure, vague = (Gaussian(np.full(32, mean, np.float32), np.full(32, spread, np.float32)) for mean, spread in ((1, 0.1), (-1, 1)))
    both = product([sure, vague])
    assert np.all(both.mean > 0.95) and np.all(both.spread < 0.1)


def test_weights_for_other_emotions_are_refused(tmp_path: Path) -> None:
    shutil.copytree(find("emotion"), tmp_path / "space")
    config = json.loads((tmp_path / "space" / "config.json").read_text())
    (tmp_path / "space" / "config.json").write_text(json.dumps({**config, "emotions": config["emotions"][::-1]}))
    with pytest.raises(TalkgenError, match=r"has the emotions contempt, surprise.*; this talkgen has happy, sad"):
        load_embedder(tmp_path / "space")


@pytest.mark.parametrize(
    ("line", "emotion"),
    [
        ("Get out of my shop!", "angry"), ("I'm so sorry, she is dead.", "sad"), ("Thank you, my friend!", "happy"),
        ("Watch out, behind you!", "fear"), ("Ugh, that's disgusting.", "disgust"), ("No way. You did what?!", "surprise"),
        ("How pathetic. Is that all?", "contempt"), ("The train leaves at nine.", None), ("I am not happy.", None),
    ],
)  # fmt: skip
def test_words_of_a_line_tell(line: str, emotion: str | None) -> None:
    weights, cues = told_feeling(line)
    assert (EMOTIONS[weights.argmax()] if weights.any() else None) == emotion and bool(cues) == (emotion is not None)


def test_silence_tells_nothing() -> None:
    rows, zeros = np.eye(1, len(VISEMES), dtype=np.float32).repeat(50, axis=0), np.zeros(50, np.float32)
    silence = AudioFeatures(rows, zeros, zeros, zeros, 100.0, np.zeros((50, 2), np.float32), np.zeros((50, 3), np.float32))
    with pytest.raises(TalkgenError, match="no voice"):
        voice_numbers(silence)


def test_auto_weighs_what_there_is(caplog: pytest.LogCaptureFixture) -> None:
    rows, zeros = np.eye(1, len(VISEMES), dtype=np.float32).repeat(50, axis=0), np.zeros(50, np.float32)
    silence = AudioFeatures(rows, zeros, zeros, zeros, 100.0, np.zeros((50, 2), np.float32), np.zeros((50, 3), np.float32))
    feeling = auto.read("", Scene(line=lambda: silence, transcript="Get out!"))
    assert EMOTIONS[feeling.weights[0].argmax()] == "angry" and "get out" in caplog.text and "voice" not in caplog.text
    with pytest.raises(TalkgenError, match="nothing that tells an emotion"):
        auto.read("", Scene(line=lambda: silence))
