"""A process as a Mermaid diagram, as it stands in the service's README."""

from collections import defaultdict
from collections.abc import Mapping

from services.process.workflow import Action, Process, Workflow


def diagram(law: Workflow, process: Process) -> str:
    """Its states and what leads from one to another; actions between the same two share an arrow.

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
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {start} --> {end}: {', '.join(by)}" for (start, end), by in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in process.states.values() if state.final]
    lines += ["```", "", "Without a change of state:"]
    lines += [f"{name} ({', '.join(states)})" for name, states in stays.items()]
    needed = [f"- {what}: {', '.join(by)}" for what, by in _needed(law, process).items()]
    return "\n".join([*lines, *(["", "Must be on file:", *needed] if needed else [])])


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
