"""Properties of every workflow that is accepted: whoever walks it gets out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from services.process.checks import problems
from services.process.law import Law
from services.process.workflow import Process, Workflow

NAMES = ("a", "b", "c", "d")
names = some.sampled_from(NAMES)


@some.composite
def workflows(draw: Any) -> Workflow:
    """Any table of up to four states and six actions, good or bad."""
    states = {
        name: {"name_id": name, "name_en": name, "refusal": "NO", "final": draw(some.booleans())}
        for name in draw(some.sets(names, min_size=1))
    }
    moves = some.dictionaries(names, some.lists(names, min_size=1, max_size=2), max_size=3)
    who = {"source": "contoh", "verified": False, "roles": ["clerk"]}
    actions: dict[str, Any] = {"Begin": {"begins": draw(names), **who}}
    for number in range(draw(some.integers(0, 5))):
        actions[f"Act{number}"] = {"moves": draw(moves), **who}
    return Workflow.of({"process": {"matter": {"states": states, "actions": actions}}})


@settings(max_examples=300, deadline=None)
@given(workflows())
def test_a_state_without_a_way_to_an_end_or_a_way_in_is_told_and_no_other(
    workflow: Workflow,
) -> None:
    process = workflow.process["matter"]
    told = problems(workflow)
    begins = [each.begins for each in process.actions.values() if each.begins]
    ways_in = seen_from(process, begins)
    for state in process.states.values():
        ends = [each for each in seen_from(process, [state.name]) if is_final(process, each)]
        no_exit = any(line.startswith(f"state {state.name} of matter has no exit") for line in told)
        assert no_exit is not bool(ends)
        lost = f"state {state.name} of matter is never reached" in told
        assert lost is (state.name not in ways_in)


def is_final(process: Process, name: str) -> bool:
    return name in process.states and process.states[name].final


def seen_from(process: Process, starts: list[str]) -> set[str]:
    """Every state of some walk, by walking: apart from how the checks go about it."""
    seen: set[str] = set()
    open_ends = list(starts)
    while open_ends:
        here = open_ends.pop()
        if here not in seen:
            seen.add(here)
            open_ends += [
                to for each in process.actions.values() for to in each.moves.get(here, ())
            ]
    return seen


def test_every_service_has_a_law_that_says_where_each_rule_comes_from() -> None:
    files = sorted((Path(__file__).parents[2] / "services").glob("*/workflow.toml"))
    assert len(files) == 5
    for path in files:
        assert problems(Law.load(path).base) == [], path
