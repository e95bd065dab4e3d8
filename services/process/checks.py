"""What is wrong with a workflow, each fault in a sentence that names the entry.

No state without an exit, none from which no order of actions leads to an end, none that cannot be
reached; no clock without something that is done at its end, or allowed until then; no action
without somebody who may do it; no evidence that is needed and not described, or described and not
needed; nothing cited as verified that `regulations.toml` does not have.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.process.workflow import DEEDS, MISS, WHOLE, Action, Clock, Process, Workflow

REGULATIONS = Path(__file__).with_name("regulations.toml")


@dataclass(frozen=True)
class Names:
    """What a service has under the names that its workflow uses.

    `evidence`: by a process, what each of its actions can tell to be on file, or by an action.
    """

    guards: Collection[str] = ()
    handlers: Collection[str] = ()
    evidence: Mapping[str, Collection[str]] = field(default_factory=dict)

    def told_by(self, process: str, action: str) -> set[str]:
        """The evidence that an action can tell to be on file."""
        return {*self.evidence.get(process, ()), *self.evidence.get(action, ())}


@cache
def regulations() -> Mapping[str, Collection[str]]:
    """The articles that were read, by regulation."""
    content = tomllib.loads(REGULATIONS.read_text())
    return {name: frozenset(entry["articles"]) for name, entry in content.items()}


def is_known(source: str) -> bool:
    """Whether a source cites an article that was read, alone or before a comment."""
    return any(
        source == cited or source.startswith((f"{cited} ", f"{cited},", f"{cited};", f"{cited}:"))
        for name, articles in regulations().items()
        for cited in (f"{name} {article}" for article in articles)
    )


def _of_one_name(workflow: Workflow) -> Iterator[str]:
    """An act names its action alone: of two processes with one, a re-run could not tell which."""
    processes = workflow.process.values()
    ours = Counter(name for each in processes for name, do in each.actions.items() if do.roles)
    for name, times in ours.items():
        if times > 1:
            yield f"action {name}: {times} processes have one of this name"


def problems(workflow: Workflow, names: Names | None = None) -> list[str]:
    """All that is wrong; names that the service has are checked if they are given."""
    found = [*_of_clocks(workflow, names), *_of_extensions(workflow), *_of_sources(workflow)]
    found += _of_evidence(workflow, names)
    found += _of_one_name(workflow)
    actions = {name for each in workflow.process.values() for name in each.actions}
    found += [
        f"ground {ground.code}: {ground.by} is no action"
        for ground in workflow.grounds.values()
        if ground.by and ground.by not in actions
    ]
    found += [
        f"clock {name}: a ground has the same name"
        for name in workflow.clocks
        if name in workflow.grounds
    ]
    for process in workflow.process.values():
        found += _of_states(process)
        found += _of_actions(process, names)
    return found


def _of_clocks(workflow: Workflow, names: Names | None) -> Iterator[str]:
    actions = {name for each in workflow.process.values() for name in each.actions}
    states = [name for each in workflow.process.values() for name in each.states]
    whole = {f"{each.name}.{name}" for each in workflow.process.values() for name in each.states}
    for clock in workflow.clocks.values():
        if bool(clock.allows) == (WHOLE in clock.at):
            yield f"clock {clock.name}: needs what is done at its end (at.100), or what it allows"
        if clock.allows and clock.allows not in actions:
            yield f"clock {clock.name}: allows {clock.allows}, which is no action"
        for name in sorted(set(clock.runs_in) - whole):
            if name not in states:
                yield f"clock {clock.name}: {name} is no state"
            elif states.count(name) > 1:
                yield f"clock {clock.name}: more than one process has a state {name}"
        yield from _of_steps(clock)
        if names is not None:
            yield from _of_handlers(clock, names.handlers)


def _of_steps(clock: Clock) -> Iterator[str]:
    for percent, deed in sorted(clock.at.items()):
        if percent <= 0:
            yield f"clock {clock.name}: {percent} % is no step of it"
        elif deed not in DEEDS and percent != WHOLE:
            told = ", ".join(DEEDS)
            yield f"clock {clock.name}: {deed} is done at 100 % only; a step is one of {told}"
        elif (deed == MISS) != (percent == WHOLE) and deed in DEEDS:
            yield f"clock {clock.name}: {deed} at {percent} %: its end, and only that, is a {MISS}"


def _of_handlers(clock: Clock, known: Collection[str]) -> Iterator[str]:
    for percent, handler in clock.at.items():
        if handler not in (*known, *DEEDS):
            yield f"clock {clock.name}: its handler {handler} at {percent} % does not exist"


def _of_extensions(workflow: Workflow) -> Iterator[str]:
    for extension in workflow.extensions.values():
        for name in extension.clocks:
            if name not in workflow.clocks:
                yield f"extension {extension.code}: {name} is no clock"


def _of_evidence(workflow: Workflow, names: Names | None) -> Iterator[str]:
    for process in workflow.process.values():
        for action in process.actions.values():
            asks = f"action {action.name}"
            if action.by and action.evidence:
                yield f"{asks}: others do it, so nobody is asked for {', '.join(action.evidence)}"
            yield from _asked(workflow, asks, action.evidence, [(process, action)], names)
    for ground in workflow.grounds.values():
        ending = [
            (process, action)
            for process in workflow.process.values()
            for action in process.actions.values()
            if action.ends and ground.by in ("", action.name)
        ]
        asks = f"ground {ground.code}"
        if ground.evidence and not ending:
            yield f"{asks}: needs {', '.join(ground.evidence)}, but no action ends by a ground"
        yield from _asked(workflow, asks, ground.evidence, ending, names)
    if names is not None:
        known = {name for each in names.evidence.values() for name in each}
        for name in sorted(set(workflow.evidence) - known):
            yield f"evidence {name}: nobody knows whether it is on file"


def _asked(
    workflow: Workflow,
    asks: str,
    evidence: Collection[str],
    of: Collection[tuple[Process, Action]],
    names: Names | None,
) -> Iterator[str]:
    """Whether there is such evidence, and each action that is asked for it can tell."""
    for name in evidence:
        if name not in workflow.evidence:
            told = ", ".join(workflow.evidence) or "none"
            yield f"{asks}: {name} is no evidence; the file has {told}"
            continue
        for process, action in of:
            if names is not None and name not in names.told_by(process.name, action.name):
                yield f"{asks}: {action.name} of {process.name} cannot tell whether {name} is there"


def unneeded(workflow: Workflow) -> Iterator[str]:
    """Evidence that nothing needs. An amendment may leave some without use, the file may not."""
    actions = [each for process in workflow.process.values() for each in process.actions.values()]
    needed = {name for each in actions for name in each.evidence}
    needed |= {name for ground in workflow.grounds.values() for name in ground.evidence}
    for name in sorted(set(workflow.evidence) - needed):
        yield f"evidence {name}: nothing needs it"


def _of_sources(workflow: Workflow) -> Iterator[str]:
    cited = [
        (f"clock {each.name}", each.source) for each in workflow.clocks.values() if each.verified
    ]
    cited += [(f"ground {each.code}", each.article) for each in workflow.grounds.values()]
    evidence = [each for each in workflow.evidence.values() if each.verified]
    cited += [(f"evidence {each.name}", each.source) for each in evidence]
    extensions = [each for each in workflow.extensions.values() if each.verified]
    cited += [(f"extension {each.code}", each.source) for each in extensions]
    for process in workflow.process.values():
        actions = process.actions.values()
        cited += [(f"action {each.name}", each.source) for each in actions if each.verified]
    for entry, source in cited:
        if source and not is_known(source):
            yield f"{entry}: {source} is no article of {REGULATIONS.name}"


def _of_states(process: Process) -> Iterator[str]:
    left = {start for start, to in _moves(process) if to != start}
    ending = ends_from(process)
    for state in process.states.values():
        if state.final:
            continue
        if state.name not in left:
            yield f"state {state.name} of {process.name} has no exit: no action leads out of it"
        elif state.name not in ending:
            yield f"state {state.name} of {process.name} has no exit: no final state follows it"
    for name in sorted(set(process.states) - reachable(process)):
        yield f"state {name} of {process.name} is never reached"


def reachable(process: Process) -> set[str]:
    """The states that some order of actions leads to."""
    begins = {each.begins for each in process.actions.values() if each.begins}
    return _followed(begins, _moves(process))


def ends_from(process: Process) -> set[str]:
    """The states from which some order of actions leads to a final one."""
    final = {each.name for each in process.states.values() if each.final}
    return _followed(final, [(to, start) for start, to in _moves(process)])


def _moves(process: Process) -> list[tuple[str, str]]:
    """From which state to which some action may lead."""
    return [
        (start, to)
        for action in process.actions.values()
        for start, ends in action.moves.items()
        for to in ends
    ]


def _followed(found: set[str], moves: Collection[tuple[str, str]]) -> set[str]:
    """Some states, and all that moves lead to from them."""
    while more := {to for start, to in moves if start in found} - found:
        found = found | more
    return found


def _of_actions(process: Process, names: Names | None) -> Iterator[str]:
    for action in process.actions.values():
        if bool(action.roles) == bool(action.by):
            yield f"action {action.name} of {process.name}: needs roles, or `by` whom else"
        if not action.begins and not action.moves:
            yield f"action {action.name} of {process.name}: neither begins anything nor moves it"
        named = [*([action.begins] if action.begins else []), *action.moves]
        named += [name for to in action.moves.values() for name in to]
        for name in sorted(set(named) - set(process.states)):
            yield f"action {action.name} of {process.name}: {name} is no state"
        if names is not None:
            for guard in action.guards.values():
                if guard not in names.guards:
                    yield f"action {action.name} of {process.name}: no guard is called {guard}"
