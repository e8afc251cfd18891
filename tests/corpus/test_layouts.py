"""Corpora as users have them on disk: what each layout reads from their names, and what it says of folders of another shape."""

from pathlib import Path

import pytest

from talkgen.corpus.layouts.base import Item, recognise
from talkgen.corpus.layouts.grid import sentence
from talkgen.lib.grammar import parse_emotion
from talkgen.members import available
from talkgen.types import TalkgenError

TREES = {
    "cremad": ("VideoFlash/1001_DFA_ANG_XX.flv", "AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_IEO_HAP_LO.wav"),
    "files": ("talks/one.mp4", "talks/one.wav", "talks/two.m4a"),
    "grid": ("s1/bbaf2n.mpg", "s1/align/bbaf2n.align", "s12/sbiz1s.mpg", "s12/notes.txt"),
    "hdtf": ("RD_Radio10_000.mp4", "RD_Radio10_001.mp4", "WDA_SomeName_000.mp4"),
    "mead": (
        "M030/video/front/angry/level_3/001.mp4", "M030/video/left_30/angry/level_3/001.mp4", "M030/audio/angry/level_3/001.m4a",
        "M030/video/front/neutral/level_1/002.mp4", "W011/video/front/surprised/level_1/003.mp4",
    ),
    "ravdess": (
        "Actor_01/01-01-05-02-01-02-01.mp4", "Actor_01/02-01-05-02-01-02-01.mp4", "Actor_02/03-01-01-01-02-01-02.wav",
        "Actor_02/02-01-03-01-02-01-02.mp4", "Actor_02/03-01-03-01-02-01-02.wav", "Actor_02/01-02-03-01-02-01-02.mp4",
    ),
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path):
    """A function that makes empty files of a layout: names are all that layouts look at."""

    def plant(layout: str) -> Path:
        for name in TREES[layout]:
            (tmp_path / layout / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / layout / name).touch()
        return tmp_path / layout

    return plant


def read(folder: Path, layout: str | None = None) -> dict[str, Item]:
    return {item.name: item for item in recognise(folder, layout)}


def test_mead(tree) -> None:
    items = read(tree("mead"))
    assert list(items) == ["M030_angry_3_001", "M030_neutral_1_002", "W011_surprised_1_003"]  # the front camera alone
    angry, neutral, surprised = items.values()
    assert angry.speaker == "mead_M030" and angry.emotion == "angry:1"
    assert angry.sound and angry.sound.parts[-5:] == ("M030", "audio", "angry", "level_3", "001.m4a")
    assert neutral.emotion == "neutral" and neutral.sound is None and surprised.emotion == "surprise:0.4"
    assert len(read(tree("mead") / "M030")) == 2  # one actor's folder


def test_hdtf(tree) -> None:
    speakers = [item.speaker for item in read(tree("hdtf")).values()]
    assert speakers == ["hdtf_RD_Radio10", "hdtf_RD_Radio10", "hdtf_WDA_SomeName"]


def test_ravdess(tree) -> None:
    items = list(read(tree("ravdess")).values())
    assert len(items) == 3  # the picture without sound repeats the first, and song is left out
    first, second, third = items
    assert (first.speaker, first.emotion, first.transcript) == ("ravdess_01", "angry:1", "Kids are talking by the door")
    assert third.path.suffix == ".wav" or second.path.suffix == ".wav"
    silent = next(item for item in items if item.name.startswith("02-"))
    assert silent.sound and silent.sound.name == "03-01-03-01-02-01-02.wav" and silent.emotion == "happy:0.6"


def test_cremad(tree) -> None:
    video, sound = read(tree("cremad")).values()
    assert video.path.suffix == ".flv" and video.emotion == "angry:0.7" and video.transcript == "Don't forget a jacket"
    assert sound.path.suffix == ".wav" and sound.emotion == "happy:0.4" and sound.speaker == "cremad_1002"


def test_grid(tree) -> None:
    items = read(tree("grid"))
    assert items["grid_s1_bbaf2n"].transcript == "bin blue at f two now" == sentence("bbaf2n")
    assert items["grid_s12_sbiz1s"].speaker == "grid_s12" and len(items) == 2


@pytest.mark.parametrize(("table", "columns"), [("metadata.csv", 3), ("transcripts.csv", 2)])
def test_ljspeech(tmp_path: Path, table: str, columns: int) -> None:
    (tmp_path / "wavs").mkdir()
    for name in ("LJ001-0001", "LJ001-0002", "LJ001-0003"):
        (tmp_path / "wavs" / f"{name}.wav").touch()
    lines = ["|".join([f"LJ001-000{k}", "Chapter 4.", "Chapter four."][:columns]) for k in (1, 2)]
    (tmp_path / table).write_text("\n".join(lines))
    items = read(tmp_path)
    assert list(items) == ["LJ001-0001", "LJ001-0002"]  # the third has no words
    assert items["LJ001-0001"].transcript == ("Chapter four." if columns == 3 else "Chapter 4.")


def test_files(tree) -> None:
    folder = tree("files")
    (folder / "talks" / "two.txt").write_text("Hello there.\n")
    one, two = read(folder).values()
    assert one.name == "talks-one" and one.sound == folder / "talks" / "one.wav" and one.transcript is None
    assert two.transcript == "Hello there." and two.speaker == "talks"
    assert list(read(folder / "talks" / "two.m4a")) == ["two"]


@pytest.mark.parametrize("layout", TREES)
def test_a_layout_is_recognised_and_no_other_takes_it(tree, layout: str) -> None:
    folder = tree(layout)
    assert read(folder) == read(folder, layout)
    for other in set(available("corpus.layouts")) - {layout, "files"}:
        with pytest.raises(TalkgenError, match=f"not laid out as {other}. Looked for {other}: "):
            recognise(folder, other)


@pytest.mark.parametrize("layout", TREES)
def test_emotions_are_in_our_grammar(tree, layout: str) -> None:
    for item in read(tree(layout)).values():
        assert item.emotion is None or parse_emotion(item.emotion, available("emotion"))


def test_a_folder_of_nothing_names_everything_that_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(TalkgenError) as refusal:
        recognise(tmp_path)
    assert all(f"{layout}: " in str(refusal.value) for layout in available("corpus.layouts"))
    with pytest.raises(TalkgenError, match="There is no"):
        recognise(tmp_path / "missing")
    with pytest.raises(TalkgenError, match="available: "):
        recognise(tmp_path, "misspelt")
