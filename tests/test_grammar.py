import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkgen.lib.grammar import ALIASES, ALONE, MAX_STRENGTH, format_emotion, parse_emotion, parse_intensity
from talkgen.space import EMOTIONS, region_names
from talkgen.types import EmotionKey, EmotionSpec, EmotionTerm, TalkgenError

SOURCES = ("label", "vad")


def read(text: str) -> tuple[EmotionKey, ...]:
    return parse_emotion(text, SOURCES).keys


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("happy", [("label", "happy", 1.0, "all")]),
        (" Angry : 0.7 ", [("label", "angry", 0.7, "all")]),
        ("happy:0.6+surprise:0.4", [("label", "happy", 0.6, "all"), ("label", "surprise", 0.4, "all")]),
        ("sad@brows:1.0+happy@mouth:0.5", [("label", "sad", 1.0, "brows"), ("label", "happy", 0.5, "mouth")]),
        ("sad:0.5@brows.left", [("label", "sad", 0.5, "brows.left")]),
        ("fear@upper", [("label", "fear", 1.0, "upper")]),
        ("vad:0.6,-0.2,0.1", [("vad", "0.6,-0.2,0.1", 1.0, "all")]),
        ("vad:+0.6,-0.2@mouth:0.5+joy@eyes", [("vad", "+0.6,-0.2", 0.5, "mouth"), ("label", "happy", 1.0, "eyes")]),
        ("label:disgust:1.5", [("label", "disgust", 1.5, "all")]),
        ("neutral", []),
    ],
)
def test_one_key(text: str, terms: list[tuple[str, str, float, str]]) -> None:
    assert read(text) == (EmotionKey(0.0, tuple(EmotionTerm(*term) for term in terms)),)


def test_keys_over_time_in_seconds_and_milliseconds() -> None:
    keys = read("0s=neutral; 1200ms=happy:0.8; 4=sad@brows:0.5;")
    assert [key.time for key in keys] == [0, 1.2, 4]
    assert [len(key.terms) for key in keys] == [0, 1, 1]


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases_are_emotions(alias: str) -> None:
    assert read(alias) == read(ALIASES[alias])


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("audio", (EmotionTerm("audio", ""),)),
        ("audio:0.8", (EmotionTerm("audio", "", 0.8),)),
        ("audio:other.wav:0.8", (EmotionTerm("audio", "other.wav", 0.8),)),
        ("image:face.png@brows", (EmotionTerm("image", "face.png", 1.0, "brows"),)),
        ("happy+auto:0.5", (EmotionTerm("label", "happy"), EmotionTerm("auto", "", 0.5))),
    ],
)
def test_some_sources_stand_alone(text: str, terms: tuple[EmotionTerm, ...]) -> None:
    spec = parse_emotion(text, (*SOURCES, "audio", "image", "auto"))
    assert spec.keys[0].terms == terms
    assert parse_emotion(format_emotion(spec), (*SOURCES, "audio", "image", "auto")).keys == spec.keys


def test_a_source_is_read_as_soon_as_it_is_available() -> None:
    (key,) = parse_emotion('text:"sad; or = worse @ 1+1"@mouth:0.5', (*SOURCES, "text")).keys
    assert key.terms == (EmotionTerm("text", "sad; or = worse @ 1+1", 0.5, "mouth"),)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("text:quietly furious", [("text", "quietly furious", 1.0, "all")]),
        ("Text: Quietly furious : 0.7", [("text", "Quietly furious", 0.7, "all")]),
        ("text:tired, a bit sad@upper:0.5", [("text", "tired, a bit sad", 0.5, "upper")]),
        ('text:"AU4+AU7, lips pressed":0.8', [("text", "AU4+AU7, lips pressed", 0.8, "all")]),
        ('text:"a: b; c = d":1.2@mouth + happy', [("text", "a: b; c = d", 1.2, "mouth"), ("label", "happy", 1.0, "all")]),
        ("plan:My plans/plan.json:0.5", [("plan", "My plans/plan.json", 0.5, "all")]),
    ],
)
def test_words_pass_through_with_strength_and_region(text: str, terms: list[tuple[str, str, float, str]]) -> None:
    (key,) = parse_emotion(text, (*SOURCES, "text", "plan")).keys
    assert key.terms == tuple(EmotionTerm(*term) for term in terms)
    assert parse_emotion(format_emotion(EmotionSpec((key,))), (*SOURCES, "text", "plan")).keys == (key,)


