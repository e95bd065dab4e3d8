"""What R `surveillance` 1.20.3 said of 286 series, of all methods, is what we say.

The expected values are kept (oracle/); how they were made is in the scripts beside them.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.charts import Chart, cusum_nb, glr_nb
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.ears import ears
from services.protection.early_warning.farrington import farrington, farrington_flexible
from services.protection.early_warning.options import Threshold
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.simple import bayes, rki
from services.protection.early_warning.weeks import NumberedWeeks
from tests.protection.early_warning.vectors import SCORED, Vector, all_vectors

pytestmark = pytest.mark.property

CLOSE = 1e-6
# A limit that no whole number tells: R goes on, we have no answer.
BEYOND = 2.0**52
# The trend does not converge there: R's populationOffset then fits without offset, and with trend.
NOT_FOLLOWED = {"g192"}
# A count some twenty times the mean: R's search for the rise diverges, and R says 0
# (and an alarm later or never).
DIVERGED = {
    "glr": {"g30", "g72", "g132", "g192"},
    "within": {"g72", "g132", "g192"},
}
CHARTED = 30
# A fit takes milliseconds: the first and the last of the five weeks.
FEWER = 4


def different(found: Array, said: Array, close: float = CLOSE) -> bool:
    """Whether any value differs, or only one of them is NA."""
    both = np.isnan(found) & np.isnan(said)
    near = np.abs(found - said) <= close * np.abs(said) + 1e-12
    return not bool((both | near).all())


def scored(scores: Scores, values: Array) -> Array:
    """N: the values where R has one: too few cases for `limit54` is NA there."""
    told: Array = np.where(scores.state[0] == State.SCORED, values[0], np.nan)
    return told


def tried(names: set[str]) -> set[str]:
    """Those of the names that are tried at all."""
    return names & {vector.name for vector in all_vectors()}


def names_of(differs: Callable[[Vector], bool]) -> set[str]:
    return {vector.name for vector in all_vectors() if differs(vector)}


@pytest.mark.parametrize("threshold", ["delta", "nbPlugin", "muan"])
def test_farrington_flexible_is_r_s(threshold: Threshold) -> None:
    close = CLOSE if threshold == "delta" else 1e-9  # whole numbers, kept with ten digits

    def differs(vector: Vector) -> bool:
        options = replace(vector.options, threshold=threshold)
        scores = farrington_flexible(vector.counts, vector.weeks[::FEWER], options)
        said = {
            name: vector.said[f"{threshold}_{name}"][::FEWER]
            for name in ("upper", "alarm", "expected")
        }
        nobody = said["upper"] > BEYOND
        upper, expected = (np.where(nobody, np.nan, said[name]) for name in ("upper", "expected"))
        return (
            different(scored(scores, scores.upper), upper, close)
            or different(scored(scores, scores.expected), expected)
            or bool((scores.alarm[0] != np.nan_to_num(said["alarm"])).any())
        )

    assert names_of(differs) == set()


def test_the_original_farrington_is_r_s() -> None:
    def differs(vector: Vector) -> bool:
        scores = farrington(vector.counts, vector.weeks[::FEWER], vector.options)
        upper = np.where(scores.state[0] == State.BELOW_LIMIT, 0.0, scores.upper[0])
        alarm = np.nan_to_num(vector.said["original_alarm"][::FEWER])
        return different(upper, vector.said["original_upper"][::FEWER]) or bool(
            (scores.alarm[0] != alarm).any()
        )

    assert names_of(differs) == tried(NOT_FOLLOWED)


def by_number(vector: Vector) -> Counts:
    """R's Bayes, RKI and EARS know neither dates nor an exposure."""
    observed = vector.counts.observed
    return Counts(vector.counts.streams, NumberedWeeks(observed.shape[1]), observed)


@pytest.mark.parametrize("variant", ["C1", "C2", "C3"])
def test_ears_is_r_s(variant: str) -> None:
    def differs(vector: Vector) -> bool:
        scores = ears(by_number(vector), vector.weeks, variant, alpha=vector.options.alpha)  # type: ignore[arg-type]
        alarm = np.nan_to_num(vector.said[f"{variant}_alarm"])
        return different(scores.upper[0], vector.said[f"{variant}_upper"]) or bool(
            (scores.alarm[0] != alarm).any()
        )

    assert names_of(differs) == set()


def test_bayes_and_rki_are_r_s() -> None:
    def differs(vector: Vector) -> bool:
        options, counts = vector.options, by_number(vector)
        years, width = min(options.years, 4), options.half_window
        by_bayes = bayes(counts, vector.weeks, alpha=options.alpha, years=years, half_window=width)
        by_rki = rki(counts, vector.weeks, years=years, half_window=width)
        return different(by_bayes.upper[0], vector.said["bayes_upper"], 0) or different(
            by_rki.upper[0], vector.said["rki_upper"]
        )

    assert names_of(differs) == set()


def charts() -> dict[str, Chart]:
    """The charts of the script, of all vectors at once: the mean of all weeks, with a season."""
    vectors = all_vectors()
    observed = np.vstack([vector.counts.observed[:, -CHARTED:] for vector in vectors])
    mean = np.vstack([in_control(vector.counts) for vector in vectors])
    alpha = np.full(len(vectors), 0.4)
    return {
        "glr": glr_nb(observed, mean, alpha, threshold=5),
        "within": glr_nb(observed, mean, alpha, threshold=5, window=10),
        "poisson": glr_nb(observed, mean, 0 * alpha, threshold=5),
        "cusum": cusum_nb(observed, mean, alpha, shift=0.7, threshold=5),
    }


def in_control(counts: Counts) -> Array:
    many = len(counts.weeks)
    season = np.sin(2 * np.pi * np.arange(many - CHARTED + 1, many + 1) / 52)
    mean: Array = counts.observed.mean() * (1 + 0.3 * season)[None] + 0.01
    return mean


@pytest.mark.parametrize("name", ["glr", "within", "poisson", "cusum"])
def test_charts_are_r_s_at_the_same_mean_and_dispersion(name: str) -> None:
    chart = charts()[name]
    apart = set()
    for place, vector in enumerate(all_vectors()):
        statistic, alarm = chart.statistic[place, -SCORED:], chart.alarm[place, -SCORED:]
        said = vector.said[f"{name}_alarm"]
        if different(statistic, vector.said[name]) or bool((alarm != said).any()):
            apart.add(vector.name)
    assert apart == tried(DIVERGED.get(name, set()))


def test_where_r_s_search_diverges_ours_has_the_supremum() -> None:
    alpha, rises = np.array([0.4]), np.linspace(0, 5, 20001)
    counts, mean = np.array([[0.0, 3.0]]), np.full((1, 2), 0.137)
    found = glr_nb(counts, mean, alpha, threshold=9).statistic[0, -1]
    ratio = np.log((1 + 0.4 * 0.137) / (1 + 0.4 * 0.137 * np.exp(rises)))
    of_both = (rises * 3 + (3 + 2 / 0.4) * ratio).max()
    of_the_last = (rises * 3 + (3 + 1 / 0.4) * ratio).max()
    assert found == pytest.approx(max(of_both, of_the_last), abs=1e-6)
