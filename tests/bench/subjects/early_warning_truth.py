"""Whether scans are as rare as they say under their null, and nowcasts as sure as they say."""

import numpy as np

from services.protection.early_warning.nowcast import nowcast, triangle
from services.protection.early_warning.scan import Area, Statistic, nearest, scan

PLACES, NEIGHBOURS, WINDOW, DRAWS = 120, 15, 8, 199
WEEKS, LONGEST = 120, 14
LAGS = range(1, 9)


def rejected(statistic: Statistic, dispersion: float, weeks: int = 600) -> float:
    """Percent of weeks without any cluster in which p < .05."""
    rng = np.random.default_rng([5, int(10 * dispersion)])
    around = nearest(rng.uniform(-10, 5, PLACES), rng.uniform(95, 140, PLACES), NEIGHBOURS)
    expected = rng.gamma(0.7, 0.4, (PLACES, 1)) * np.ones((1, WINDOW)) + 0.01
    found = 0
    for week in range(weeks):
        mean = expected
        if dispersion > 1:
            mean = rng.gamma(expected / (dispersion - 1), dispersion - 1)
        area = Area(rng.poisson(mean).astype(float), expected, around)
        clusters = scan(
            area,
            statistic=statistic,
            dispersion=dispersion,
            replications=DRAWS,
            most=1,
            seed=week,
        )
        found += bool(clusters) and clusters[0].p < 0.05
    return 100 * found / weeks


def injected(statistic: Statistic, trials: int = 100) -> float:
    """Percent of rings (three neighbours, two weeks, five cases more each) found at p < .05."""
    rng = np.random.default_rng(6)
    around = nearest(rng.uniform(-10, 5, PLACES), rng.uniform(95, 140, PLACES), NEIGHBOURS)
    expected = rng.gamma(0.7, 0.4, (PLACES, 1)) * np.ones((1, WINDOW)) + 0.01
    hit = 0
    for number in range(trials):
        observed = rng.poisson(rng.gamma(expected / 0.5, 0.5)).astype(float)
        ring = around[rng.integers(PLACES), :3]
        observed[ring, :2] += 5
        area = Area(observed, expected, around)
        [strongest] = scan(
            area, statistic=statistic, dispersion=1.5, replications=DRAWS, most=1, seed=number
        )
        hit += strongest.p < 0.05 and bool(set(ring) & set(strongest.places))
    return 100 * hit / trials


def held(trials: int = 400) -> list[float]:
    """Percent of final counts inside the 95 % interval, at lags of 1 … 8 weeks, while the mean
    delay grows from two weeks to four."""
    inside = np.zeros(len(LAGS))
    for seed in range(trials):
        rng = np.random.default_rng([8, seed])
        season = 0.3 * np.sin(np.arange(WEEKS) / 9 + rng.uniform(0, 6.28))
        rate = (3.0, 8.0, 20.0)[seed % 3] * np.exp(season + rng.normal(0, 0.15, WEEKS))
        event = np.repeat(np.arange(WEEKS), rng.poisson(rate))
        delay = rng.poisson(rng.gamma(1.5, np.linspace(2, 4, WEEKS)[event] / 1.5))
        now = WEEKS - LONGEST - 1
        known = triangle(event, event + np.minimum(delay, LONGEST), now, LONGEST)
        found, final = nowcast(known, window=12), np.bincount(event, minlength=WEEKS)
        for place, lag in enumerate(LAGS):
            week = now - 1 - lag
            inside[place] += found.low[week] <= final[week] <= found.high[week]
    return [float(share) for share in 100 * inside / trials]
