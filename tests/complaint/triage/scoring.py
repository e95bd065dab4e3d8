"""How well categories, probabilities and crisis are suggested; and the keyword baseline."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean

from services.complaint.triage.suggestion import Suggestion, suggest, table
from tests.complaint.triage.unseen import Danger, Topic

KEYWORDS = Path(__file__).with_name("keywords.toml")
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Texts whose first suggestion was about as sure; `right`: the share that held it."""

    low: float
    count: int
    sure: float
    right: float


@dataclass(frozen=True)
class Answered:
    """What an answer from this sureness on would give."""

    threshold: float
    coverage: float
    right: float


def by_keywords(text: str) -> frozenset[str]:
    """The baseline's categories."""
    said = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return frozenset(code for code, found in _keywords().items() if found.search(said))


def by_us(text: str) -> frozenset[str]:
    """Our categories; none where we abstain."""
    return frozenset(suggest(text).categories)


def macro_f1(texts: Sequence[Topic], said: Sequence[frozenset[str]]) -> float:
    """The mean of the F1 of all categories."""
    return mean(f1_by_category(texts, said).values())


def f1_by_category(texts: Sequence[Topic], said: Sequence[frozenset[str]]) -> dict[str, float]:
    """Each category's F1."""
    pairs = [(topic.categories, own) for topic, own in zip(texts, said, strict=True)]
    return {code: _f1(code, pairs) for code in table()}


def _f1(code: str, pairs: Sequence[tuple[frozenset[str], frozenset[str]]]) -> float:
    hit = sum(code in truth and code in own for truth, own in pairs)
    both = sum((code in truth) + (code in own) for truth, own in pairs)
    return 2 * hit / both if both else 0.0


def first(text: str) -> tuple[str, float]:
    """The likeliest category and its probability, whether or not it is sure enough."""
    from services.complaint.triage import model
    from services.complaint.triage.reader import reader

    probability: Mapping[str, float] = model.load().score(reader().read(text).features).probability
    code = max(table(), key=lambda name: probability[name])
    return code, probability[code]


def firsts(texts: Sequence[Topic]) -> list[tuple[float, bool]]:
    """How sure the first suggestion of each text is, and whether it is right."""
    found = [(first(topic.text), topic.categories) for topic in texts]
    return [(sure, code in truth) for (code, sure), truth in found]


def reliability(sure_and_right: Sequence[tuple[float, bool]]) -> list[Bin]:
    """The first suggestions in ten bins of sureness."""
    bins = []
    for number in range(BINS):
        own = [pair for pair in sure_and_right if min(int(pair[0] * BINS), BINS - 1) == number]
        if own:
            right = mean(float(is_right) for _, is_right in own)
            bins.append(Bin(number / BINS, len(own), mean(sure for sure, _ in own), right))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error (ECE): how far sureness and truth are apart, by texts."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.sure - each.right) for each in bins) / total


def coverage(sure_and_right: Sequence[tuple[float, bool]]) -> list[Answered]:
    """What would be answered, and how often rightly, from one threshold after another."""
    return [
        Answered(
            threshold=threshold,
            coverage=len(own) / len(sure_and_right),
            right=mean(float(is_right) for _, is_right in own) if own else 1.0,
        )
        for threshold in (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
        for own in [[pair for pair in sure_and_right if pair[0] >= threshold]]
    ]


def crisis_rates(texts: Sequence[Danger]) -> tuple[float, float]:
    """Recall, and the share of calm texts that raise a false alarm."""
    told = [(danger.is_crisis, suggest(danger.text).is_crisis) for danger in texts]
    recall = mean(float(own) for truth, own in told if truth)
    return recall, mean(float(own) for truth, own in told if not truth)


def wrong(texts: Sequence[Danger]) -> list[tuple[Danger, Suggestion]]:
    """The texts whose crisis was missed or made up."""
    told = [(danger, suggest(danger.text)) for danger in texts]
    return [(danger, own) for danger, own in told if danger.is_crisis != own.is_crisis]


@cache
def _keywords() -> dict[str, re.Pattern[str]]:
    rows = tomllib.loads(KEYWORDS.read_text(encoding="utf-8"))
    return {code: re.compile(rf"\b({'|'.join(words)})\b") for code, words in rows.items()}
