"""Each workflow.toml agrees with the rpcs, the clocks and the guards that there are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR as ENTRYPOINTS

from services.chassis import catalogue
from services.chassis.__main__ import classes_of
from services.chassis.timers import OnTimer
from services.cli.process import laws
from services.complaint.acting import guards
from services.complaint.workflow import EVIDENCE, NAMES, OWN_GUARDS
from services.handover import writing
from services.process.law import BASE
from services.process.workflow import DEEDS, WHOLE, Action
from tests.complaint.builders import a_complaint, a_custody, an_office, api
from tests.handover.builders import a_holder, a_question, complaint_hears


def of_people() -> Iterator[tuple[str, Action]]:
    """Of every version, drafts too."""
    for service, law in laws().items():
        for version in (BASE, *(each.name for each in law.amendments)):
            for process in law.under(version).workflow.process.values():
                for action in process.actions.values():
                    if action.roles:
                        yield service, action


@pytest.mark.parametrize(("service", "action"), list(of_people()), ids=str)
def test_an_action_of_people_is_an_rpc_for_the_same_roles(service: str, action: Action) -> None:
    permission = catalogue.permission(catalogue.methods(service)[action.name])
    assert permission is not None
    named = (*permission.roles, *filter(None, [permission.own_role]))
    assert action.roles == (("public",) if permission.public else named)


@pytest.mark.parametrize("service", laws())
def test_every_command_is_in_its_services_table(service: str) -> None:
    commands = {
        method.name
        for method in catalogue.methods(service).values()
        if "request_id" in method.input_type.fields_by_name
    }
    assert {action.name for owner, action in of_people() if owner == service} == commands


@pytest.mark.parametrize("service", laws())
def test_a_clock_ends_in_a_deed_that_some_service_has(service: str) -> None:
    known = {*DEEDS, *(name for each in reactions() for name in deeds(each))}
    clocks = laws()[service].base.clocks.values()
    assert {handler for clock in clocks for handler in clock.at.values()} <= known


# What custody ends an offer with, and with which clock of its own.
KERNEL = {"lapse_offer": writing.LAPSE, "end_question": writing.ANSWER}


def stands_still(handler: str) -> bool:
    """Whether custody has no clock that ends so while the giver has to answer a question."""
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    return handler in KERNEL and KERNEL[handler] not in {kind for _, kind, _ in uow.timers}


def of_clocks() -> list[tuple[str, str]]:
    return [(service, name) for service, law in laws().items() for name in law.base.clocks]


@pytest.mark.parametrize(("service", "name"), of_clocks())
def test_the_table_says_for_what_custody_stops_a_clock(service: str, name: str) -> None:
    clock = laws()[service].base.clocks[name]
    assert ("question" in clock.pauses) == stands_still(clock.at.get(WHOLE, ""))


@pytest.mark.parametrize(("service", "name"), of_clocks())
def test_the_table_says_where_a_clock_runs(service: str, name: str) -> None:
    """A sanction of complaint's stands in no process of its file: custody alone tells where."""
    runs_in = laws()[service].base.clocks[name].runs_in
    assert bool(runs_in) == ((service, name) != ("complaint", "sanction_offer"))


def reactions() -> list[type]:
    """The classes of every service that clocks call."""
    return [each for name in catalogue.deputies() for each in classes_of(name, "reactions")]


def deeds(reactions: type) -> set[str]:
    """The methods of a reactions class that a clock calls."""
    return {
        name
        for name, method in inspect.getmembers(reactions, callable)
        if any(isinstance(each, OnTimer) for each in getattr(method, ENTRYPOINTS, ()))
    }


def test_the_guards_that_complaint_names_are_those_that_it_has() -> None:
    has = {*guards(a_custody()), *OWN_GUARDS}
    assert set(NAMES.guards) == has


def test_the_evidence_that_complaint_looks_for_is_that_of_its_law() -> None:
    assert set(laws()["complaint"].base.evidence) == set(EVIDENCE)
    assert set(api(an_office(a_complaint()))._on_file(a_complaint())) == set(EVIDENCE)
