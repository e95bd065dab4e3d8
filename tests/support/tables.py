"""A deputy's rpcs against its table: what a state allows is done and written down, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from services.chassis.errors import NotAllowed
from services.chassis.testing import FakeUnitOfWork, NoSession
from services.handover import acting
from services.process.acts import Act
from services.process.law import BASE, Law
from services.process.store import last_act

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from sqlalchemy.orm import Session

# Custody says so, whatever is asked.
NOT_HOLDER = "NOT_HOLDER"
# A process, an action of people in it, and a state of it.
Case = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _fakes_know_no_last_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was first is told by the database alone; with a fake nobody was."""

    def last(session: Session, subject_id: str) -> Act | None:
        return None if isinstance(session, NoSession) else last_act(session, subject_id)

    monkeypatch.setattr(acting, "last_act", last)


def everywhere(law: Law, *processes: str) -> Iterator[Case]:
    """Each action by which people move something, in each state of its process."""
    for process in processes:
        table = law.base.process[process]
        for action in table.actions.values():
            if action.roles and action.moves:
                yield from ((process, action.name, state) for state in table.states)


def acts(uow: FakeUnitOfWork) -> list[Act]:
    """What was written down."""
    return [thing for thing in uow._things.values() if isinstance(thing, Act)]


def does_as_the_table_says(law: Law, case: Case, api: Any, request: Message) -> None:
    """An rpc is refused for the reason that the table has, or is done and is one act."""
    process, name, state = case
    table, uow = law.base.process[process], api.uow
    action = table.actions[name]
    if state in action.moves:
        getattr(api, name)(request)
        (act,) = [each for each in acts(uow) if each.action == name]
        found = act.action, act.state, act.version, act.actor
        assert found == (name, state, BASE, uow.caller.subject)
        ended = law.base.grounds.get(act.clock)
        assert act.regulation == (ended or action).regulation
        if clock := law.base.clocks.get(act.clock):
            assert any(clock.may_run_in(process, to) for to in action.moves[state])
        return
    with pytest.raises(NotAllowed) as refused, uow.transaction():
        getattr(api, name)(request)
    held_elsewhere = table.states[state].refusal == NOT_HOLDER
    reason = "" if held_elsewhere else action.refusal
    assert refused.value.reason == (reason or table.states[state].refusal)
    assert acts(uow) == []
