"""The built-in encoder: what it makes of silence, noise, something like speech, and a text that fits or does not."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import speech_like

from talkgen.audio.phones import acoustics, load
from talkgen.audio.phones.pronounce import by_rule, pronounce
from talkgen.audio.phones.transcript import slots
from talkgen.lib.media import audio_from_samples, open_audio
from talkgen.types import VISEMES, AudioClip, AudioFeatures

SENTENCE = "On the 3rd day the captain paid 12 coins to Zorgblatt, and they went home."


def hear(samples: np.ndarray, transcript: str | None = None) -> AudioFeatures:
    return load()(audio_from_samples(samples, 16000), transcript)


def assert_sound(features: AudioFeatures, clip_duration: float) -> None:
    assert len(features.visemes) == int(np.ceil(round(clip_duration * 100, 6)))
    assert np.allclose(features.visemes.sum(1), 1, atol=1e-4)
    assert features.visemes.min() >= 0
    assert all(array.dtype == np.float32 for array in (features.visemes, features.loudness, features.voicing, features.pitch))
    assert 0 <= features.loudness.min() <= features.loudness.max() <= 1
    assert all(a.end <= b.start + 1e-9 for a, b in zip(features.phones, features.phones[1:], strict=False))


@pytest.mark.parametrize("duration", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("level", [0.0, 1e-4])
def test_silence_is_silent(duration: float, level: float) -> None:
    features = hear(level * np.random.default_rng(0).normal(size=round(16000 * duration)))
    assert_sound(features, duration)
    assert (features.visemes[:, 0] == 1).all()
    assert not features.loudness.any()


def test_steady_noise_does_not_move_the_lips() -> None:
    features = hear(0.1 * np.random.default_rng(0).normal(size=32000))
    assert (features.visemes[:, 0] == 1).all()


def test_speech_is_heard_between_its_pauses() -> None:
    features = hear(speech_like(3.0))
    assert_sound(features, 3.0)
    assert (features.visemes[:20, 0] == 1).all()
    assert (features.visemes[-20:, 0] == 1).all()
    assert (features.visemes[50:250, 0] < 1).mean() > 0.7
    assert features.loudness[50:250].mean() > 0.5


def test_pitch_is_that_of_the_voice() -> None:
    clip = audio_from_samples(speech_like(2.0), 16000)
    heard = acoustics.analyse(clip)
    voiced = heard.periodicity > 0.9
    assert voiced.sum() > 30
    assert np.median(heard.f0[voiced]) == pytest.approx(120, rel=0.02)


def test_a_long_clip_is_heard_like_its_parts() -> None:
    """Frames depend on the sound around them: pieces and blocks leave no seam in the acoustics."""
    clip = audio_from_samples(np.tile(speech_like(2.0), 5), 16000)
    heard = acoustics.analyse(clip)
    assert np.allclose(heard.level[250:350], heard.level[450:550], atol=0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("In 1984 I paid $1,234.50.", "in nineteen eighty four i paid one thousand two hundred thirty four dollars fifty cents"),
        ("12.5% of the 21st", "twelve point five percent of the twenty first"),
        ("[sighs] Mr. O'Neil's café — 3:05 p.m. <break/>", "mister o'neil's cafe three oh five p m"),
        ("the 1980s, -5°C, 1/2, 007", "the nineteen eighties minus five degrees celsius one half zero zero seven"),
        ("你好", ""),
    ],
)
def test_texts_are_spelt_out(text: str, words: str) -> None:
    assert " ".join(word for slot in slots(text) for word in slot[0]) == words


@pytest.mark.parametrize("text", ["$" + "9" * 400, "9" * 400 + ".5", "9" * 5000 + "th", "$1\nmillion", "1/0", "°", "(", "**", "'"])
def test_odd_texts_are_read_somehow(text: str) -> None:
    assert all(word.islower() and word.isascii() for slot in slots(text) for reading in slot for word in reading)


def test_asides_may_be_left_unspoken() -> None:
    assert (("softly",), ()) in slots("Come (softly) here")


def test_unknown_words_are_pronounced() -> None:
    assert by_rule("zorgblatt") == ("Z", "AO", "R", "G", "B", "L", "AE", "T")
    assert by_rule("xq''") != ()
    known = {"sky": "S K AY", "walker": "W AO K ER", "zorp": "Z AO R P"}
    assert pronounce("skywalker", known.get) == ("S", "K", "AY", "W", "AO", "K", "ER")
    assert pronounce("zorped", known.get)[-1] == "T"


@pytest.fixture
def spoken(tmp_path: Path) -> AudioClip:
    if not shutil.which("espeak-ng"):
        pytest.skip("no speech synthesiser on this machine")
    wav = tmp_path / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", str(wav), SENTENCE], check=True)
    return open_audio(wav)


def test_a_transcript_sharpens_what_is_heard(spoken: AudioClip) -> None:
    features = load()(spoken, SENTENCE)
    assert_sound(features, spoken.duration)
    assert features.notes == ()
    names = [phone.name for phone in features.phones if phone.name != "SIL"]
    assert " ".join(names).startswith("AA N DH AH TH ER D D EY")
    closures = [phone for phone in features.phones if phone.name in ("P", "B", "M")]
    lips = features.visemes[:, VISEMES.index("PP")]
    assert all(lips[round(phone.start * 100) : round(phone.end * 100) + 1].max() > 0.9 for phone in closures)


def test_the_wrong_transcript_is_reported(spoken: AudioClip) -> None:
    features = load()(spoken, "Yellow bananas were growing under a purple umbrella yesterday evening.")
    assert "does not fit" in features.notes[0]
    assert np.array_equal(features.visemes, load()(spoken).visemes)


def test_a_word_that_was_not_said_is_named(spoken: AudioClip) -> None:
    features = load()(spoken, SENTENCE.replace("paid", "reluctantly paid"))
    assert any("reluctantly" in note for note in features.notes)


@pytest.mark.shared
def test_difficult_material_is_survived(shared: Path) -> None:
    for name in ("audio_odd/jfk_0.12s.wav", "audio_odd/jfk_clipped.wav", "speech_eval/sonic_sing_female_10s.wav"):
        clip = open_audio(shared / "data" / name)
        assert_sound(load()(clip), clip.duration)


@pytest.mark.shared
def test_word_times_agree_with_those_of_the_corpus(shared: Path) -> None:
    clip = open_audio(shared / "data" / "grid_s1" / "bbaf2n.mp4")
    features = load()(clip, "bin blue at f two now")
    begins = [line.split() for line in (shared / "data" / "grid_s1_words" / "bbaf2n.align").read_text().splitlines()]
    now = next(int(start) / 25000 for start, _, word in begins if word == "now")
    assert min(abs(phone.start - now) for phone in features.phones if phone.name == "N") < 0.05


def test_memory_does_not_grow_with_length(make_wav: Callable[..., Path]) -> None:
    import tracemalloc

    clip = open_audio(make_wav(np.tile(speech_like(2.0), 60)))
    acoustics.analyse(audio_from_samples(speech_like(2.0), 16000))
    tracemalloc.start()
    acoustics.analyse(clip)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
