"""The space-time scan against a plain loop, and what it finds."""

import math

import numpy as np
import pytest

from services.chassis.errors import Invalid
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.scan import Area, Statistic, nearest, ratios, scan


def an_area(places: int = 12, weeks: int = 4, neighbours: int = 5, seed: int = 3) -> Area:
    rng = np.random.default_rng(seed)
    around = nearest(rng.uniform(-9, 5, places), rng.uniform(95, 140, places), neighbours)
    expected = rng.gamma(2, 0.4, (places, weeks)) + 0.01
    return Area(rng.poisson(expected * 1.3).astype(float), expected, around)


def plainly(area: Area, statistic: Statistic) -> Array:
    """The same statistics as the papers write them, zone by zone."""
    places, sizes = area.neighbours.shape
    weeks = area.observed.shape[1]
    found = np.zeros((places, sizes, weeks))
    all_cases, all_expected = area.observed.sum(), area.expected.sum()
    for place in range(places):
        for size in range(sizes):
            for week in range(weeks):
                zone = [(p, w) for p in area.neighbours[place, : size + 1] for w in range(week + 1)]
                count = sum(area.observed[where] for where in zone)
                mean = sum(area.expected[where] for where in zone)
                if statistic == "eb":
                    value = by_expectation(count, mean)
                else:
                    value = by_share(count, mean * all_cases / all_expected, all_cases)
                found[place, size, week] = value
    return found


def by_expectation(count: float, mean: float) -> float:
    return count * math.log(count / mean) + mean - count if count > mean else 0.0


def by_share(count: float, mean: float, total: float) -> float:
    if count <= mean:
        return 0.0
    outside = total - count
    rest = outside * math.log(outside / (total - mean)) if outside else 0.0
    return count * math.log(count / mean) + rest


@pytest.mark.parametrize("statistic", ["eb", "kulldorff"])
@pytest.mark.parametrize("seed", range(5))
def test_a_statistic_is_that_of_a_plain_loop(statistic: Statistic, seed: int) -> None:
    area = an_area(seed=seed)
    np.testing.assert_allclose(ratios(area, statistic), plainly(area, statistic), rtol=0, atol=1e-9)


@pytest.mark.parametrize("statistic", ["eb", "kulldorff"])
def test_p_is_what_comparing_logarithms_gives(statistic: Statistic) -> None:
    area = an_area()
    clusters = scan(area, statistic=statistic, replications=199, dispersion=1.5, seed=7)
    as_large = sum(
        bool(
            ratios(Area(drawn, area.expected, area.neighbours), statistic).max()
            >= clusters[0].ratio
        )
        for drawn in the_draws(area, statistic, 199, 1.5, 7)
    )
    assert clusters[0].p == (1 + as_large) / 200


def the_draws(area: Area, statistic: Statistic, many: int, dispersion: float, seed: int) -> Array:
    from services.protection.early_warning.scan import _replicates

    total = None if statistic == "eb" else int(area.observed.sum())
    added = _replicates(area, dispersion, many, seed, total)
    return np.moveaxis(np.diff(added, axis=1, prepend=0), 2, 0).astype(float)


@pytest.mark.parametrize("statistic", ["eb", "kulldorff"])
def test_an_injected_cluster_is_found_where_it_is(statistic: Statistic) -> None:
    area = an_area(places=60, seed=11)
    ring = area.neighbours[20, :3]
    area.observed[ring, :2] += 6
    strongest = scan(area, statistic=statistic, dispersion=1.3)[0]
    assert strongest.p < 0.05
    assert set(ring) & set(strongest.places)


def test_clusters_have_no_place_in_common() -> None:
    clusters = scan(an_area(places=40))
    places = [place for cluster in clusters for place in cluster.places]
    assert len(clusters) > 1
    assert len(places) == len(set(places))


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 3.0])
def test_a_null_that_varies_as_much_as_the_counts_is_seldom_rejected(dispersion: float) -> None:
    rng = np.random.default_rng(int(dispersion * 10))
    area = an_area(places=30, neighbours=6)
    rejected = 0
    for week in range(200):
        mean = area.expected
        if dispersion > 1:
            mean = rng.gamma(mean / (dispersion - 1), dispersion - 1)
        drawn = Area(rng.poisson(mean).astype(float), area.expected, area.neighbours)
        found = scan(drawn, dispersion=dispersion, replications=99, most=1, seed=week)
        rejected += bool(found) and found[0].p < 0.05
    assert rejected / 200 <= 0.09


def test_a_scan_without_expectation_is_refused() -> None:
    area = an_area()
    with pytest.raises(Invalid, match="above 0"):
        scan(Area(area.observed, 0 * area.expected, area.neighbours))


def test_nothing_observed_is_no_cluster() -> None:
    area = an_area()
    assert scan(Area(0 * area.observed, area.expected, area.neighbours)) == []
