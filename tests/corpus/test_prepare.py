"""Media to clips: what a clip holds, what is left out and why, going on where it stopped, and what is kept out of training."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from corpus.conftest import DATA, WORDS
from typer.testing import CliRunner

from talkgen.cli import app
from talkgen.corpus.align import filled, phones_of
from talkgen.corpus.layouts.base import Item, recognise
from talkgen.corpus.prepare import Job, make, neutral_clips, prepare, split
from talkgen.corpus.shards import read_clips, read_index
from talkgen.lib.media import open_audio
from talkgen.types import Phone

OURS = ("--source", "a test", "--licence", "CC0-1.0")


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["prepare", *map(str, arguments)])


def clips(folder: Path):
    return {clip.info.name: clip for clip in read_clips(folder, read_index(folder))}


def test_a_corpus_from_the_command_line(tmp_path: Path, media) -> None:
    mead, corpus = tmp_path / "mead", tmp_path / "corpus"
    for name, file in {
        "M030/video/front/angry/level_3/001.mp4": media(".mp4", sound=False),
        "M030/audio/angry/level_3/001.m4a": media(".m4a"),
        "M030/video/front/sad/level_1/002.mp4": media(".mp4", sound=False),  # whose sound is missing
        "M030/video/front/sad/level_1/003.mp4": media(".mp4", face=False),
    }.items():
        (mead / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, mead / name)
    result = run(mead, "-o", corpus, "--validation", 0)
    assert result.exit_code == 0, result.output
    reasons = result.stderr.strip().splitlines()
    assert len(reasons) == 2 and "002.mp4 has no sound" in reasons[0] and "face in only 0 of" in reasons[1]
    (clip,) = clips(corpus).values()
    info = clip.info
    assert (info.name, info.speaker, info.emotion, info.split) == ("M030_angry_3_001", "mead_M030", "angry:1", "train")
    assert info.source == "MEAD" and info.licence and clip.phones is None
    assert clip.motion is not None and clip.confidence is not None and clip.lips is not None
    assert len(clip.motion) == len(clip.confidence) == len(clip.lips) and 25 <= len(clip.motion) <= 27  # AAC pads
    assert clip.confidence[:20].min() > 0.8 and 0.5 < clip.lips[5, 1] < 1.2

    before = (corpus / "clips.jsonl").read_bytes()
    again = run(mead, "-o", corpus, "--validation", 0)  # only what is missing is tried again
    assert again.exit_code == 2 and "None of the 2 clips" in again.stderr
    assert (corpus / "clips.jsonl").read_bytes() == before


def test_speech_with_its_words(tmp_path: Path) -> None:
    shutil.copy(DATA / "printing.flac", tmp_path / "a.flac")
    (tmp_path / "a.txt").write_text(WORDS)
    (item,) = recognise(tmp_path / "a.flac")
    clip = make(Job(item)).clip
    assert clip is not None and clip.phones is not None and clip.motion is None
    assert clip.phones[0].start == 0 and clip.phones[-1].end == pytest.approx(clip.info.duration, abs=0.01)
    assert all(one.end == other.start for one, other in zip(clip.phones, clip.phones[1:], strict=False))
    assert "P R IH N T IH NG" in " ".join(phone.name for phone in clip.phones)


def test_words_that_were_not_said() -> None:
    audio = open_audio(DATA / "printing.flac")
    assert phones_of(audio, "Bring me two large coffees with hot milk, and some cake for the children") is None
    assert phones_of(audio, "Printing, then") is None  # most of the sound is not in the words
    assert phones_of(audio, "…") is None


def test_gaps_between_phones_are_silence() -> None:
    whole = filled([Phone("AA", 0.1, 0.2), Phone("B", 0.2, 0.3)], 0.5)
    assert [phone.name for phone in whole] == ["SIL", "AA", "B", "SIL"] and whole[-1].end == 0.5


def test_stopping_early_leaves_what_was_made(tmp_path: Path, media) -> None:
    for name in "abc":
        shutil.copy(media(".m4a"), tmp_path / f"{name}.m4a")
    items = recognise(tmp_path)
    made = prepare(items, split(items), tmp_path / "corpus")
    next(made)
    made.close()  # as Ctrl-C does
    assert list(clips(tmp_path / "corpus")) == ["a"]


def test_several_processes_make_the_same_corpus(tmp_path: Path, media) -> None:
    for name in "ab":
        shutil.copy(media(".mp4"), tmp_path / f"{name}.mp4")
    result = run(tmp_path, "-o", tmp_path / "corpus", "--workers", 2, *OURS)
    assert result.exit_code == 0, result.output
    made = clips(tmp_path / "corpus")
    assert list(made) == ["a", "b"] and made["a"].info.licence == "CC0-1.0"
    alone = make(Job(recognise(tmp_path / "b.mp4")[0])).clip
    np.testing.assert_allclose(made["b"].motion.blendshapes, alone.motion.blendshapes, atol=1e-3)  # stored in 16 bits


def test_whole_speakers_are_kept_out() -> None:
    items = [Item(Path(f"{s}{k}.wav"), f"{s}{k}", s) for s in "abcdef" for k in range(3)]
    splits = split(items, validation=4, test=3)
    by_speaker = {s: {splits[f"{s}{k}"] for k in range(3)} for s in "abcdef"}
    assert all(len(kinds) == 1 for kinds in by_speaker.values())
    assert [kinds.pop() for kinds in by_speaker.values()] == ["test", "train", "validation", "test", "train", "train"]
    lone = split([Item(Path(f"{k}.wav"), f"{k:02}", "one") for k in range(20)], validation=10)
    assert [name for name, kind in lone.items() if kind == "validation"] == ["05", "15"]
    assert set(split(items).values()) == {"train"}


def test_a_face_is_read_against_its_neutral_clip(media) -> None:
    items = [Item(Path(f"{s}_{e}.mp4"), f"{s}_{e}", s, emotion=e) for s in "ab" for e in ("angry:1", "neutral")]
    items += [Item(Path("c.mp4"), "c", "c"), Item(Path("d.wav"), "d", "d", emotion="neutral")]
    assert neutral_clips(items) == {"a": Path("a_neutral.mp4"), "b": Path("b_neutral.mp4")}
    item = Item(media(".mp4"), "face", "a")
    alone, against_itself = (make(Job(item, "train", neutral)).clip for neutral in (None, item.path))
    np.testing.assert_allclose(against_itself.motion.blendshapes, alone.motion.blendshapes, atol=0.02)


def test_refusals(tmp_path: Path, media) -> None:
    (tmp_path / "empty").mkdir()
    clip = media(".m4a")

    def refused(*arguments: str | Path, words: str) -> None:
        result = run(*arguments)
        assert result.exit_code == 2 and words in result.stderr and len(result.stderr.strip().splitlines()) == 1, result.stderr

    refused(tmp_path / "empty", "-o", tmp_path / "c", words="Looked for")
    refused(clip, "-o", tmp_path / "c", words="Give --source and --licence")
    refused(clip, "-o", tmp_path / "c", *OURS, "--emotion", "hapy", words="happy")
    refused(clip, "-o", tmp_path, *OURS, words="is no corpus")
    refused(clip, clip, "-o", tmp_path / "c", *OURS, words="would both be called")
    refused(clip.parent, "-o", tmp_path / "c", "--layout", "mead", words="ACTOR/video/front")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_clips_that_are_cut_short_or_broken_are_named(tmp_path: Path, media) -> None:
    whole = media(".mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "fake.mp4").write_text("no video at all")
    outcomes = [make(Job(item)) for item in recognise(tmp_path)]
    assert all(outcome.clip is None and outcome.item.path.name in outcome.remark for outcome in outcomes)


@pytest.mark.shared
def test_grid(shared: Path) -> None:
    """Real clips: tracked throughout, the jaw follows the lips, and words begin where the corpus says."""
    items = [item for item in recognise(shared / "data" / "grid_s1") if item.path.stem in ("bbaf2n", "sbaa4n", "prap4n")]
    late = []
    for item in items:
        clip = make(Job(item)).clip
        assert clip is not None and clip.phones is not None and clip.motion is not None and len(clip.motion) == 75
        assert clip.confidence.mean() > 0.95 and clip.info.speaker == "grid_s1"
        assert np.corrcoef(clip.lips[:, 0], clip.motion.blendshapes[:, 17])[0, 1] > 0.85
        lines = (shared / "data" / "grid_s1_words" / f"{item.path.stem}.align").read_text().split("\n")
        first = next(int(line.split()[0]) / 25000 for line in lines if line.split()[2] not in ("sil", "sp"))
        late.append(next(phone.start for phone in clip.phones if phone.name != "SIL") - first)
    assert abs(np.median(late)) < 0.1
