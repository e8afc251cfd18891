"""Manifests: both formats read alike, and whatever is wrong is told with line and field."""

from pathlib import Path

import pytest

from talkgen.evaluation.manifest import read_manifest
from talkgen.types import TalkgenError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.wav", "face.png", "real.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "corpus").mkdir()
    return tmp_path


def write(folder: Path, text: str, name: str = "manifest.jsonl") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_both_formats_read_alike(folder: Path) -> None:
    lines = (
        '{"audio": "a.wav", "image": "face.png", "reference": "real.mp4", "transcript": "Go, now.", "closures": [0.5, 1]}\n\n'
        '{"audio": "b.wav", "group": "g", "language": "de", "transcript": "Los."}\n'
    )
    table = (
        'audio,image,reference,transcript,closures,group,language\na.wav,face.png,real.mp4,"Go, now.",0.5 1,,\nb.wav,,,Los.,,g,de\n'
    )
    first, second = read_manifest(write(folder, lines))
    assert [first, second] == read_manifest(write(folder, table, "manifest.csv"))
    assert first.audio == folder / "a.wav" and first.closures == (0.5, 1.0) and first.english == "Go, now."
    assert second.english is None and second.name == "b" and second.group == "g"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no clip"),
        ("[1]", "line 1: a line is an object"),
        ('{"audio": "a.wav"}\n{"audio": ', "line 2: this is not json"),
        ('{"image": "face.png"}', "line 1: the field audio is missing"),
        ('{"audio": "a.wav", "transkript": "x"}', "did you mean transcript"),
        ('{"audio": "a.wav", "mood": "x"}', "no field 'mood'"),
        ('{"audio": 3}', "line 1: audio is 3"),
        ('{"audio": "missing.wav"}', "line 1: there is no audio"),
        ('{"audio": "a.wav", "image": "missing.png"}', "there is no image"),
        ('{"audio": "a.wav", "reference": "missing.mp4"}', "there is no reference"),
        ('{"audio": "a.wav", "reference": "corpus"}', "clips.jsonl"),
        ('{"audio": "a.wav", "closures": ["soon"]}', 'closures holds "soon"'),
        ('{"audio": "a.wav", "feeling": "cheerful"}', 'feeling is "cheerful"; give one of neutral, happy'),
        ('{"audio": "a.wav", "closures": -1}', "closures holds -1"),
    ],
)
def test_bad_lines(folder: Path, text: str, words: str) -> None:
    with pytest.raises(TalkgenError) as caught:
        read_manifest(write(folder, text))
    assert words in str(caught.value).lower() or words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("audio,image\na.wav\n", "line 2"),
        ("audio\na.wav,face.png\n", "line 2"),
        ("audio,closures\na.wav,0.5 soon\n", "soon"),
        ("sound\na.wav\n", "no field 'sound'"),
    ],
)
def test_bad_tables(folder: Path, text: str, words: str) -> None:
    with pytest.raises(TalkgenError, match=words):
        read_manifest(write(folder, text, "manifest.csv"))


def test_bad_files(folder: Path) -> None:
    (folder / "bytes.jsonl").write_bytes(b"\xff\xfe\xfa")
    for name, words in (("none.jsonl", "no manifest"), ("face.png", "neither"), ("bytes.jsonl", "UTF-8")):
        with pytest.raises(TalkgenError, match=words):
            read_manifest(folder / name)