def test_words_over_time() -> None:
    before, after = parse_emotion("0s=neutral; 2s=text:smug@mouth", (*SOURCES, "text")).keys
    assert before.terms == () and (after.time, after.terms) == (2.0, (EmotionTerm("text", "smug", 1.0, "mouth"),))


@pytest.mark.parametrize(
    ("text", "hint"),
    [("text:AU4+AU7", "quotation marks"), ("text:sad:2", "0 to 1.5"), ("text:sad:0.5@mouth:0.5", "two strengths")],
)
def test_mistakes_around_words(text: str, hint: str) -> None:
    with pytest.raises(TalkgenError, match=hint):
        parse_emotion(text, (*SOURCES, "text"))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("hapy", "happy"), ("suprise:0.5", "surprise"), ("sad@brow", "brows"), ("vadd:0.1,0.2", "vad"), ("zzz", "contempt"),
        ("sad@gaze.left", "not a region"), ("sad:2", "0 to 1.5"), ("sad:-0.1", "0 to 1.5"), ("sad:nan", "0 to 1.5"),
        ("sad:lots", "not a number"),
        ("", "empty"), ("  ", "empty"), ("happy+", "missing"), ("1s=", "missing"), ("sad:", "missing"), ("happy; sad", "no time"),
        ("0s=happy; 0s=sad", "increase"), ("2s=happy; 1s=sad", "increase"), ("soon=happy", "not a time"),
        ("-1s=happy", "not a time"), ("happy+happy:0.5", "twice"),
        ("sad:0.5@brows:0.5", "two strengths"), ("neutral@mouth", "alone"), ("neutral+happy", "alone"),
    ],
)  # fmt: skip
def test_mistakes_are_one_clear_sentence(text: str, hint: str) -> None:
    with pytest.raises(TalkgenError, match=hint) as error:
        read(text)
    assert "\n" not in str(error.value)


places = st.sampled_from(region_names())
strengths = st.integers(0, 150).map(lambda hundredths: hundredths / 100)
labels = st.builds(EmotionTerm, st.just("label"), st.sampled_from(EMOTIONS), strengths, places)
numbers = st.integers(-100, 100).map(lambda hundredths: str(hundredths / 100))
points = st.builds(EmotionTerm, st.just("vad"), st.lists(numbers, min_size=2, max_size=3).map(",".join), strengths, places)
mixtures = st.lists(labels | points, max_size=4, unique_by=lambda term: (term.source, term.argument, term.region)).map(tuple)
moments = st.lists(st.integers(0, 100_000).map(lambda milliseconds: milliseconds / 1000), min_size=1, max_size=4, unique=True).map(
    sorted
)


@given(moments.flatmap(lambda times: st.tuples(*[st.builds(EmotionKey, st.just(time), mixtures) for time in times])))
def test_what_is_written_reads_back(keys: tuple[EmotionKey, ...]) -> None:
    assert read(format_emotion(EmotionSpec(keys))) == keys


@given(st.text(alphabet='hapysdvt:+@=;.,0123456789 "-ms', max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        keys = read(text)
    except TalkgenError:
        return
    assert all(0 <= term.strength <= MAX_STRENGTH for key in keys for term in key.terms)


def test_intensity() -> None:
    assert parse_intensity("mouth=1.2, brows.left=0.5,HEAD=0,blink=2") == {
        "mouth": 1.2,
        "brows.left": 0.5,
        "head": 0.0,
        "blink": 2.0,
    }


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "not a gain"),
        ("mouth", "not a gain"),
        ("moth=1", "mouth"),
        ("blnk=1", "blink"),
        ("mouth=3", "0 to 2"),
        ("mouth=x", "number"),
        ("jaw=1,jaw=1", "twice"),
    ],
)
def test_intensity_mistakes(text: str, hint: str) -> None:
    with pytest.raises(TalkgenError, match=hint):
        parse_intensity(text)


def test_sources_do_not_shadow_emotions() -> None:
    assert not set(ALONE) & {*EMOTIONS, *ALIASES}
