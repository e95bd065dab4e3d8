"""Triage of texts that the training has not seen: how right, how sure, and what one costs.

Nothing is started but one Python process; the seeds of the training texts and of the renderings are
told in what bounds a figure.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from infra.triage.train import SEED as TRAINED
from tests.bench.figures import ROUNDS, Figure, at_least, at_most, told
from tests.complaint.triage.scoring import (
    by_keywords,
    by_us,
    calibration_error,
    crisis_rates,
    firsts,
    macro_f1,
    reliability,
)
from tests.complaint.triage.unseen import SEED as RENDERED
from tests.complaint.triage.unseen import Danger, Topic, dangers, topics

SUBJECT = "tests.bench.subjects.intake_triage"
MOST_MS = 20
MOST_MB = 15


def measure() -> Sequence[Figure]:
    """Both parts: how good on the final templates, and how fast."""
    runs = [_run() for _ in range(ROUNDS)]

    def of(what: str) -> list[float]:
        return [run[what] for run in runs]

    return [
        *quality(topics("final"), dangers("final")),
        told("CPU per suggestion, mean", of("mean_ms"), "ms", at_most(MOST_MS)),
        told("CPU per suggestion, p99", of("p99_ms"), "ms", at_most(MOST_MS)),
        told("CPU of a suggestion for 1 MB", of("megabyte_ms"), "ms"),
        told("CPU to import and load", of("load_ms"), "ms"),
        told("memory of the loaded model", of("loaded_mb"), "MB", at_most(MOST_MB)),
    ]


def quality(texts: Sequence[Topic], crises: Sequence[Danger]) -> list[Figure]:
    """What is right of what is suggested."""
    ours = macro_f1(texts, [by_us(topic.text) for topic in texts])
    keywords = macro_f1(texts, [by_keywords(topic.text) for topic in texts])
    recall, false_alarms = crisis_rates(crises)
    error = calibration_error(reliability(firsts(texts)))
    seeds = f"{len(texts)} texts; seeds {TRAINED} (training), {RENDERED} (renderings)"
    sides = f"{len(crises)} paraphrases, both sides; seed {RENDERED}"
    return [
        Figure("macro-F1", ours, "", limits=seeds),
        Figure("macro-F1 of keywords", keywords, "", limits=seeds),
        Figure("macro-F1, more than keywords", ours - keywords, "", at_least(0.15), limits=seeds),
        Figure("crisis recall", recall, "", at_least(0.98), limits=sides),
        Figure("crisis false alarms", false_alarms, "", at_most(0.02), limits=sides),
        Figure("expected calibration error", error, "", at_most(0.15), limits=seeds),
    ]


def _run() -> Mapping[str, float]:
    """One process that loads the model and suggests."""
    done = subprocess.run(
        [sys.executable, "-m", SUBJECT], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found
