"""Made speech: phones are where the programs put them, texts hold everything, and a seed gives the same corpus."""

import ctypes.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from talkgen.audio.phones.visemes import PHONES
from talkgen.corpus import espeak, flite, sentences, voices
from talkgen.corpus.ipa import arpabet
from talkgen.corpus.shards import TrainingClip, read_clips, read_index
from talkgen.lib.grammar import parse_emotion
from talkgen.members import available
from talkgen.space import EMOTIONS, region_names
from talkgen.types import MOTION_FPS, SAMPLE_RATE, Phone, TalkgenError

SCRIPT = Path(__file__).parents[2] / "scripts" / "synthesize"
speaking = pytest.mark.skipif(
    ctypes.util.find_library("espeak-ng") is None or shutil.which("flite") is None, reason="espeak-ng and flite are not installed"
)


def test_letters_of_any_language_find_the_nearest_phone() -> None:
    assert arpabet("aɪə") == ("AY", "AH") and arpabet("ɑːɹ") == ("AA", "R") and arpabet("ts") == ("T", "S")
    assert arpabet("ɐ̃ʊ̃") == ("AW",) and arpabet("y") == ("UW",) and arpabet("tʃʲ") == ("CH",) and arpabet("ʲ") == ("Y",)
    assert arpabet("ç") == arpabet("ç") == ("HH",) and arpabet("ss") == ("S",) and arpabet("") == ()
    with pytest.raises(KeyError, match="ʘ"):
        arpabet("aʘ")


def test_a_stop_begins_with_its_closure() -> None:
    sound = np.full(1000, 0.1, np.float32)
    sound[400:500] = 0
    events = [(0, "(en)"), (100, "ɑː"), (500, "p"), (600, "aɪə"), (800, ""), (900, "s")]
    assert espeak.phones(events, sound, 1000) == tuple(
        Phone(name, start, end)
        for name, start, end in (
            ("SIL", 0, 0.1), ("AA", 0.1, 0.4), ("P", 0.4, 0.6), ("AY", 0.6, 0.7), ("AH", 0.7, 0.8), ("SIL", 0.8, 0.9), ("S", 0.9, 1)
        )
    )  # fmt: skip


def test_flite_tells_where_segments_end() -> None:
    told = "pau:0.200 ax:0.250 t:0.300 pau:0.600 "
    assert flite.phones(told, 0.5) == (Phone("SIL", 0, 0.2), Phone("AH", 0.2, 0.25), Phone("T", 0.25, 0.3), Phone("SIL", 0.3, 0.5))
    assert flite.phones(told, 0.7)[-1] == Phone("SIL", 0.6, 0.7)


def test_missing_programs_are_named_with_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: None)
    with pytest.raises(TalkgenError, match="install the Debian package espeak-ng"):
        espeak.speak("Hello", "en", {})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TalkgenError, match="install the Debian package flite"):
        flite.speak("Hello", "slt", {})


def test_every_emotion_region_and_number_of_moments_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    specs = [voices.draw_emotion(4.0, rng) for _ in range(1500)]
    for spec in specs:
        assert parse_emotion(spec.text, available("emotion")).keys == spec.keys
    terms = [term for spec in specs for key in spec.keys for term in key.terms]
    assert {term.argument for term in terms} == set(EMOTIONS)
    assert {term.region for term in terms} == {"all", *region_names()}
    assert {len(spec.keys) for spec in specs} == {1, 2, 3, 4} and {len(key.terms) for spec in specs for key in spec.keys} == {
        0,
        1,
        2,
        3,
    }
    strengths = [term.strength for term in terms]
    assert min(strengths) < 0.2 and max(strengths) > 1.4


def test_texts_differ_and_are_the_same_for_a_seed() -> None:
    for language in sentences.languages():
        drawn = [sentences.text(language, np.random.default_rng(seed)) for seed in range(200)]
        assert len(set(drawn)) > 150 and drawn[7] == sentences.text(language, np.random.default_rng(7)), language


def test_voices_are_seen_or_unseen_never_both() -> None:
    drawn = [voices.draw_voice(np.random.default_rng(seed)) for seed in range(3000)]
    seen, unseen = ({voice.speaker for voice in drawn if voice.split == split} for split in ("train", "validation"))
    assert not seen & unseen and len(seen) > 60 and unseen == {*voices.UNSEEN_VARIANTS, "kal16"}
    assert np.mean([voice.split == "validation" for voice in drawn]) == pytest.approx(0.1, abs=0.02)
    assert np.mean([voice.language == "en" for voice in drawn]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([voice.engine == "flite" for voice in drawn]) == pytest.approx(0.25, abs=0.03)


@speaking
def test_every_language_is_spoken_and_every_letter_known() -> None:
    heard: set[str] = set()
    for language in sentences.languages():
        words = sentences.texts()["english"] if language == "en" else sentences.texts()["languages"][language]
        lists = [", ".join(entries) for name, entries in words.items() if name not in ("template", "numbers")]
        for accent in voices.ACCENTS.get(language, (language,)):
            for text in lists:
                heard |= {phone.name for phone in espeak.speak(text, accent, {"rate": 400})[1]}
    assert heard == set(PHONES)


@speaking
def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(TalkgenError, match="no voice 'xx-nowhere'"):
        espeak.speak("Hello", "xx-nowhere", {})


def hiss(clip: TrainingClip) -> list[bool]:
    """Whether the middle of each s, z and sh holds more above 4 kHz than the clip has on average."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(clip.samples / 32768, 160), 320)[::160] * np.hanning(320)
    high = (np.abs(np.fft.rfft(frames)) ** 2)[:, 80:].sum(1)
    middles = [(phone.start + phone.end) / 2 for phone in clip.phones or () if phone.name in ("S", "Z", "SH")]
    return [bool(high[min(int(100 * middle), len(high) - 1)] > high.mean()) for middle in middles]


@speaking
def test_a_small_corpus_is_whole_exact_and_the_same_again(tmp_path: Path) -> None:
    for folder in ("once", "again"):
        arguments = ["--hours", str(45 / 3600), "--seed", "3", "--motion"]
        subprocess.run([sys.executable, SCRIPT, tmp_path / folder, *arguments], check=True, capture_output=True)
    files = sorted(path.name for path in (tmp_path / "once").iterdir())
    assert files == ["00000.safetensors", "clips.jsonl"]
    assert all((tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)

    clips = list(read_clips(tmp_path / "once", read_index(tmp_path / "once")))
    assert sum(clip.info.duration for clip in clips) >= 45
    for clip in clips:
        assert clip.info.emotion and clip.info.transcript and clip.phones and clip.motion and clip.confidence is not None
        assert len(clip.motion) == len(clip.confidence) == int(np.ceil(clip.info.duration * MOTION_FPS))
        times = np.array([(phone.start, phone.end) for phone in clip.phones])
        assert times[0, 0] == 0 and times[-1, 1] == pytest.approx(len(clip.samples) / SAMPLE_RATE, abs=1e-3)
        assert np.allclose(times[1:, 0], times[:-1, 1]) and (times[:, 1] > times[:, 0]).all()
    assert np.mean([hit for clip in clips for hit in hiss(clip)]) > 0.85
