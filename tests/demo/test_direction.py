"""The page's controls: the emotion they tell, and a command line and a program that tell the same."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from talkgen.cli.options import read_direction
from talkgen.demo import timeline
from talkgen.demo.controls import SAME, WAYS, Controls, feeling, gains, located, names, seed, specification, style, transcript
from talkgen.demo.reproduce import command_line, python_code
from talkgen.demo.speak import command, say
from talkgen.lib.grammar import format_emotion
from talkgen.space import EMOTIONS, FIELDS, NEUTRAL, REGIONS
from talkgen.types import TalkgenError

STRENGTHS = some.integers(0, 30).map(lambda n: n / 20)
GAINS = some.integers(0, 40).map(lambda n: n / 20)
CONTROLS = some.builds(
    Controls,
    portrait=some.just("/tmp/x y/a face.png"),
    speech=some.just("/tmp/it's.wav"),
    transcript=some.text(max_size=20),
    way=some.sampled_from(list(WAYS)),
    emotion=some.sampled_from([NEUTRAL, *EMOTIONS]),
    strength=STRENGTHS,
    mixture=some.dictionaries(some.sampled_from(EMOTIONS), STRENGTHS),
    valence=some.integers(-100, 100).map(lambda n: n / 100),
    arousal=some.integers(-100, 100).map(lambda n: n / 100),
    words=some.sampled_from(["quietly furious", 'say "no": AU4+AU7; now', "at 50%:0.5"]),
    picture=some.just("/tmp/ref=1.png"),
    recording=some.just("/tmp/other.wav"),
    feelings=some.dictionaries(some.sampled_from(REGIONS), some.sampled_from([SAME, NEUTRAL, *EMOTIONS])),
    gains=some.dictionaries(some.sampled_from([*FIELDS, "blink"]), GAINS),
    keys=some.sampled_from(["", "0s=neutral; 1.5s=sad@brows+happy@mouth:0.5", "2s=fear", "happy"]),
    articulation=some.sampled_from([1.0, 0.5, 1.25]),
    emotion_guidance=some.sampled_from([1.5, 2.2]),
    seed=some.integers(0, 99),
)


def options(controls: Controls) -> dict[str, str]:
    """The options of the command line shown."""
    words = shlex.split(command_line(controls))
    assert words[:2] == ["talkgen", "render"]
    return dict(zip(words[2::2], words[3::2], strict=True))


@settings(max_examples=150, deadline=None)
@given(CONTROLS)
def test_the_command_line_asks_for_the_same(controls: Controls) -> None:
    given = options(controls)
    numbers = [float(given[name]) if name in given else None for name in ("--audio-guidance", "--emotion-guidance")]
    articulation = float(given["--articulation"]) if "--articulation" in given else None
    spec, said, number, manner = read_direction(
        given["--emotion"], given.get("--intensity"), articulation, given.get("--transcript"), int(given["--seed"]), *numbers
    )
    assert spec.keys == specification(controls).keys
    assert (said, number, manner) == (transcript(controls), seed(controls), style(controls))
    assert (given["--image"], given["--audio"], given["-o"]) == ("a face.png", "it's.wav", "line.mp4")
    compile(python_code(controls), "line.py", "exec")


def test_sad_brows_over_a_smiling_mouth() -> None:
    controls = Controls(emotion="happy", strength=0.8, feelings={"brows": "sad", "head": NEUTRAL})
    text = format_emotion(specification(controls))
    assert text == "happy:0.8@eyes+happy:0.8@gaze+happy:0.8@lower+sad:1@brows"


def test_keys_are_set_moved_and_removed() -> None:
    sad = feeling(Controls(emotion="sad", strength=0.5))
    text = timeline.with_key(timeline.with_key("", 2, ()), 0.5, sad)
    assert text == "0.5s=sad:0.5; 2s=neutral"
    assert timeline.with_key(text, 2.04, sad) == "0.5s=sad:0.5; 2.04s=sad:0.5"  # in the place of the one beside it
    assert timeline.moved(text, 0, 1.234) == "1.23s=sad:0.5; 2s=neutral"
    assert timeline.without(timeline.without(text, 1), 0) == ""
    assert timeline.with_key("", 0, sad) == "0s=sad:0.5"
    shown = timeline.drawn(None, text, (), 0)["keys"]
    assert [(key["second"], key["text"], key["colour"]) for key in shown] == [
        (0.5, "sad:0.5", timeline.COLOURS["sad"]), (2, "neutral", timeline.COLOURS[NEUTRAL]),
    ]  # fmt: skip


def test_steps_are_of_a_renderer_that_knows_them() -> None:
    drawn, plain = Controls(renderer="dit", steps=4), Controls(renderer="warp", steps=4)
    assert options(drawn)["--steps"] == "4" and "steps=4" in python_code(drawn)
    assert "--steps" not in options(plain) and "steps" not in python_code(plain)


def test_gains_of_both_halves_are_one() -> None:
    assert gains(Controls(gains={"brows.left": 0.5, "brows.right": 0.5, "mouth.left": 1.2, "blink": 0})) == {
        "brows": 0.5, "mouth.left": 1.2, "blink": 0,
    }  # fmt: skip


def test_a_control_for_every_name() -> None:
    values = {name: name for name in names()}
    read = Controls.read(values)
    assert read.gains["mouth.left"] == "gains mouth.left" and read.mixture["fear"] == "mixture fear" and read.seed == "seed"


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        (Controls(way="words"), "no words"),
        (Controls(way="a reference picture"), "no reference picture"),
        (Controls(keys="soon=happy"), "soon"),
        (Controls(keys="1s=sad; 1s=happy"), "increase"),
    ],
)
def test_what_cannot_be_read_is_said(controls: Controls, words: str) -> None:
    with pytest.raises(TalkgenError, match=words):
        specification(controls)


def test_no_file_of_the_machine_is_opened() -> None:
    for text in ("image:/etc/passwd", "plan:plan.json", "audio:/secret.wav"):
        with pytest.raises(TalkgenError, match="no reference called"):
            located(specification(Controls(keys=text)), {"face.png": Path("/tmp/face.png")})
    spec = specification(Controls(way="a reference picture", picture="/up/face.png"))
    assert located(spec, {"face.png": Path("/up/face.png")}).keys[0].terms[0].argument == "/up/face.png"
    assert located(spec, {"face.png": Path("/up/face.png")}).text == "image:face.png@all:1"


def test_text_is_no_option(tmp_path: Path) -> None:
    assert command("-f /etc/passwd", "espeak-ng, British", tmp_path / "a.wav")[-2:] == ["--", "-f /etc/passwd"]
    with pytest.raises(TalkgenError, match="0 characters"):
        say("  ", "espeak-ng, British", tmp_path / "a.wav")
