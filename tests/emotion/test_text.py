import logging

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talkgen.emotion import text
from talkgen.emotion._facs import UNITS, unit_shapes
from talkgen.emotion._fit import asked as asked_shapes
from talkgen.emotion._fit import fit, plan_shapes
from talkgen.emotion._lexicon import lexicon
from talkgen.emotion._plan import Plan
from talkgen.emotion._reading import plan_of_weights, read_words
from talkgen.emotion.base import Scene, emotion_track
from talkgen.lib.grammar import MAX_STRENGTH, parse_emotion
from talkgen.lib.programs import program_table
from talkgen.space import EMOTIONS, FIELDS, INDEX, SIDED, fields_of_shape
from talkgen.types import Array, TalkgenError


def units(plan: Plan) -> dict[tuple[int, str], float]:
    return {(action.unit, action.side): action.strength for action in plan.actions}


def asked(words: str) -> dict[tuple[int, str], float]:
    plan = read_words(words)
    assert not plan.ignored, plan.ignored
    return units(plan)


def in_field(words: str, field: str) -> dict[str, float]:
    return dict(zip(EMOTIONS, map(float, text.read(words, Scene()).weights[FIELDS.index(field)]), strict=True))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_named_emotion_in_words_is_that_emotion(emotion: str) -> None:
    weights = text.read(emotion, Scene()).weights
    assert weights.shape == (len(FIELDS), len(EMOTIONS)) and weights.dtype == np.float32
    meant = EMOTIONS.index(emotion)
    assert np.all(weights.argmax(axis=1) == meant) and 0.75 < weights[:, meant].mean() < 1.05


@pytest.mark.parametrize(
    "ladder",
    [
        ("annoyed", "angry", "furious", "livid"),
        ("content", "pleased", "happy", "overjoyed"),
        ("glum", "gloomy", "sad", "devastated"),
        ("uneasy", "scared", "terrified"),
        ("barely angry", "slightly angry", "a bit angry", "quite angry", "angry", "very angry", "extremely angry"),
    ],
)
def test_stronger_words_are_stronger(ladder: tuple[str, ...]) -> None:
    totals = [sum(asked(words).values()) for words in ladder]
    acted = [float(text.read(words, Scene()).weights.sum()) for words in ladder]
    assert totals == sorted(totals) and acted == sorted(acted) and len(set(totals)) == len(ladder)


def test_quietly_furious() -> None:
    loud, quiet = read_words("furious"), read_words("quietly furious")
    assert in_field("quietly furious", "brows.left")["angry"] > 0.9
    assert units(quiet)[24, "both"] > units(loud)[24, "both"] and (16, "both") not in units(quiet)
    assert quiet.arousal < loud.arousal - 0.3 and quiet.valence == loud.valence
    why = {action.unit: action.why for action in quiet.actions}
    assert why[4] == "furious (angry)" and "quietly" in why[24]


def test_negation_takes_away_and_leans_faintly_to_the_opposite() -> None:
    for words in ("not happy", "not really happy", "never happy", "isn't happy", "hardly happy", "not very happy"):
        weights = text.read(words, Scene()).weights.mean(axis=0)
        assert weights[EMOTIONS.index("happy")] < 0.05 < weights[EMOTIONS.index("sad")] < 0.4, words
    for words in ("not sad", "neither sad nor angry", "not sad or angry"):
        assert text.read(words, Scene()).weights.max() < 0.1 and not read_words(words).ignored, words
    assert asked("not not happy") == asked("happy")
    assert 0 < in_field("not very angry", "brows.left")["angry"] < 0.4


def test_negation_leaves_what_other_words_ask_for() -> None:
    assert (12, "both") not in asked("happy without a smile") and (7, "both") in asked("happy without a smile")
    smile = asked("smiling but not happy")
    assert smile[12, "both"] == asked("smiling")[12, "both"] and (6, "both") not in smile
    assert asked("angry but not sad")[4, "both"] == asked("angry")[4, "both"]


@pytest.mark.parametrize("words", ["sarcastic", "smug", "skeptical", "smirk", "contemptuous", "flirtatious", "one-sided smile"])
def test_some_moods_are_one_sided(words: str) -> None:
    shapes = plan_shapes(read_words(words))
    names = ("mouthSmile", "mouthDimple", "browOuterUp")
    assert sum(shapes[INDEX[f"{name}Left"]] - shapes[INDEX[f"{name}Right"]] for name in names) > 0.3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("raised eyebrows", {(1, "both"): 0.7, (2, "both"): 0.8}),
        ("right eyebrow raised", {(1, "both"): 0.35, (2, "right"): 0.8}),
        ("one raised eyebrow", {(1, "both"): 0.35, (2, "left"): 0.8}),
        ("eyebrows slightly raised", {(1, "both"): 0.28, (2, "both"): 0.32}),
        ("narrowed eyes", {(7, "both"): 0.75}),
        ("eyes half-closed", {(43, "both"): 0.5}),
        ("the corners of her mouth are turned down", {(15, "both"): 0.75}),
        ("pursed lips", {(18, "both"): 0.7, (24, "both"): 0.3}),
        ("clenched jaw", {(24, "both"): 0.4, (31, "both"): 0.8}),
        ("AU12", {(12, "both"): 0.7}),
        ("AU12C", {(12, "both"): 0.6}),
        ("L AU14, AU2E", {(2, "both"): 1.0, (14, "both"): 0.7}),
        ("AU14L", {(14, "left"): 0.7}),
        ("AUR14, au 4 E", {(4, "both"): 0.7, (14, "right"): 0.7}),
        ("AU 1+2+4", {(1, "both"): 0.7, (2, "both"): 0.7, (4, "both"): 0.7}),
        ("AU4+AU7 strong", {(4, "both"): 0.875, (7, "both"): 0.875}),
        ("slight AU26", {(26, "both"): 0.28}),
        ("wink with the right eye", None),
    ],
)
def test_descriptions_and_action_units(words: str, expected: dict[tuple[int, str], float] | None) -> None:
    found = units(read_words(words))
    if expected is not None:
        assert found == pytest.approx(expected)
    plan = read_words(words)
    assert (plan.valence, plan.arousal, plan.dominance) == (0, 0, 0)


