"""Agreement of curves whose answer is known, and the means of rows."""

import numpy as np
import pytest

from talkgen.evaluation.rows import averaged, tidy
from talkgen.evaluation.tracks import Track, agree, pearson, spearman


def wave(fps: float, late: float = 0.0, duration: float = 4.0) -> Track:
    times = np.arange(0, duration, 1 / fps) - late
    return Track(np.sin(2 * np.pi * 0.9 * times) + 0.5 * np.sin(2 * np.pi * 0.4 * times + 1), fps)


@pytest.mark.parametrize("late", [-0.12, 0.0, 0.04, 0.2])
def test_a_shifted_curve_is_found_late(late: float) -> None:
    found = agree(wave(25, late), wave(30))
    assert found is not None
    assert found.lag == pytest.approx(late, abs=0.011) and found.best_r > 0.96  # what was shifted out is held
    assert found.r < found.best_r if late else found.r == pytest.approx(found.best_r)


def test_gaps_are_bridged_and_ends_held() -> None:
    whole = wave(25)
    holes = whole.values.copy()
    holes[[0, 20, 21, -1]] = np.nan
    found = agree(Track(holes, 25), whole)
    assert found is not None and found.r > 0.99
    assert Track(holes, 25).seen == 0.96


def test_what_never_moves_or_was_never_seen_agrees_with_nothing() -> None:
    assert agree(Track(np.ones(100), 25), wave(25)) is None
    assert agree(Track(np.full(100, np.nan), 25), wave(25)) is None
    assert agree(Track(np.empty(0), 25), wave(25)) is None


def test_ranks() -> None:
    x = np.arange(11.0)
    assert spearman(x, np.exp(x)) == pytest.approx(1) and pearson(x, np.exp(x)) < 0.9
    assert spearman(x, -(x**3)) == pytest.approx(-1)


def test_averages_are_nested_and_skip_what_was_not_measured() -> None:
    rows = [{"a": 1.0, "b": {"r": 0.5}, "name": "x", "lag_ms": 0.0}, {"a": None, "b": {"r": float("nan")}, "lag_ms": 10.0}]
    rows += [{"b": {"r": 0.7}, "lag_ms": 200.0}]
    assert averaged(rows) == {"a": 1.0, "b": {"r": pytest.approx(0.6)}, "lag_ms": 10.0}
    assert averaged([]) == {}


def test_json_knows_no_nan() -> None:
    assert tidy({"a": np.float32(0.123456), "b": [float("nan"), 1], "c": ("x", None)}) == {
        "a": 0.1235, "b": [None, 1], "c": ["x", None],
    }  # fmt: skip


def test_the_quick_part_does_not_know_where_a_mouth_rests() -> None:
    syllables = Track(np.sin(2 * np.pi * 4 * np.arange(100) / 25), 25)
    open_at_first = Track(syllables.values + 8 * (np.arange(100) < 50), 25)
    raw, quick = agree(open_at_first, syllables), agree(open_at_first.quick(), syllables.quick())
    assert raw is not None and quick is not None and raw.r < 0.3 and quick.r > raw.r + 0.15 and quick.lag == 0
