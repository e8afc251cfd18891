"""Sound changed for training and evaluation: nothing is delayed, what is asked for is what is heard, a seed gives the same."""

import numpy as np
import pytest

from talkgen.corpus import augment as change
from talkgen.corpus.voice_change import move_formants, resample, shift_voice, time_scale
from talkgen.types import SAMPLE_RATE


def vowels(pitch: float = 120.0, duration: float = 2.0) -> np.ndarray:
    """Pulses through two resonances, eight syllables a second pair: has a pitch, formants and an envelope."""
    times = np.arange(int(duration * SAMPLE_RATE)) / SAMPLE_RATE
    spectrum = np.fft.rfftfreq(len(times), 1 / SAMPLE_RATE)
    pulses = (np.diff(np.floor(times * pitch), prepend=0) > 0).astype(float)
    formants = sum(1 / (1 + ((spectrum - centre) / 80) ** 2) for centre in (700, 1800))
    loud = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * times)
    sound = np.fft.irfft(np.fft.rfft(pulses) * formants, len(times)) * loud
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def envelope(samples: np.ndarray) -> np.ndarray:
    pieces = np.square(samples[: len(samples) // 160 * 160]).reshape(-1, 160).sum(1)
    return np.convolve(pieces, np.hanning(9), "same")


def delay(before: np.ndarray, after: np.ndarray) -> int:
    """Frames of 10 ms by which an envelope comes later than another of the same length."""
    a, b = (envelope(x) - envelope(x).mean() for x in (before, after))
    return int(np.argmax(np.correlate(b, a, "full"))) - (len(a) - 1)


def peaks(samples: np.ndarray) -> list[float]:
    """The two formants of `vowels`, Hz, as centres of what lies around them."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    halves = [(frequency > 300) & (frequency < 1200), (frequency >= 1200) & (frequency < 3000)]
    return [float((frequency[half] * power[half]).sum() / power[half].sum()) for half in halves]


def pitch_of(samples: np.ndarray) -> float:
    lags = np.fft.irfft(np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2)
    return SAMPLE_RATE / (50 + float(np.argmax(lags[50:300])))


def test_a_child_has_high_formants_and_a_high_voice_at_the_same_times() -> None:
    voice = vowels()
    child, stretch = shift_voice(voice, tract=0.8, pitch=1.5, stretch=1.0)
    assert stretch == 1 and abs(delay(voice, child)) <= 1
    assert pitch_of(child) == pytest.approx(180, rel=0.03)
    assert np.divide(peaks(child), peaks(voice)) == pytest.approx([1.25, 1.25], rel=0.08)


def test_resampling_moves_everything_together() -> None:
    voice = vowels()
    slow, stretch = shift_voice(voice, tract=1.2, pitch=1 / 1.2, stretch=1.2)
    assert len(slow) / len(voice) == stretch == pytest.approx(1.2, rel=0.01)
    assert pitch_of(slow) == pytest.approx(120 / stretch, rel=0.01)
    assert np.divide(peaks(slow), peaks(voice)) == pytest.approx([1 / stretch] * 2, rel=0.02)


def test_formants_move_and_the_pitch_stays() -> None:
    voice = vowels()
    moved = move_formants(voice, 1.2)
    assert pitch_of(moved) == pytest.approx(120, rel=0.01)
    assert np.divide(peaks(moved), peaks(voice)) == pytest.approx([1.2, 1.2], rel=0.08)


@pytest.mark.parametrize("factor", [0.85, 1.2])
def test_tempo_changes_and_the_pitch_stays(factor: float) -> None:
    voice = vowels()
    scaled = time_scale(voice, factor)
    assert len(scaled) == round(len(voice) * factor)
    assert pitch_of(scaled) == pytest.approx(120, rel=0.02)
    assert abs(delay(resample(voice, factor)[: len(scaled)], scaled[: len(resample(voice, factor))])) <= 1


@pytest.mark.parametrize("colour", change.COLOURS)
def test_noise_is_as_strong_as_asked_and_falls_as_its_colour(colour: str) -> None:
    rng = np.random.default_rng(1)
    sound = change.noise(64000, rng, colour)
    power = np.abs(np.fft.rfft(sound)) ** 2
    octave = [power[4 * low : 8 * low].mean() for low in (250, 2000)]  # bins of 0.25 Hz
    assert 10 * np.log10(octave[0] / octave[1]) == pytest.approx(9.03 * change.COLOURS[colour], abs=0.5)
    voice = np.concatenate((vowels(), np.zeros(32000, np.float32)))
    added = change.add_noise(voice, sound, 10) - voice
    assert 20 * np.log10(change.level(voice) / np.std(added)) == pytest.approx(10, abs=0.1)


def test_nothing_fixed_delays_the_sound_or_changes_twice() -> None:
    voice = vowels()
    for name in change.CONDITIONS:
        changed, stretch = change.degrade(voice, name)
        assert stretch == 1 and changed.dtype == np.float32 and len(changed) == len(voice), name
        assert abs(delay(voice, changed)) <= 1, name
        assert np.array_equal(changed, change.degrade(voice, name)[0]), name


def test_band_limits_and_codes() -> None:
    voice = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    power = np.abs(np.fft.rfft(change.band_limit(voice, 300, 3400))) ** 2  # bins of 0.5 Hz
    assert power[:500].sum() < 1e-3 * power.sum() > power[6900:].sum()
    assert np.abs(change.compress(voice, 60) - voice).max() < 2e-3
    assert 0.05 < np.std(change.compress(voice, 6) - voice) / np.std(voice) < 1
    assert len(np.unique(change.mu_law(voice))) <= 255 and len(np.unique(change.quantise(voice, 8))) <= 255
    assert np.mean(np.abs(change.clip(voice, 0.1)) >= np.abs(change.clip(voice, 0.1)).max()) == pytest.approx(0.1, abs=0.01)


def test_a_room_comes_after_its_direct_sound() -> None:
    click = np.zeros(16000, np.float32)
    click[1000] = 0.5
    heard = change.reverberate(click, np.random.default_rng(0), 0.4, 6)
    assert np.abs(heard[:1000]).max() < 1e-6 and heard[1000] == pytest.approx(0.5, rel=1e-4)
    assert 10 * np.log10(0.25 / np.square(heard[1001:]).sum()) == pytest.approx(6, abs=0.1)
    assert np.square(heard[1000 + 6400 :]).sum() < 1e-5


def test_any_chain_gives_sound_of_the_length_it_names_and_the_same_for_a_seed() -> None:
    voice, other = vowels(), [vowels(210, 0.5), vowels(90)]
    stretches = []
    for seed in range(60):
        changed, stretch = change.augment(voice, np.random.default_rng(seed), other)
        assert changed.dtype == np.float32 and np.abs(changed).max() <= 1 and np.std(changed) > 1e-4
        assert len(changed) == round(len(voice) * stretch)
        assert np.array_equal(changed, change.augment(voice, np.random.default_rng(seed), other)[0])
        stretches.append(stretch)
    assert min(stretches) < 0.87 and max(stretches) > 1.15 and stretches.count(1.0) > 10
    silence, _ = change.augment(np.zeros(8000, np.float32), np.random.default_rng(0))
    assert np.isfinite(silence).all()


def test_packets_are_lost_and_places_are_noisy() -> None:
    rng = np.random.default_rng(0)
    lost = change.lose(np.ones(2 * SAMPLE_RATE, np.float32), rng)
    assert 0.02 * SAMPLE_RATE <= (lost == 0).sum() <= 6 * 0.08 * SAMPLE_RATE
    places = [change.noises(SAMPLE_RATE, np.random.default_rng(seed)) for seed in range(12)]
    assert all(place.dtype == np.float32 and np.isfinite(place).all() for place in places)
    assert len({round(20 * np.log10(np.abs(place).max())) for place in places}) > 6
