"""Every measure on motion whose answer is known."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from conftest import speech_like

from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.evaluation import affect, closures, emotion, life, recognition, steadiness
from talkgen.evaluation.cases import Actor, Case, is_silent, loudness, open_case
from talkgen.evaluation.lips import reference_lips, rig_lips
from talkgen.evaluation.manifest import Line
from talkgen.evaluation.sync import CONDITIONS, changed
from talkgen.lib.media import audio_from_samples
from talkgen.pipeline import TalkingHead
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import AudioClip, AudioFeatures, MotionClip, TalkgenError

PORTRAIT = Path(__file__).parents[1] / "data" / "astronaut.jpg"
FRAMES = 50


def motion(n_frames: int = FRAMES, **curves: object) -> MotionClip:
    """A still face but for the given curves."""
    shapes = np.zeros((n_frames, len(BLENDSHAPES)), np.float32)
    for name, values in curves.items():
        shapes[:, INDEX[name]] = values
    return MotionClip(shapes, *np.zeros((2, n_frames, 3), np.float32))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Two seconds of something like speech."""
    audio = audio_from_samples(speech_like(), 16000)
    return Case(Line(audio.path), audio, None, None)


@dataclass(frozen=True)
class Puppet(Actor):
    """Smiles as it is told, on the mouth; `spill` of it also on the brows, wherever the emotion is dialled."""

    head: TalkingHead = field(default_factory=TalkingHead)
    spill: float = 0.0
    power: float = 1.0

    def act(self, case: Case, emotion: str = "neutral", seed: int | None = None, **_: object) -> MotionClip:
        where = emotion.partition("@")[2] or "all"
        strength = 0.0 if emotion == "neutral" else float(emotion.partition("@")[0].partition(":")[2] or 1) ** self.power
        smile = strength if where in ("all", "mouth") else 0.0
        return motion(mouthSmileLeft=smile, mouthSmileRight=smile, browInnerUp=self.spill * strength)


def test_a_dial_that_is_even_and_one_that_is_a_switch(case: Case) -> None:
    even = emotion.evenness(emotion.dial(case, Puppet(), "happy"))
    assert even["spearman"] == pytest.approx(1) and even["largest_step"] == pytest.approx(0.1)
    switch = emotion.evenness(emotion.dial(case, Puppet(power=8), "happy"))
    assert switch["spearman"] == pytest.approx(1) and switch["largest_step"] > 0.4
    assert emotion.evenness(-emotion.dial(case, Puppet(), "happy"))["spearman"] == pytest.approx(-1)


def test_leakage_is_what_moves_outside(case: Case) -> None:
    tight = emotion.leakage(case, Puppet(), "happy")
    assert set(tight) == {"mouth"} and tight["mouth"] == {"of_full": 0, "of_inside": 0}
    leaky = emotion.leakage(case, Puppet(spill=0.2), "happy")
    assert leaky["mouth"]["of_inside"] == pytest.approx(0.1) and leaky["mouth"]["of_full"] == pytest.approx(0.2 / 2.2)
    assert leaky["brows"] == {"of_full": 0, "of_inside": 0}


def test_lips_touch_where_they_close() -> None:
    opening = np.full(FRAMES, 0.3)
    opening[[19, 20, 21]] = 0
    lips = rig_lips(motion(jawOpen=opening))
    at, beside = closures.Span(0.72, 0.88), closures.Span(1.2, 1.36)
    assert closures.hits(lips, [at]) == 1 and closures.hits(lips, [beside]) == 0 and closures.hits(lips, [at, beside]) == 1
    assert lips.aperture.values[0] > 0.1 > closures.TOUCH > lips.aperture.values[20]


def test_times_checked_by_hand_go_before_the_transcript(case: Case) -> None:
    marked = Case(Line(case.audio.path, closures=(0.5,), transcript="Bob."), case.audio, None, None)
    assert closures.spans(marked) == [closures.Span(0.42, 0.58)]
    assert closures.spans(case) == []


