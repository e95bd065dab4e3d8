"""Quantiles and tails of negative binomial counts, for arrays."""

import numpy as np
from scipy import special

from services.protection.early_warning.arrays import Array

Numbers = Array | float
# R takes a little off a probability, so that a quantile of a value of the distribution function is
# that value and not the next.
LARGEST = 2.0**52
FUZZ = 64 * float(np.finfo(float).eps)


def distribution(count: Numbers, mean: Numbers, dispersion: Numbers) -> Array:
    """P(Y ≤ count) with variance dispersion · mean; Poisson where the dispersion is not above 1.

    Below 0: 0. The size is mean / (dispersion - 1), its probability
    1 / dispersion (Noufaily et al. 2013).
    """
    count, mean, dispersion = np.broadcast_arrays(np.floor(count), mean, dispersion)
    negative = dispersion > 1
    with np.errstate(all="ignore"):
        size = np.where(negative, mean / np.where(negative, dispersion - 1, 1.0), 1.0)
        poisson = special.gammaincc(np.maximum(count, 0) + 1, mean)
        binomial = special.betainc(size, np.maximum(count, 0) + 1, 1 / dispersion)
    at_least_none: Array = np.where(count < 0, 0.0, np.where(negative, binomial, poisson))
    return at_least_none


def tail(count: Numbers, mean: Numbers, dispersion: Numbers) -> Array:
    """P(Y ≥ count), exact for small ones; see `distribution`."""
    count, mean, dispersion = np.broadcast_arrays(np.floor(count), mean, dispersion)
    negative = dispersion > 1
    some = np.maximum(count, 1)
    with np.errstate(all="ignore"):
        size = np.where(negative, mean / np.where(negative, dispersion - 1, 1.0), 1.0)
        poisson = special.gammainc(some, mean)
        binomial = special.betaincc(size, some, 1 / dispersion)
    at_least: Array = np.where(count < 1, 1.0, np.where(negative, binomial, poisson))
    return at_least


def quantile(probability: Numbers, mean: Numbers, dispersion: Numbers) -> Array:
    """The smallest count with P(Y ≤ count) ≥ probability, as R's `qnbinom` and `qpois` give it.

    NaN where the mean is not finite, or so large that no whole number tells it.
    """
    probability, mean, dispersion = np.broadcast_arrays(probability, mean, dispersion)
    found = np.full(mean.shape, np.nan)
    usable = (mean * np.maximum(dispersion, 1.0) < LARGEST) & np.isfinite(dispersion)
    found[usable] = _quantile(
        probability[usable] * (1 - FUZZ), mean[usable], np.maximum(dispersion[usable], 1.0)
    )
    return found


def _quantile(wanted: Array, mean: Array, dispersion: Array) -> Array:
    guess = _first_guess(wanted, mean, dispersion)
    enough = distribution(guess, mean, dispersion) >= wanted
    low, high = np.where(enough, -1.0, guess), np.where(enough, guess, np.inf)
    step = np.maximum(1.0, np.floor(np.sqrt(mean * dispersion) * 0.1))
    open_ = np.flatnonzero(high - low > 1)
    while len(open_):
        place = _between(low[open_], high[open_], guess[open_], step[open_])
        enough = distribution(place, mean[open_], dispersion[open_]) >= wanted[open_]
        high[open_] = np.where(enough, place, high[open_])
        low[open_] = np.where(enough, low[open_], place)
        guess[open_], step[open_] = place, step[open_] * 2
        open_ = open_[high[open_] - low[open_] > 1]
    return high


def _between(low: Array, high: Array, last: Array, step: Array) -> Array:
    """The next place to look: a growing step away from the last, or the middle of what is left."""
    down, up = np.maximum(low + 1, last - step), last + step
    place = np.where(np.isinf(high), up, np.where(last == high, down, np.floor((low + high) / 2)))
    return np.clip(place, low + 1, np.where(np.isinf(high), place, high - 1))


def _first_guess(wanted: Array, mean: Array, dispersion: Array) -> Array:
    normal = special.ndtri(wanted)
    deviation = np.sqrt(mean * dispersion)
    with np.errstate(all="ignore"):
        skewness = np.where(mean > 0, (2 * dispersion - 1) / deviation, 0.0)
    guess = mean + deviation * (normal + np.clip(skewness, 0, 10) * (normal**2 - 1) / 6)
    rounded: Array = np.maximum(0.0, np.round(guess))
    return rounded
