"""The weights as text, and whether two such texts say the same."""

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.triage.fit import Numbers

UNIT = 10
# Another processor adds in another order: what comes of it may differ by this much, never more.
_MOST_UNITS_APART = 1
_MOST_APART = 0.02


def weights(names: Sequence[str], values: Numbers) -> str:
    """One row for each feature: number of the label and weight in tenths."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("feature", "weights"))
    for name, row in zip(names, values, strict=True):
        units = ((number, round(float(value) * UNIT)) for number, value in enumerate(row))
        if pairs := " ".join(f"{number}:{unit}" for number, unit in units if unit):
            writer.writerow((name, pairs))
    return out.getvalue()


def model(
    labels: Sequence[str],
    bias: Numbers,
    lines: Sequence[tuple[float, float]],
    thresholds: Mapping[str, float],
    seed: int,
) -> str:
    """Biases, the lines that make probabilities, and thresholds."""
    rows = [f"# Made by `python -m infra.triage.train`, seed {seed}.", "[thresholds]"]
    rows += [f"{name} = {value}" for name, value in thresholds.items()]
    rows += ["", "# In the order of the numbers in weights.csv.", "[labels]"]
    for name, own, (slope, offset) in zip(labels, bias, lines, strict=True):
        rows.append(f"{name} = {{ bias = {own:.3f}, slope = {slope:.3f}, offset = {offset:.3f} }}")
    return "\n".join(rows) + "\n"


def vocabulary(words: Iterable[str]) -> str:
    """One word a line."""
    return "\n".join(["word", *sorted(words)]) + "\n"


def differences(folder: Path, made: Mapping[str, str]) -> list[str]:
    """The files that say something else than what was made."""
    return [
        f"{name} is not what comes of the seed: python -m infra.triage.train"
        for name, content in made.items()
        if not _same(name, (folder / name).read_text(encoding="utf-8"), content)
    ]


def _same(name: str, one: str, other: str) -> bool:
    if name == "weights.csv":
        return _near(_cells(one), _cells(other), _MOST_UNITS_APART)
    if name == "model.toml":
        return _near(_values(one), _values(other), _MOST_APART)
    return one == other


def _near(one: Mapping[str, float], other: Mapping[str, float], most: float) -> bool:
    return all(abs(one.get(k, 0) - other.get(k, 0)) <= most for k in one.keys() | other.keys())


def _cells(content: str) -> dict[str, float]:
    rows = csv.DictReader(io.StringIO(content))
    pairs = ((row["feature"], pair.split(":")) for row in rows for pair in row["weights"].split())
    return {f"{feature}/{label}": float(unit) for feature, (label, unit) in pairs}


def _values(content: str) -> dict[str, float]:
    table = tomllib.loads(content)
    labels = {f"{n}.{k}": v for n, own in table["labels"].items() for k, v in own.items()}
    return {**table["thresholds"], **labels}