def test_lips_that_never_part_are_closed_by_chance(case: Case) -> None:
    wanted = [closures.Span(0.42, 0.58)]
    assert closures.by_chance(rig_lips(motion()), wanted, case) == 1
    assert closures.by_chance(rig_lips(motion(jawOpen=0.3)), wanted, case) == 0


def test_a_picture_shows_closed_lips_and_a_gap() -> None:
    reader = closures.LipReader(TalkingHead(), PORTRAIT)
    closed, parted, ajar = reader.gaps(motion(3, jawOpen=[0, 0.25, 0.06]))
    assert reader._is_closed(*closed) and not reader._is_closed(*parted) and not reader._is_closed(*ajar)
    assert (
        reader.hits(motion(jawOpen=np.r_[np.zeros(25), np.full(25, 0.25)]), [closures.Span(0.2, 0.4), closures.Span(1.4, 1.6)]) == 1
    )


def test_blinks_gaze_and_head() -> None:
    lids = np.zeros(10 * FRAMES)
    lids[[100, 101, 300, 301, 400]] = 1
    look = np.where(np.arange(len(lids)) < 250, 0, 0.4)
    clip = motion(len(lids), eyeBlinkLeft=lids, eyeBlinkRight=lids, eyeLookOutLeft=look, eyeLookInRight=look)
    clip.head_rotation[:, 1] = np.radians(2) * np.sin(2 * np.pi * 2.0 * np.arange(len(lids)) / 25)
    found = life.living([clip])
    assert found["minutes"] == pytest.approx(1 / 3) and found["blinks_per_minute"] == pytest.approx(9)
    assert (
        found["long_gaps"] == 0 and found["longest_gap"] == pytest.approx(8) and found["gaze_shifts_per_minute"] == pytest.approx(3)
    )
    assert found["head_degrees"] == pytest.approx(np.sqrt(2), rel=0.01)
    bands = found["head_bands"]
    assert bands["1-3 Hz"] == pytest.approx(np.sqrt(2), rel=0.05)
    assert all(value < 0.05 for name, value in bands.items() if name != "1-3 Hz")
    assert list(life.spectrum(motion(50))) == ["0.5-1 Hz", "1-3 Hz", "3-8 Hz"]  # two seconds do not hold the slowest


def test_seeds_that_change_nothing_are_told(case: Case) -> None:
    found = life.diversity(case, Puppet())
    assert set(found["distance"].values()) == {0} and found["blinks_shared"] is None
    acted = life.diversity(case, Actor(TalkingHead()))
    assert acted["distance"]["head"] > 0.02 and abs(acted["head_r"]) < 0.6 and acted["aperture_r"] > 0.95


def test_steadiness(case: Case) -> None:
    shake = np.where(np.arange(FRAMES) % 2, 0.1, 0)
    assert steadiness.quiver(motion(), case.audio) == 0
    silence = audio_from_samples(np.zeros(32000, np.float32), 16000)
    assert steadiness.quiver(motion(jawOpen=shake), silence) > 0.02
    found = steadiness.jumps(motion(jawOpen=np.r_[np.zeros(25), np.full(25, 0.5)], eyeBlinkLeft=shake))
    assert found == {"jump": pytest.approx(0.5), "head_jump": 0, "in_range": 1}
    assert steadiness.jumps(motion(jawOpen=1.5))["in_range"] == 0
    assert steadiness.jumps(motion(1))["jump"] is None


def test_the_classifier_tells_what_differs() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(8), 4)
    x = np.eye(8, 55)[y] + 0.05 * rng.normal(size=(len(y), 55))
    weights = recognition.fit(x, y)
    assert (recognition.predict(weights, np.eye(8, 55)) == np.arange(8)).all()


