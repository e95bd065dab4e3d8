"""Documents that are made from code: what stands between their markers is what a command prints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.local import alerts
from infra.local.layout import CHECKOUT

ESTAFET = str(Path(sys.executable).with_name("estafet"))
REMAKE = "`python -m infra.local.derived`"


class NotMade(Exception):
    """There is no place for a part, or what makes it has failed."""


@dataclass(frozen=True)
class Part:
    """What stands between two markers of a document, and what makes it."""

    document: Path
    begin: str
    end: str
    make: Callable[[], str]

    def kept(self) -> str:
        """It as the document has it; NotMade."""
        return self._around()[1].strip()

    def stale(self) -> list[str]:
        """What is wrong with it."""
        try:
            fresh = self.kept() == self.make().strip()
        except NotMade as missing:
            return [str(missing)]
        return [] if fresh else [f"{self.document.name}, {self.begin}: it is stale: {REMAKE}"]

    def write(self) -> None:
        """Put today's into the document; NotMade."""
        before, _, after = self._around()
        today = self.make().strip()
        self.document.write_text(f"{before}{self.begin}\n{today}\n{self.end}{after}")

    def _around(self) -> tuple[str, str, str]:
        """The document's text before it, it, and the text after it; NotMade."""
        text = self.document.read_text() if self.document.exists() else ""
        before, begins, rest = text.partition(self.begin)
        kept, ends, after = rest.partition(self.end)
        if not (begins and ends):
            raise NotMade(f"{self.document.name} has no place for it: {self.begin} … {self.end}")
        return before, kept, after


def estafet_map() -> str:
    """What `estafet map` prints; NotMade."""
    made = subprocess.run([ESTAFET, "map"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise NotMade(f"`estafet map` failed: {made.stderr.strip()}")
    return made.stdout


def law_of(service: str) -> str:
    """A service's processes as diagrams, its clocks and grounds; NotMade."""
    from services.process.diagram import drawing
    from services.process.law import Law, WorkflowError

    try:
        law = Law.load(SERVICES / service / "workflow.toml")
    except WorkflowError as wrong:
        raise NotMade(str(wrong)) from wrong
    return drawing(law.base)


def _law_in_readme(service: Path) -> Part:
    return Part(
        service / "README.md",
        "<!-- process: made from workflow.toml, checked by `make check` -->",
        "<!-- /process -->",
        partial(law_of, service.name),
    )


SERVICES = CHECKOUT / "services"
OPERATIONS = CHECKOUT / "docs" / "operations.md"
PARTS = (
    Part(
        CHECKOUT / "ARCHITECTURE.md",
        "<!-- estafet map: made by `estafet map`, checked by `make check` -->",
        "<!-- /estafet map -->",
        estafet_map,
    ),
    Part(
        OPERATIONS,
        "<!-- alerts: made from charts/estafet/alerts.yaml, checked by `make check` -->",
        "<!-- /alerts -->",
        alerts.alert_table,
    ),
    Part(
        OPERATIONS,
        "<!-- metrics: made from services/chassis/metrics.py, checked by `make check` -->",
        "<!-- /metrics -->",
        alerts.metric_table,
    ),
    *(_law_in_readme(path.parent) for path in sorted(SERVICES.glob("*/workflow.toml"))),
)


def stale() -> list[str]:
    """What is wrong with any of them."""
    return [line for part in PARTS for line in part.stale()]


if __name__ == "__main__":
    for each in PARTS:
        each.write()
