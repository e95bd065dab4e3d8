"""The trained weights: how sure the classifier is of each label, and what made it so. No library.

`data/weights.csv` and `data/model.toml` are made by `python -m infra.triage.train`.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp

from services.complaint.triage.features import Spans, weight
from services.complaint.triage.spelling import DATA

CRISIS = "crisis"
PHASES = ("before", "during", "after")
_UNIT = 10
_STEEPEST = 30.0


@dataclass(frozen=True)
class Label:
    """`bias` and the weights give a score; `slope` and `offset` make it a probability."""

    name: str
    bias: float
    slope: float
    offset: float


@dataclass(frozen=True)
class Thresholds:
    """Chosen on the training side only, on templates that a fold had not seen."""

    answer: float
    crisis: float


@dataclass(frozen=True)
class Scored:
    """Probabilities by label, and what each feature adds to a label's score."""

    probability: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]]

    def strongest(self, label: str, most: int = 3) -> list[str]:
        """The features that spoke most for a label."""
        parts = self.parts[label]
        positive = sorted((name for name in parts if parts[name] > 0), key=lambda n: -parts[n])
        return positive[:most]


class Model:
    """Weights by feature; each row names a label by its number."""

    def __init__(
        self,
        labels: tuple[Label, ...],
        thresholds: Thresholds,
        rows: Mapping[str, tuple[tuple[int, float], ...]],
    ) -> None:
        self.labels = labels
        self.thresholds = thresholds
        self._rows = rows

    def score(self, seen: Spans) -> Scored:
        """The probability of every label."""
        parts: list[dict[str, float]] = [{} for _ in self.labels]
        share = weight(seen)
        for name in seen:
            for number, value in self._rows.get(name, ()):
                parts[number][name] = value * share
        probability = {
            label.name: _logistic(label.slope * (label.bias + sum(own.values())) + label.offset)
            for label, own in zip(self.labels, parts, strict=True)
        }
        names = (label.name for label in self.labels)
        return Scored(probability, dict(zip(names, parts, strict=True)))


@cache
def load() -> Model:
    """The weights of this release."""
    table = tomllib.loads((DATA / "model.toml").read_text(encoding="utf-8"))
    labels = tuple(
        Label(name, own["bias"], own["slope"], own["offset"])
        for name, own in table["labels"].items()
    )
    return Model(labels, Thresholds(**table["thresholds"]), dict(_rows()))


def _rows() -> Iterator[tuple[str, tuple[tuple[int, float], ...]]]:
    with (DATA / "weights.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pairs = (pair.split(":") for pair in row["weights"].split())
            yield row["feature"], tuple((int(label), int(value) / _UNIT) for label, value in pairs)


def _logistic(score: float) -> float:
    return 1 / (1 + exp(-max(-_STEEPEST, min(_STEEPEST, score))))
