"""A service's `workflow.toml` with its amendments: which version holds for a matter.

A regulation holds from a date on. A matter keeps what held when it was opened, unless an amendment
says `old_matters = true`. A draft has no date and never holds: it is there to be tried
(`estafet process rerun`). An amendment names only what it changes; an entry of "" takes one away.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from services.chassis.errors import Invalid
from services.process.checks import Names, problems, unneeded
from services.process.entries import Entry, Unusable, told
from services.process.workflow import Workflow

BASE = "base"
_HEADS = ("name", "regulation", "holds_from", "old_matters")


class WorkflowError(Unusable):
    """A workflow.toml that cannot be used."""


class Amendment(Entry):
    """What a regulation changes. `holds_from` is empty for a draft."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    regulation: str = Field(min_length=1)
    holds_from: date | None = None
    old_matters: bool = False
    changes: Mapping[str, Any]

    def holds(self, opened_on: date, today: date) -> bool:
        """Whether it holds today for a matter that was opened on a day."""
        if self.holds_from is None:
            return False
        return self.holds_from <= (today if self.old_matters else opened_on)


@dataclass(frozen=True)
class Version:
    """A workflow under the name by which records cite it."""

    name: str
    workflow: Workflow


@dataclass(frozen=True)
class Law:
    """All versions of one service's workflow."""

    path: Path
    amendments: tuple[Amendment, ...]
    _content: Mapping[str, Any]
    _versions: dict[tuple[str, ...], Version] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, names: Names | None = None) -> "Law":
        """Read and check a file; WorkflowError says all that is wrong with it.

        `names`: the guards and handlers that the service has; None leaves them unchecked.
        """
        try:
            content = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise WorkflowError(path, [str(error)]) from error
        amended = content.pop("amendment", [])
        if not isinstance(amended, list) or not all(isinstance(each, Mapping) for each in amended):
            raise WorkflowError(path, ["amendment: each is written under [[amendment]]"])
        try:
            found = sorted((_amendment(entry) for entry in amended), key=_from_when)
            law = cls(path, tuple(found), content)
            versions = [law._version(names) for names in law._combinations()]
        except ValidationError as error:
            raise WorkflowError(path, told(error)) from error
        wrong = [
            f"{version.name}: {problem}"
            for version in versions
            for problem in (
                *problems(version.workflow, names),
                *_taken(law.base, version.workflow),
                *_guarded(law.base, version.workflow),
            )
        ]
        wrong += unneeded(law.base)
        if len({each.name for each in found} | {BASE}) != len(found) + 1:
            wrong.append("two amendments have one name")
        if wrong:
            raise WorkflowError(path, wrong)
        return law

    @property
    def base(self) -> Workflow:
        """What holds without any amendment."""
        return self._version(()).workflow

    def of(self, opened_on: date, today: date) -> Version:
        """The version that holds today for a matter that was opened on a day."""
        holding = [each.name for each in self.amendments if each.holds(opened_on, today)]
        return self._version(tuple(holding))

    def under(self, name: str) -> Version:
        """All that would hold for a new matter if an amendment, or a draft, held today; Invalid."""
        known = [each.name for each in self.amendments]
        if name == BASE:
            return self._version(())
        if name not in known:
            told = ", ".join((BASE, *known))
            raise Invalid(f"{self.path.parent.name} has no version {name}; it has {told}")
        dated = [each.name for each in self.amendments[: known.index(name)] if each.holds_from]
        return self._version((*dated, name))

    def named(self, version: str) -> Version | None:
        """The version that an act names; None when this release does not have it."""
        names = () if version == BASE else tuple(version.split("+"))
        known = {each.name for each in self.amendments}
        return self._version(names) if known.issuperset(names) else None

    def _combinations(self) -> set[tuple[str, ...]]:
        """Of every version that holds for some matter on some day, or can be tried."""
        days = {date.min, *(each.holds_from for each in self.amendments if each.holds_from)}
        found = {
            tuple(each.name for each in self.amendments if each.holds(opened_on, today))
            for opened_on in days
            for today in days
        }
        for number, each in enumerate(self.amendments):
            dated = [other.name for other in self.amendments[:number] if other.holds_from]
            found.add((*dated, each.name))
        return found

    def _version(self, names: tuple[str, ...]) -> Version:
        version = self._versions.get(names)
        if version is None:
            content: dict[str, Any] = dict(self._content)
            for each in self.amendments:
                if each.name in names:
                    content = merged(content, each.changes)
            name = "+".join(names) or BASE
            version = self._versions[names] = Version(name, Workflow.of(content))
        return version


def _from_when(amendment: Amendment) -> date:
    """Amendments are laid over each other in the order in which they hold; drafts come last."""
    return amendment.holds_from or date.max


def _taken(base: Workflow, version: Workflow) -> Iterator[str]:
    """What the code names and an amendment must not take away."""
    for clock in sorted(set(base.clocks) - set(version.clocks)):
        yield f"clock {clock} is taken away: the code names it"
    for name, process in base.process.items():
        kept = version.process.get(name)
        for action in sorted(set(process.actions) - set(kept.actions if kept else ())):
            yield f"action {action} of {name} is taken away: give it no state to come from instead"
        for state in sorted(set(process.states) - set(kept.states if kept else ())):
            yield f"state {state} of {name} is taken away: the code names it"


def _guarded(base: Workflow, version: Workflow) -> Iterator[str]:
    """Guards that an amendment wants of an action whose code does not ask them."""
    for name, process in version.process.items():
        known = base.process[name].actions if name in base.process else {}
        for action in process.actions.values():
            asked = known[action.name].guards if action.name in known else action.guards
            for guard in sorted(set(action.guards.values()) - set(asked.values())):
                yield f"action {action.name} of {name}: the code does not ask {guard} of it"


def _amendment(entry: Mapping[str, Any]) -> Amendment:
    heads = {name: entry[name] for name in _HEADS if name in entry}
    changes = {name: value for name, value in entry.items() if name not in _HEADS}
    return Amendment(**heads, changes=changes)


def merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A table with another laid over it; "" takes an entry away."""
    result = dict(content)
    for name, value in changes.items():
        if value == "":
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result
