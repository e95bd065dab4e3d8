"""A process as a Mermaid diagram, as it stands in the service's README."""

from collections import defaultdict

from services.process.workflow import Action, Process


def diagram(process: Process) -> str:
    """Its states and what leads from one to another; actions between the same two share an arrow.

    What changes no state is told below, with the states that allow it.
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
    return "\n".join(lines)


def _told(action: Action) -> str:
    return action.name if action.roles else f"{action.name} ({action.by})"
