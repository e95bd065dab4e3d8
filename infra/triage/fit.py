"""Logistic regression for many labels at once, and what makes its scores probabilities."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Numbers = NDArray[np.float64]
_PENALTY = 0.02
_MOST_STEPS = 100


def fit(
    texts: csr_matrix, labels: Numbers, known: Numbers, may: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """Weights and biases. `known`: 1 where a label of a text is known; `may`: 1 where a label may
    have a weight for a feature."""
    features, width = texts.shape[1], labels.shape[1]
    allowed = np.ones((features, width)) if may is None else may

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights, bias = flat[width:].reshape(features, width) * allowed, flat[:width]
        scores = texts @ weights + bias
        miss = known * (sigmoid(scores) - labels) / len(labels)
        surprise = known * (np.logaddexp(0, scores) - labels * scores)
        value = surprise.sum() / len(labels) + _PENALTY / len(labels) * (weights**2).sum() / 2
        slope = (texts.T @ miss + _PENALTY / len(labels) * weights) * allowed
        return float(value), np.concatenate([miss.sum(axis=0), slope.ravel()])

    start = np.zeros(width * (features + 1))
    options = {"maxiter": _MOST_STEPS, "maxcor": 8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found[width:].reshape(features, width) * allowed, found[:width]


def strongest(weights: Numbers, most: int) -> Numbers:
    """1 for the weights of each label that are largest, else 0."""
    order = np.argsort(-np.abs(weights), axis=0, kind="stable")
    kept = np.zeros_like(weights)
    np.put_along_axis(kept, order[:most], 1.0, axis=0)
    return cast("Numbers", kept * (weights != 0))


def calibrated(scores: Numbers, truth: Numbers) -> tuple[float, float]:
    """Slope and offset that make scores of unseen templates probabilities (Platt)."""

    def loss(line: Numbers) -> float:
        fitted = line[0] * scores + line[1]
        return float((np.logaddexp(0, fitted) - truth * fitted).mean())

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return float(slope), float(offset)


def sigmoid(scores: Numbers) -> Numbers:
    """Scores as probabilities."""
    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))


def matrix(rows: Sequence[dict[str, float]], names: dict[str, int]) -> csr_matrix:
    """One row for each text, one column for each feature that is known."""
    cells = [
        (number, names[name], value)
        for number, row in enumerate(rows)
        for name, value in row.items()
        if name in names
    ]
    number, column, value = zip(*cells, strict=True)
    return csr_matrix((value, (number, column)), shape=(len(rows), len(names)))