def test_several_feelings_and_their_degrees() -> None:
    both, tired, nervous = read_words("tired and a bit nervous"), read_words("tired"), read_words("nervous")
    assert units(both)[43, "both"] == units(tired)[43, "both"]
    assert 0 < units(both)[5, "both"] < units(nervous)[5, "both"]
    assert tired.arousal < both.arousal < nervous.arousal


def test_hiding_it_weakens_and_presses_the_lips() -> None:
    shown_, hidden = asked("slightly envious"), asked("slightly envious but trying not to show it")
    assert hidden[4, "both"] < shown_[4, "both"] and hidden[24, "both"] > shown_[24, "both"]


def test_words_that_are_not_understood_are_named() -> None:
    with pytest.raises(TalkgenError, match=r'Of \'furios\', "furios" is not understood; did you mean "furious"\?') as error:
        read_words("furios")
    assert "\n" not in str(error.value)
    with pytest.raises(TalkgenError, match='"blorpy", "quux" are not understood; write for example quietly furious'):
        read_words("blorpy quux")
    for words in ("", "very", "the face of a person"):
        with pytest.raises(TalkgenError, match="names no feeling"):
            read_words(words)
    with pytest.raises(TalkgenError, match="AU99 is not an action unit"):
        read_words("happy, AU99")


def test_what_is_left_out_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        text.read("quite furios and happy", Scene())
    assert read_words("quite furios and happy").ignored == ("furios",)
    told = [record.message for record in caplog.records]
    assert len(told) == 1 and "furios" in told[0]


def test_the_lexicon_is_consistent() -> None:
    known = lexicon()
    for name, recipe in known.recipes.items():
        assert {unit for unit, _ in recipe.units} <= set(UNITS), name
        assert recipe.vad is None or all(-1 <= value <= 1 for value in recipe.vad), name
    assert sum(recipe.vad is not None for recipe in known.recipes.values()) >= 67
    for phrase in known.known():
        if known.phrase_at(phrase.split(), 0) is None:
            raise AssertionError(phrase)


@pytest.mark.parametrize("name", sorted(lexicon().recipes))
def test_what_the_named_emotions_lack_is_asked_beyond_them(name: str) -> None:
    plan = read_words(name)
    found = fit(plan)
    bolder = {half: found.weights[[FIELDS.index(f"{region}.{half}") for region in sorted(SIDED)], -1] for half in ("left", "right")}
    halves = {
        region: "right" if right > left else "left" for region, left, right in zip(sorted(SIDED), *bolder.values(), strict=True)
    }
    table = program_table(halves)
    fields = [[FIELDS.index(field) for field in fields_of_shape(shape)] for shape in INDEX]
    programs = np.array([found.weights[rows].mean(axis=0) @ table[:, column] for column, rows in enumerate(fields)])
    assert not plan.ignored and np.allclose(programs + found.beyond, asked_shapes(plan), atol=0.01)


def test_every_unit_moves_shapes() -> None:
    for unit in UNITS:
        both, left, right = (unit_shapes(unit, side) for side in ("both", "left", "right"))
        assert both.any() and both.max() <= 1 and np.all(np.maximum(left, right) <= both)
    assert unit_shapes(1, "left")[INDEX["browInnerUp"]] == 0.5
    assert np.flatnonzero(unit_shapes(12, "left")).tolist() == [INDEX["mouthSmileLeft"]]


def track(specification: str) -> Array:
    sources = {"text": text.read}
    return emotion_track(parse_emotion(specification, ("label", "text")), 50, 25.0, sources).weights


def test_in_a_region_and_over_time() -> None:
    weights = track("0s=neutral; 1s=text:quietly furious@brows.left:0.5")
    moved = weights[-1].any(axis=1)
    assert [FIELDS[index] for index in np.flatnonzero(moved)] == ["brows.left"] and not weights[0].any()
    whole = track('text:"quietly furious":0.5')
    brow = FIELDS.index("brows.left")
    assert np.allclose(whole[0, brow], weights[-1, brow])
    assert np.allclose(whole[0], 0.5 * text.read("quietly furious", Scene()).weights, atol=1e-6)


def test_weights_become_the_plan_of_their_emotions() -> None:
    weights = np.zeros(len(EMOTIONS), np.float32)
    weights[EMOTIONS.index("sad")] = 0.5
    plan = plan_of_weights(weights, "sad:0.5")
    assert units(plan)[1, "both"] == pytest.approx(0.475) and plan.valence < 0


others = ("and", "but", ",", "AU4", "AU12L", "eyebrows raised", "blorp")
some_words = st.lists(st.sampled_from([*lexicon().known(), *others]), max_size=6)


@settings(deadline=None)  # the first fit imports SciPy
@given(some_words)
@example(["beside himself with rage", "bursting with"])
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        plan = read_words(" ".join(words))
    except TalkgenError:
        return
    assert all(0 < action.strength <= MAX_STRENGTH for action in plan.actions)
    assert all(-1 <= value <= 1 for value in (plan.valence, plan.arousal, plan.dominance))
    weights = fit(plan).weights
    assert weights.min() >= 0 and weights.max() <= MAX_STRENGTH
