"""Nowcasts against R's own, and whether their intervals hold what comes."""

import csv
from pathlib import Path

import numpy as np
import pytest

from services.chassis.errors import Invalid
from services.protection.early_warning.nowcast import Triangle, nowcast, triangle

FOLDER = Path(__file__).parent / "oracle"


def kept(longest: int, window: str) -> list[dict[str, str]]:
    with (FOLDER / "nowcast.csv").open(encoding="utf-8") as file:
        said = list(csv.DictReader(file))
    return [one for one in said if int(one["longest"]) == longest and one["window"] == window]


@pytest.mark.parametrize(("longest", "window"), [(12, ""), (12, "20"), (8, "30")])
def test_lawless_s_nowcast_is_r_s(longest: int, window: str) -> None:
    events = np.loadtxt(FOLDER / "events.csv", delimiter=",", skiprows=1, dtype=int)
    known = triangle(events[:, 0], events[:, 1], 55, longest)
    found = nowcast(known, window=int(window) if window else None, as_r=True)
    said = kept(longest, window)
    at = [int(one["day"]) for one in said]
    shares = [float(one["share"]) for one in said]
    np.testing.assert_allclose(found.completeness[at], shares, rtol=1e-12)
    for name, values in (("middle", found.estimate), ("low", found.low), ("high", found.high)):
        np.testing.assert_array_equal(values[at], [float(one[name]) for one in said])


def drifting(seed: int, weeks: int = 120) -> tuple[Triangle, np.ndarray]:
    """Events whose delay grows from two weeks to four, known 15 weeks before the end."""
    rng = np.random.default_rng([7, seed])
    level = (3.0, 8.0, 20.0)[seed % 3]
    season = 0.3 * np.sin(np.arange(weeks) / 9 + rng.uniform(0, 6.28))
    rate = level * np.exp(season + rng.normal(0, 0.15, weeks))
    event = np.repeat(np.arange(weeks), rng.poisson(rate))
    delay = rng.poisson(rng.gamma(1.5, np.linspace(2, 4, weeks)[event] / 1.5))
    known = triangle(event, event + np.minimum(delay, 14), weeks - 15, 14)
    return known, np.bincount(event, minlength=weeks)


def test_intervals_hold_what_comes_though_the_delay_drifts() -> None:
    held = []
    for seed in range(60):
        known, final = drifting(seed)
        found = nowcast(known, window=12)
        for lag in range(1, 9):
            week = known.weeks - 1 - lag
            held.append(found.low[week] <= final[week] <= found.high[week])
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_week_of_which_nobody_has_reported_yet_has_an_interval() -> None:
    event = np.repeat(np.arange(40), 5)
    found = nowcast(triangle(event, event + 2, 40, 4))
    assert found.completeness[-1] == 0
    assert found.low[-1] <= 5 <= found.high[-1] < 30
    assert np.isfinite(found.estimate).all()


def test_complete_weeks_are_what_was_reported() -> None:
    event = np.repeat(np.arange(40), 5)
    found = nowcast(triangle(event, event + 2, 40, 4))
    np.testing.assert_array_equal(found.low[:36], found.reported[:36])
    np.testing.assert_array_equal(found.high[:36], found.reported[:36])


def test_a_report_before_its_event_is_refused() -> None:
    with pytest.raises(Invalid, match="event 2"):
        triangle(np.array([1, 5]), np.array([2, 4]), 30, 4)


def test_fewer_weeks_than_delays_are_refused() -> None:
    with pytest.raises(Invalid, match="too few"):
        triangle(np.array([1]), np.array([2]), 4, 4)
