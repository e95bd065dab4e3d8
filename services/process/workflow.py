"""Law as data: a service's `workflow.toml`, with the article that each figure comes from.

A figure that no article gives is configuration, marked `verified = false` ("belum diverifikasi");
its `source` says what it was taken from. A service reads its file once, when it starts.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.process.calendar import Span, WorkingCalendar

UNVERIFIED = "belum diverifikasi"
_calendar = WorkingCalendar()


@dataclass(frozen=True)
class Clock:
    """How long something may take: `value` of `span`, after `source`."""

    name: str
    value: int
    span: Span
    source: str
    verified: bool

    @property
    def regulation(self) -> str:
        """The source as a hand-over states it."""
        return self.source if self.verified else f"{UNVERIFIED}: {self.source}"

    def due_at(self, start: datetime, value: int = 0) -> datetime:
        """When the clock ends if it starts at `start`; another number of days may be given."""
        return _calendar.due_at(start, value or self.value, self.span)


@dataclass(frozen=True)
class Ground:
    """Why a matter may end. `article` is empty where no article names the ground.

    `needs_answer`: the complainant must have been answered first. `wait`: how long after `since`
    (filed_at or answered_at) the ground may be used at the earliest.
    """

    code: str
    article: str
    names: Mapping[str, str]
    needs_answer: bool = False
    information_only: bool = False
    since: str = ""
    wait: Clock | None = None


@dataclass(frozen=True)
class Workflow:
    """The clocks and closure grounds of one service."""

    clocks: Mapping[str, Clock]
    grounds: Mapping[str, Ground]

    @classmethod
    def load(cls, path: Path) -> "Workflow":
        """Read a workflow.toml; KeyError or ValueError when an entry lacks something."""
        content = tomllib.loads(path.read_text())
        return cls(
            clocks={name: _clock(name, entry) for name, entry in content["clocks"].items()},
            grounds={
                code: _ground(code, entry) for code, entry in content.get("grounds", {}).items()
            },
        )


def _clock(name: str, entry: Mapping[str, Any]) -> Clock:
    return Clock(name, entry["value"], Span(entry["span"]), entry["source"], entry["verified"])


def _ground(code: str, entry: Mapping[str, Any]) -> Ground:
    wait = entry.get("wait")
    return Ground(
        code=code,
        article=entry["article"],
        names={"id": entry["name_id"], "en": entry["name_en"]},
        needs_answer=entry.get("needs_answer", False),
        information_only=entry.get("information_only", False),
        since=wait["since"] if wait else "",
        wait=_wait(code, entry["article"], wait) if wait else None,
    )


def _wait(code: str, article: str, wait: Mapping[str, Any]) -> Clock:
    return Clock(code, wait["value"], Span(wait["span"]), article, verified=True)
