"""Manifests: the formats read alike, characters lend what a line lacks, and all that is wrong is told at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from takes import rig_file, tiny_flame

from talkgen.batch.direction import Direction
from talkgen.batch.line import Line
from talkgen.batch.manifest import derived_seed, read_manifest, selected
from talkgen.batch.tables import ManifestError
from talkgen.lib.grammar import format_emotion
from talkgen.types import TalkgenError

CSV = """\
id;audio;image;text;emotion;intensity;emotion_keys;style;outputs;seed;language
greet;lines/a/0.wav;face.jpg;"Halt, you;
there!";angry;0.5;"[{""t"": 0.4, ""emotion"": ""sad""}]";head=0.5,articulation=1.2;json .mp4;7;
;lines/b/1.wav;;Nei;;;;;;;no
"""
JSONL = """\
{"id": "greet", "audio": "lines/a/0.wav", "image": "face.jpg", "transcript": "Halt, you;\\nthere!", "emotion": "angry", \
"intensity": 0.5, "emotion_keys": [{"t": 0.4, "emotion": "sad"}], "style": {"head": 0.5, "articulation": 1.2}, \
"outputs": [".json", "mp4"], "seed": 7}

{"audio": "lines/b/1.wav", "transcript": "Nei", "language": "no"}
"""
YAML = """\
- id: greet
  audio: lines/a/0.wav
  image: face.jpg
  transcript: "Halt, you;\\nthere!"
  emotion: angry
  intensity: 0.5
  emotion_keys: [{t: 0.4, emotion: sad}]
  style: {head: 0.5, articulation: 1.2}
  outputs: [.json, .mp4]
  seed: 7
