"""`python -m infra.triage.train [--check]`: make the weights of complaint's triage anew.

With --check nothing is written; it ends with 1 if what lies there is not what comes of the seed.
"""

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
from scipy.sparse import csr_matrix

from infra.local.layout import CHECKOUT
from infra.triage import written
from infra.triage.fit import Numbers, calibrated, fit, matrix, sigmoid, strongest
from infra.triage.grammar import Grammar, Made
from infra.triage.noise import Noisy
from services.complaint.categories import categories
from services.complaint.triage.features import weight
from services.complaint.triage.model import CRISIS, PHASES
from services.complaint.triage.reader import Read, Reader

DATA = CHECKOUT / "services" / "complaint" / "triage" / "data"
TOLD = Path(__file__).with_name("told")
SEED = 20261129
TOLD_TIMES = 3
TEXTS = 9_000
FOLDS = 4
RAREST = 4
STRONGEST = 230
FALSE_ALARMS = 0.001
SURE = 0.85
STILL_KNOWN = 0.8
_CHOICE = re.compile(r"\{([^{}|]*)\|([^{}]*)\}")


@dataclass
class Lesson:
    """Generated texts, read, with what they are about."""

    made: list[Made]
    read: list[Read]

    @cached_property
    def labels(self) -> list[str]:
        return [*categories(), CRISIS, *PHASES]

    @cached_property
    def truth(self) -> Numbers:
        rows = [
            {*made.categories, made.phase, CRISIS if made.is_crisis else ""} for made in self.made
        ]
        return np.array([[float(label in row) for label in self.labels] for row in rows])

    @cached_property
    def known(self) -> Numbers:
        """1 where a label of a text is known."""
        crisis = self.labels.index(CRISIS)
        table = np.ones_like(self.truth)
        by_hand = [number for number, made in enumerate(self.made) if made.templates[0] < 0]
        table[by_hand] = 0
        table[by_hand, crisis] = 1
        return table

    @cached_property
    def names(self) -> dict[str, int]:
        counts = Counter(name for read in self.read for name in read.features)
        return {
            name: n for n, name in enumerate(sorted(k for k, c in counts.items() if c >= RAREST))
        }

    @cached_property
    def texts(self) -> csr_matrix:
        rows = [dict.fromkeys(read.features, weight(read.features)) for read in self.read]
        return matrix(rows, self.names)

    @cached_property
    def names_danger(self) -> Numbers:
        """Whether each text has a signal of crisis at all, a fact or not."""
        found = [any(f.hit.signal.crisis for f in read.findings) for read in self.read]
        return np.array(found, dtype=float)


@dataclass
class Unseen:
    """Scores of texts by weights that had not seen their templates; `which` are the texts."""

    which: Numbers
    scores: Numbers


def told() -> list[Made]:
    """What was written by hand, of which only the crisis is known."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(TOLD.glob("*"))]
    return [
        Made(_CHOICE.sub(r"\1", text), frozenset(), "", side == "crisis", (-1 - number,))
        for number, (side, text) in enumerate(
            (side, text) for table in tables for side, texts in table.items() for text in texts
        )
    ]


def lesson(seed: int = SEED, count: int = TEXTS) -> Lesson:
    """Texts of a seed, with noise, read."""
    grammar, noisy, random = Grammar(), Noisy(), Random(seed)  # noqa: S311 - repeatable, no secret
    made = grammar.texts(random, count) + told() * TOLD_TIMES
    reader = Reader(grammar.vocabulary())
    return Lesson(made, [reader.read(noisy.written(random, each.text)) for each in made])


def unseen(taught: Lesson) -> Unseen:
    """Each fold's texts, scored by what was learned from texts with none of its templates."""
    folds = [{number % FOLDS for number in made.templates} for made in taught.made]
    which, scores = [], []
    for fold in range(FOLDS):
        learned = [n for n, own in enumerate(folds) if fold not in own]
        judged = [n for n, own in enumerate(folds) if own == {fold}]
        weights, bias = small(taught, learned)
        which += judged
        scores.append(worded_otherwise(taught.texts[judged], fold) @ weights + bias)
    return Unseen(np.array(which), np.concatenate(scores))


def worded_otherwise(texts: csr_matrix, seed: int) -> csr_matrix:
    """The texts without a part of what is known of them, as people word things in new ways."""
    told = texts.copy()
    told.data = told.data * (np.random.default_rng(seed).random(len(told.data)) < STILL_KNOWN)
    return told


def small(taught: Lesson, which: Sequence[int]) -> tuple[Numbers, Numbers]:
    """A fit of these texts that keeps the strongest features of each label."""
    texts, truth, known = taught.texts[which], taught.truth[which], taught.known[which]
    weights, _ = fit(texts, truth, known)
    return fit(texts, truth, known, strongest(weights, STRONGEST))


def thresholds(taught: Lesson, seen: Unseen, probability: Numbers) -> dict[str, float]:
    """What is sure enough, chosen on templates that were not learned."""
    truth, count = taught.truth[seen.which], len(categories())
    whole = taught.known[seen.which].all(axis=1)
    own, right = probability[whole, :count], truth[whole, :count]
    crisis = probability[:, count], truth[:, count], taught.names_danger[seen.which]
    return {
        "answer": round(_answer_threshold(own, right), 2),
        "crisis": _crisis_threshold(*crisis),
    }


def _answer_threshold(own: Numbers, right: Numbers) -> float:
    """From where on the first suggestion is right often enough."""
    top = own.max(axis=1)
    hit = right[np.arange(len(own)), own.argmax(axis=1)]
    good = [t for t in np.arange(0.05, 0.95, 0.01) if hit[top >= t].mean() >= SURE]
    return float(min(good, default=0.95))


def _crisis_threshold(sure: Numbers, truth: Numbers, named: Numbers) -> float:
    """From where on the classifier raises a crisis in texts that name no danger."""
    calm = sure[(truth == 0) & (named == 0)]
    good = [t for t in np.arange(0.95, 0.99, 0.01) if (calm >= t).mean() <= FALSE_ALARMS]
    return round(float(min(good, default=0.99)), 2)


def made_files(seed: int = SEED) -> dict[str, str]:
    """Name and content of each file that comes of a seed."""
    taught = lesson(seed)
    seen = unseen(taught)
    truth, known = taught.truth[seen.which], taught.known[seen.which] > 0
    lines = [
        calibrated(seen.scores[known[:, n], n], truth[known[:, n], n])
        for n in range(len(taught.labels))
    ]
    slopes, offsets = (np.array(column) for column in zip(*lines, strict=True))
    chosen = thresholds(taught, seen, sigmoid(seen.scores * slopes + offsets))
    weights, bias = small(taught, range(len(taught.made)))
    return {
        "weights.csv": written.weights(list(taught.names), weights),
        "model.toml": written.model(taught.labels, bias, lines, chosen, seed),
        "vocabulary.csv": written.vocabulary(Grammar().vocabulary()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.triage.train", description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--into", type=Path, default=DATA)
    asked = parser.parse_args()
    made = made_files()
    differs = written.differences(asked.into, made) if asked.check else []
    for name, content in made.items() if not asked.check else ():
        (asked.into / name).write_text(content, encoding="utf-8")
    print("\n".join(differs) or "; ".join(f"{name} {len(made[name])} B" for name in made))
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