def test_silence_and_loudness(case: Case) -> None:
    silent = is_silent(case.level)
    assert silent[:25].all() and silent[-25:].all() and 0.2 < silent.mean() < 0.7
    assert len(case.level.values) == 200 and is_silent(loudness(audio_from_samples(np.zeros(16000), 16000))).all()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_keep_time(case: Case, condition: str) -> None:
    other = changed(case.audio, condition)
    assert abs(other.n_samples - case.audio.n_samples) <= 1600
    ours, theirs = (loudness(clip).values[:200] for clip in (other, case.audio))
    lags = range(-5, 6)
    scores = [np.corrcoef(np.roll(ours, lag)[10:-10], theirs[10 : len(ours) - 10])[0, 1] for lag in lags]
    assert abs(lags[int(np.argmax(scores))]) <= (3 if condition == "reverb" else 1)  # echoes make every sound longer


def test_lips_of_a_corpus(tmp_path: Path) -> None:
    lips = np.linspace(0, 1, 2 * FRAMES, dtype=np.float32).reshape(FRAMES, 2)
    info = ClipInfo("a", "s", "test", "made here", "CC0-1.0", 2.0)
    sound = (speech_like() * 32767).astype(np.int16)
    seen = TrainingClip(info, sound, None, motion(), np.ones(FRAMES, np.float32), lips)
    with ShardWriter(tmp_path) as writer:
        writer.add(seen)
        writer.add(TrainingClip(ClipInfo("b", "s", "test", "made here", "CC0-1.0", 2.0), sound))
    found = reference_lips(tmp_path, "a")
    np.testing.assert_allclose(found.aperture.values, lips[:, 0], atol=1e-3)
    assert found.width.fps == 25 and len(life.real_clips(tmp_path)) == 1
    for name, words in (("b", "shows no face"), ("c", "no clip 'c'")):
        with pytest.raises(TalkgenError, match=words):
            reference_lips(tmp_path, name)


def test_a_reference_must_be_a_video(make_wav) -> None:
    path = make_wav(speech_like())
    with pytest.raises(TalkgenError, match="not a video"):
        open_case(Line(path, reference=path))


def feeling_case(speaker: str, feeling: str) -> Case:
    audio = audio_from_samples(speech_like(), 16000)
    return Case(Line(audio.path, feeling=feeling, speaker=speaker, group="test"), audio, None, None)


def voice(effort: float, pitch_range: float, height: float) -> AudioFeatures:
    """One second of a voice of that affect."""
    rows = np.ones(50, np.float32)
    shapes = np.eye(15, dtype=np.float32)[np.full(50, 10)]
    return AudioFeatures(shapes, rows, rows, rows, 50.0, affect=np.outer(rows, (effort, pitch_range, height)).astype(np.float32))


@dataclass(frozen=True)
class Voices:
    """A head that hears what it is told to."""

    features: dict[Path, AudioFeatures]

    def hear(self, audio: AudioClip) -> AudioFeatures:
        return self.features[audio.path]


def test_affect_of_voices_that_are_plain() -> None:
    heights = {"angry": (0.5, 0.3, 0.9), "happy": (0.2, 0.5, 0.6), "neutral": (0.3, 0.2, 0.3), "sad": (0.1, 0.1, 0.1)}
    cases, heard = [], {}
    for number, speaker in enumerate("abc"):
        for name, (effort, pitch_range, height) in heights.items():
            cases.append(feeling_case(speaker, name))
            heard[cases[-1].audio.path] = voice(effort, pitch_range, height + 5 * number)  # c speaks higher than any excited a
    found = affect.measure(cases, Actor(Voices(heard)))["groups"]["test"]  # type: ignore[arg-type]
    assert found["order_within_speaker"] == 1 and found["pairs_within_speaker"] == 12 and found["four_classes"] == 1
    assert found["order"] == pytest.approx((12 + 12) / 36)
    swapped = {path: voice(0.3, 0.2, -features.affect[0, 2]) for path, features in heard.items()}  # type: ignore[index]
    assert affect.measure(cases, Actor(Voices(swapped)))["groups"]["test"]["order_within_speaker"] == 0  # type: ignore[arg-type]
    assert affect.four_classes({case: np.array([1.0]) for case in cases[:4]}) is None, "one speaker cannot be told by others"
