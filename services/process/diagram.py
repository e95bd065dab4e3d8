"""A service's law as it stands in its README: each process as a Mermaid diagram, then its clocks
and the grounds on which a matter ends."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from services.process.entries import UNVERIFIED
from services.process.workflow import Action, Clock, Ground, Process, Wait, Workflow


def drawing(law: Workflow) -> str:
    """All that one version of a law says, for people."""
    parts = [f"### {process.name}\n{diagram(law, process)}" for process in law.process.values()]
    lists = (
        ("Clocks", [_told_of_clock(each) for each in law.clocks.values()]),
        ("Ends of a matter", [_told_of_ground(each) for each in law.grounds.values()]),
    )
    parts += ["\n".join((f"### {title}", *lines)) for title, lines in lists if lines]
    return "\n\n".join(parts)


def diagram(law: Workflow, process: Process) -> str:
    """Its states, each with the clocks that run in it, and what leads from one to another; actions
    between the same two share an arrow.

    What changes no state is told below, with the states that allow it; then what must be on file.
    """
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    stays: dict[str, list[str]] = defaultdict(list)
    for action in process.actions.values():
        if action.begins:
            arrows["[*]", action.begins].append(_told(action))
        for start, ends in action.moves.items():
            for end in ends:
                if start == end:
                    stays[_told(action)].append(start)
                else:
                    arrows[start, end].append(_told(action))
    lines = ["```mermaid", "stateDiagram-v2", *_boxes(law, process)]
    lines += [f"    {start} --> {end}: {', '.join(by)}" for (start, end), by in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in process.states.values() if state.final]
    lines += ["```"]
    if stays:
        lines += ["", "Without a change of state:"]
        lines += [f"- {name}: {_where(process, states)}" for name, states in stays.items()]
    needed = [f"- {what}: {', '.join(by)}" for what, by in _needed(law, process).items()]
    return "\n".join([*lines, *(["", "Must be on file:", *needed] if needed else [])])


def _boxes(law: Workflow, process: Process) -> Iterator[str]:
    """What stands in a state's box: its name, and below it the clocks that run there."""
    for state in process.states:
        clocks = [each for each in law.clocks.values() if each.may_run_in(process.name, state)]
        if clocks:
            yield f"    {state}: {state}"
        for clock in clocks:
            yield f"    {state}: {clock.name}, {_span(clock)}"


def _where(process: Process, states: Sequence[str]) -> str:
    """Some of its states, or all but a few."""
    others = [name for name in process.states if name not in states]
    if len(others) >= len(states) or len(states) == 1:
        return ", ".join(states)
    return f"everywhere but {', '.join(others)}" if others else "everywhere"


def _told_of_clock(clock: Clock) -> str:
    steps = [f"{deed} at {percent} %" for percent, deed in sorted(clock.at.items())]
    done = ", ".join(steps) or f"until then {clock.allows}"
    where = f" ({', '.join(clock.runs_in)})" if clock.runs_in else ""
    pauses = "".join(f"; stands still for a {pause}" for pause in clock.pauses)
    return f"- {clock.name}{where}: {_span(clock)}; {done}{pauses}. {clock.regulation}"


def _told_of_ground(ground: Ground) -> str:
    """A ground, by whom it is given if not by whoever closes, and from when on."""
    article = ground.article or UNVERIFIED
    by = f"; by {ground.by} only" if ground.by else ""
    since = f"; {_span(ground.wait)} after {ground.wait.since}" if ground.wait else ""
    since += "; not if heard since answered_at" if ground.silence else ""
    return f"- {ground.code}: {ground.name_en}{since}{by}. {article}"


def _span(counted: Clock | Wait) -> str:
    words = str(counted.span).replace("_", " ")
    return f"{counted.value} {words if counted.value > 1 else words.removesuffix('s')}"


def _needed(law: Workflow, process: Process) -> Mapping[str, list[str]]:
    """Who needs what on file, actions and ends of the matter, by what it is and its rule."""
    needs = [(action.name, action.evidence) for action in process.actions.values()]
    if any(action.ends for action in process.actions.values()):
        needs += [(f"an end as {each.code}", each.evidence) for each in law.grounds.values()]
    found: dict[str, list[str]] = defaultdict(list)
    for who, names in needs:
        for name in names:
            found[f"{law.evidence[name].name_en} ({law.evidence[name].regulation})"].append(who)
    return found


def _told(action: Action) -> str:
    return action.name if action.roles else f"{action.name} ({action.by})"