- {audio: lines/b/1.wav, transcript: Nei, language: no}
"""


def read(folder: Path, text: str, name: str, **options) -> list[Line]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_manifest(folder / name, folder / "out", **options)


def test_formats_read_alike(folder: Path) -> None:
    told = []
    for text, name in ((CSV, "m.csv"), (JSONL, "m.jsonl"), (YAML, "m.yaml")):
        lines = read(folder, text, name)
        told.append([{**vars(line), "number": None} for line in lines])
    assert told[0] == told[1] == told[2]
    first, second = lines
    assert str(first.place) == "lines/a/greet" and first.files == ("lines/a/greet.json", "lines/a/greet.mp4")
    assert first.transcript == "Halt, you;\nthere!" and format_emotion(first.emotion) == "0s=angry:0.5; 0.4s=sad:1"
    assert first.style.intensity == {"head": 0.5} and first.style.articulation == 1.2 and first.seed == 7
    assert second.id == "lines/b/1" and second.english is None and second.outputs == (".json",)
    assert second.seed == derived_seed(0, "lines/b/1")


def test_numbers_of_lines(folder: Path) -> None:
    assert [line.number for line in read(folder, CSV, "m.csv")] == [2, 4]
    assert [line.number for line in read(folder, JSONL, "m.jsonl")] == [1, 3]
    assert [line.number for line in read(folder, YAML, "m.yaml")] == [1, 11]


def test_characters_lend_what_a_line_lacks(folder: Path) -> None:
    (folder / "cast").mkdir()
    (folder / "cast" / "cast.yaml").write_text(
        "characters:\n  guard: {image: ../face.jpg, emotion: 'angry:0.8', style: {head: 0.5, blink: 0}, seed: 3, language: de}\n"
    )
    table = (
        "audio,character,emotion,intensity,style\nlines/a/0.wav,guard,,0.5,\nlines/a/2.wav,guard,happy,,head=0\nlines/a/4.wav,,,,\n"
    )
    lines = read(folder, table, "m.csv", characters=folder / "cast" / "cast.yaml", usual=Direction(outputs=(".npz",)))
    assert [line.emotion.text for line in lines] == ["angry:0.4", "happy", "neutral"]
    assert [dict(line.style.intensity) for line in lines] == [{"head": 0.5, "blink": 0}, {"head": 0, "blink": 0}, {}]
    assert [line.image and line.image.resolve() for line in lines] == [folder / "face.jpg", folder / "face.jpg", None]
    assert [line.language for line in lines] == ["de", "de", "en"] and lines[0].outputs == (".npz",)
    assert [line.seed for line in lines] == [derived_seed(seed, line.id) for seed, line in zip((3, 3, 0), lines, strict=True)]


def test_lines_rest_where_nothing_else_is_said(folder: Path) -> None:
    (folder / "cast.yaml").write_text("characters: {guard: {start: none, end: angry}, maid: {end: 'sad:0.5'}}")
    table = "audio,character,start,end\nlines/a/0.wav,,,\nlines/a/2.wav,guard,,\nlines/a/4.wav,maid,happy,none\n"
    lines = read(folder, table, "m.csv", characters=folder / "cast.yaml")
    assert [(line.start, line.end) for line in lines] == [("rest", "rest"), (None, "angry"), ("happy", None)]
    (usual, *_) = read(folder, table, "m.csv", characters=folder / "cast.yaml", usual=Direction(start="none", end="sad"))
    assert (usual.start, usual.end) == (None, "sad")


def test_rigs_maps_and_models_go_where_they_are_used(folder: Path) -> None:
    (folder / "cast").mkdir()
    rig, flame = rig_file(folder / "cast" / "guard.glb", ["jawOpen"]), tiny_flame(folder / "flame.pkl")
    (folder / "cast" / "cast.yaml").write_text("characters: {guard: {rig: guard.glb, retarget: metahuman}}")
    table = (
        "audio,character,flame,retarget,outputs\n"
        "lines/a/0.wav,guard,,,anim csv\n"
        "lines/a/2.wav,,flame.pkl,,flame:npz\n"
        "lines/a/4.wav,guard,,map.yaml,glb json\n"
    )
    (folder / "map.yaml").write_text("curves: {jawOpen: jawOpen}")
    lines = read(folder, table, "m.csv", characters=folder / "cast" / "cast.yaml")
    assert [line.options_for(*line.exporters) for line in lines] == [
        {"retarget": "metahuman"}, {"flame": flame}, {"rig": rig, "retarget": folder / "map.yaml"},
    ]  # fmt: skip
    (folder / "map.yaml").write_text("curves: {jawOpen: jawOpne}")
    rig_file(rig, ["Basis", "Tail"])
    table += "lines/b/1.wav,,,,flame:npz\nlines/b/3.wav,,none.pkl,metahumen,glb\nlines/b/5.wav,guard,flame.pkl,,glb csv\n"
    with pytest.raises(ManifestError) as caught:
        read(folder, table, "m.csv", characters=folder / "cast" / "cast.yaml")
    expected = [
        (4, "did you mean jawOpen"), (5, "need the model"), (6, "there is no flame"), (6, "did you mean metahuman"),
        (7, "metahuman moves"), (7, "flame changes nothing in .glb .csv; it goes with the formats flame"),
    ]  # fmt: skip
    told = caught.value.problems
    for number, words in expected:
        assert any(number == line and words in text for line, text in told), (number, words, told)


def test_sound_from_elsewhere_is_mirrored_from_its_own_folder(folder: Path) -> None:
    (folder / "texts").mkdir()
    lines = read(folder, "audio\n../lines/a/0.wav\n../lines/b/1.wav\n", "texts/m.csv")
    assert [str(line.place) for line in lines] == ["a/0", "b/1"]


def test_all_that_is_wrong_is_told_with_its_line(folder: Path) -> None:
    table = (
        "audio,caracter,emotoin,style,seed,outputs,image,id,character,emotion\n"
        "lines/a/0.wav,,,,,,,,,hapy\n"
        "lines/none.wav,,,,-1,,,,,\n"
        "lines/a/2.wav,,,head=9,,mp4,,,,\n"
        ",,,,,,,,,\n"
        "lines/a/4.wav,x,,,,json mp5,,,,text:blorp\n"
        "lines/b/1.wav,,x,,,,no.jpg,a/b,king,\n"
        "lines/b/1.wav,,\n"
    )
    with pytest.raises(ManifestError) as caught:
        read(folder, table, "m.csv")
    told = [(number, words) for number, words in caught.value.problems]
    expected = [
        (2, "did you mean happy"), (3, "there is no audio"), (3, "seed is"), (4, "0 to 2"),
        (1, "'caracter'; did you mean character"),
        (6, "not understood"), (6, "mp5 has no suffix"), (1, "'emotoin'; did you mean emotion"), (7, "no image"),
        (7, "cannot name a file"),
        (7, "no character 'king'"), (8, "3 columns where the header names 10"),
    ]  # fmt: skip
    assert len(told) == len(expected)
    for number, words in expected:
        assert any(number == line and words in text for line, text in told), (number, words, told)
    assert "line 3: there is no audio" in str(caught.value) and "12 things are wrong" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"outputs": ["mp4"]}, "shows a picture"),
        ({"outputs": ["mp5"]}, "no suffix that talkgen knows"),
        ({"outputs": ["talkgen.json"]}, "also an output"),
        ({"audio": 3}, "there is no audio"),
        ({"audio": ["a"]}, "give a text"),
        ({"intensity": "strong", "emotion": "sad"}, "give a number from 0 to 1.5"),
        ({"intensity": 1.5, "emotion": "sad:1.2"}, "stronger than 1.5"),
        ({"emotion": "0s=sad; 1s=happy", "emotion_keys": [{"t": 2, "emotion": "sad"}]}, "not in both"),
        ({"emotion_keys": [{"t": 2, "emotion": "sad"}, {"t": 1, "emotion": "sad"}]}, "must increase"),
        ({"emotion_keys": [{"time": 2, "emotion": "sad"}]}, "field 'time'"),
        ({"emotion_keys": [{"t": 2}]}, "lacks emotion"),
        ({"emotion_keys": "soon"}, "not JSON"),
        ({"emotion": "image:nobody.png"}, "there is no image of the emotion"),
        ({"start": "hapy"}, "start is no pose: 'hapy' is not an emotion; did you mean happy"),
        ({"end": "nowhere.json"}, "there is no end"),
        ({"start": "auto"}, "before the line is acted"),
        ({"style": "chin=1"}, "chin"),
        ({"style": "articulation=3"}, "0 to 2"),
        ({"seed": 1.5}, "whole number"),
        ({"text": "a", "transcript": "b"}, "two names"),
        ({"id": "report"}, "report"),
    ],
)
def test_bad_fields(write: Callable[..., Path], folder: Path, line: dict, words: str) -> None:
    (folder / "top.wav").touch()
    with pytest.raises(ManifestError, match="line 1") as caught:
        read_manifest(write([{"audio": "top.wav", **line}]), folder)
    assert words in str(caught.value)


def test_lines_that_would_overwrite_each_other_or_what_is_read(write: Callable[..., Path], folder: Path) -> None:
    with pytest.raises(ManifestError, match="also an output of line 1"):
        read_manifest(write([{"audio": "lines/a/0.wav"}, {"audio": "lines/a/2.wav", "id": "0"}]), folder)
    (folder / "face.png").touch()
    (folder / "face.wav").touch()
    with pytest.raises(ManifestError, match="also read"):
        read_manifest(write([{"audio": "face.wav", "image": "face.png", "outputs": ["png"]}]), folder)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("m.csv", "", "names no line"),
        ("m.txt", "audio", "neither .csv"),
        ("m.csv", "audio,audio\nlines/a/0.wav,x\n", "stands there twice"),
        ("m.jsonl", '{"audio": \n[1]\n', "line 2: a line is an object"),
        ("m.yaml", "- audio: [", "line 1"),
        ("m.yaml", "lines: 3", "no list of lines"),
        ("m.yaml", "cast: {}\nlines: []", "no part 'cast'"),
        ("m.yaml", "- lines/a/0.wav", "no object of names"),
        ("m.yaml", "characters: {guard: {portrait: face.jpg}}\nlines: [{audio: lines/a/0.wav}]", "'portrait'"),
    ],
)
def test_bad_tables(folder: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(TalkgenError) as caught:
        read(folder, text, name)
    assert words in str(caught.value)


def test_formats_are_named_where_the_ending_does_not_tell(write: Callable[..., Path], folder: Path) -> None:
    (line,) = read_manifest(write([{"audio": "lines/a/0.wav", "outputs": "csv a2f:.a2f.json"}]), folder / "out")
    assert line.formatted == (("lines/a/0.csv", None), ("lines/a/0.a2f.json", "a2f"))
    with pytest.raises(ManifestError, match="no format 'a3f'"):
        read_manifest(write([{"audio": "lines/a/0.wav", "outputs": "a3f:json"}]), folder / "out")


def test_selection(six: Path, folder: Path) -> None:
    lines = read_manifest(six, folder / "out")
    assert [line.id for line in selected(lines, ["lines/a/*", "lines/b/1"])] == ["lines/a/0", "lines/a/2", "lines/a/4", "lines/b/1"]
    with pytest.raises(TalkgenError, match="did you mean lines/a/0"):
        selected(lines, ["lines/a/00"])


def test_a_portrait_is_opened_only_where_it_is_looked_at(write: Callable[..., Path], folder: Path) -> None:
    line = {"image": "face.jpg", "outputs": "json"}
    manifest = write(
        [
            {"audio": "lines/a/0.wav", **line},
            {"audio": "lines/a/2.wav", **line, "emotion": "auto"},
            {"audio": "lines/a/4.wav", "image": "face.jpg"},
        ]
    )
    assert [bool(line.portrait) for line in read_manifest(manifest, folder / "out")] == [False, True, True]
