"""History under another version: what would have come out differently, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.chassis.errors import Invalid
from services.process.acts import BY_CLOCK, Act
from services.process.calendar import Span, WorkingCalendar
from services.process.calendars import CALENDARS
from services.process.law import Law
from services.process.rerun import Change, Rerun
from tests.process.laws import SMALL, a_law

TEN_DAYS = """
[[amendment]]
name = "ten_days"
regulation = "rancangan (contoh)"
[amendment.clocks.reply]
value = 10
[amendment.grounds.silent.wait]
value = 10
"""
NO_END_WHILE_ASKED = """
[[amendment]]
name = "longer"
regulation = "rancangan (contoh)"
[amendment.extensions.papers]
value = 9
[[amendment]]
name = "strict"
regulation = "rancangan (contoh)"
[amendment.process.matter.actions.End.moves]
asked = ""
[[amendment]]
name = "without"
regulation = "rancangan (contoh)"
[amendment.grounds]
silent = ""
[[amendment]]
name = "with_proof"
regulation = "rancangan (contoh)"
[amendment.process.matter.actions.End]
evidence = ["receipt", "proof"]
[amendment.evidence.proof]
name_id = "bukti"
name_en = "the proof"
refusal = "NO_PROOF"
source = "rancangan (contoh)"
verified = false
"""
MONDAY = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
ANSWERS = "Answer"
CALENDAR = WorkingCalendar()
starts = some.datetimes(
    min_value=datetime(2023, 1, 1),  # noqa: DTZ001 - the zone comes next
    max_value=datetime(2024, 10, 1),  # noqa: DTZ001
    timezones=some.just(UTC),
)


def an_act(
    action: str,
    state: str,
    at: datetime,
    clock: str = "",
    due_at: datetime | None = None,
    matter: str = "m1",
) -> Act:
    """Something that somebody did."""
    act_id = f"{matter} {at.isoformat()} {action}"
    return Act(act_id, matter, action, at, state, "base", "", "somebody", "", clock, due_at)


def rerun(law: Law, under: str, *acts: Act) -> list[Change]:
    return list(Rerun(law, under, ANSWERS).changes(acts))


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    return a_law(tmp_path_factory.mktemp("law"), SMALL + TEN_DAYS + NO_END_WHILE_ASKED)


def history(law: Law, at: datetime, answered: bool, matter: str) -> Iterator[Act]:
    """A matter that was asked about, answered or not, and ended as silent."""
    yield an_act("Begin", "", at, matter=matter)
    due_at = law.base.clocks["reply"].due_at(at)
    yield an_act("Ask", "open", at, "reply", due_at, matter)
    answered_at = at + A_DAY if answered else None
    if answered_at:
        yield an_act(ANSWERS, "open", answered_at, matter=matter)
    could = law.base.grounds["silent"].earliest(at, answered_at)
    yield an_act("End", "open", could + A_DAY, "silent", could, matter)


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(starts, some.booleans()), max_size=12))
def test_fifteen_days_to_ten_change_what_a_recount_by_hand_says(
    law: Law, matters: list[tuple[datetime, bool]]
) -> None:
    acts = [
        act
        for number, (at, answered) in enumerate(matters)
        for act in history(law, at, answered, f"m{number}")
    ]
    changed = rerun(law, "ten_days", *acts)
    told = {(each.matter_id, each.what, each.was, each.would) for each in changed}
    by_hand = set()
    for number, (at, answered) in enumerate(matters):
        since = at + A_DAY if answered else at
        for what, start in (("reply", at), ("silent", since)):
            was, would = (CALENDAR.due_at(start, days, Span.WORKING_DAYS) for days in (15, 10))
            if was != would:
                by_hand.add((f"m{number}", what, was.isoformat(), would.isoformat()))
    assert told == by_hand


NO_CONTACT = """
[amendment.grounds.silent.wait]
since = "last_contact"
"""


def test_a_ground_that_counts_from_the_last_contact_counts_from_what_was_heard(
    tmp_path: Path,
) -> None:
    head = '[[amendment]]\nname = "contact"\nregulation = "rancangan (contoh)"\n'
    law = a_law(tmp_path, SMALL + head + NO_CONTACT)
    begun, answered, end = (
        each for each in history(law, MONDAY, True, "m1") if each.clock != "reply"
    )
    heard = an_act("Ask", "open", MONDAY + 3 * A_DAY)
    acts = (begun, answered, heard, end)
    (told,) = Rerun(law, "contact", ANSWERS, lambda act: act.action == "Ask").changes(acts)
    would = CALENDAR.due_at(MONDAY + 3 * A_DAY, 15, Span.WORKING_DAYS)
    assert (told.what, told.would) == ("silent", would.isoformat())


def test_under_the_law_that_held_nothing_changes(law: Law) -> None:
    assert rerun(law, "base", *history(law, MONDAY, True, "m1")) == []


def test_what_another_version_refuses_is_told(law: Law) -> None:
    ended = an_act("End", "asked", MONDAY + A_DAY)
    begun = an_act("Begin", "", MONDAY)
    (told,) = rerun(law, "strict", begun, ended)
    assert told == Change("m1", ended.act_id, "End", "action", "allowed", "refused")
    assert rerun(law, "strict", begun, an_act("End", "open", MONDAY)) == []


def test_a_ground_that_another_version_does_not_have_is_told(law: Law) -> None:
    *_, told = rerun(law, "without", *history(law, MONDAY, False, "m1"))
    assert (told.what, told.would) == ("silent", "there is none")


def test_what_another_version_wants_on_file_is_told(law: Law) -> None:
    *_, end = history(law, MONDAY, True, "m1")
    end.reason = "silent"
    (told,) = rerun(law, "with_proof", *list(history(law, MONDAY, True, "m1"))[:-1], end)
    assert told == Change(
        "m1", end.act_id, "End", "evidence", "receipt reply", "proof receipt reply"
    )


def test_a_version_that_there_is_not_is_refused(law: Law) -> None:
    with pytest.raises(Invalid, match="it has base, ten_days, longer, strict, without, with_proof"):
        rerun(law, "nine_days", an_act("Begin", "", MONDAY))


def test_a_matter_whose_beginning_was_not_kept_is_left_out_and_counted(law: Law) -> None:
    again = Rerun(law, "ten_days", ANSWERS)
    _, *later = history(law, MONDAY, False, "m1")
    assert list(again.changes([*later, *history(law, MONDAY, False, "m2")])) != []
    assert (again.matters, again.left_out) == (1, 1)


def test_what_a_clock_did_is_refused_by_no_version(law: Law) -> None:
    ran_out = an_act("end_reply", "open", MONDAY + A_DAY)
    ran_out.actor = BY_CLOCK
    assert rerun(law, "strict", an_act("Begin", "", MONDAY), ran_out) == []


def test_an_action_that_the_other_version_does_not_have_is_refused(law: Law) -> None:
    (told,) = rerun(law, "strict", an_act("Begin", "", MONDAY), an_act("Sing", "open", MONDAY))
    assert (told.action, told.would) == ("Sing", "refused")


def test_more_time_is_counted_from_the_end_that_there_was(law: Law) -> None:
    begun, asked = list(history(law, MONDAY, False, "m1"))[:2]
    ends_at = asked.due_at
    assert ends_at is not None
    more = an_act("Ask", "open", MONDAY, "papers", law.base.extensions["papers"].due_at(ends_at))
    assert rerun(law, "base", begun, asked, more) == []
    (told,) = rerun(law, "longer", begun, asked, more)
    assert (
        told.would == law.under("longer").workflow.extensions["papers"].due_at(ends_at).isoformat()
    )


def test_a_law_is_read_from_its_file_once(tmp_path: Path) -> None:
    law = a_law(tmp_path)
    assert law.base is law.base


def test_days_that_somebody_gave_are_no_versions_difference(law: Law) -> None:
    begun, asked = list(history(law, MONDAY, False, "m1"))[:2]
    asked.days = 7
    assert rerun(law, "ten_days", begun, asked) == []


def test_a_units_own_calendar_counts_again(law: Law) -> None:
    # 15.30 in Jakarta, and past closing time in Makassar.
    late = MONDAY.replace(hour=8, minute=30)
    begun, asked = list(history(law, late, False, "m1"))[:2]
    asked.calendar = "bp3mi_sulsel"
    (told,) = rerun(law, "ten_days", begun, asked)
    calendar = CALENDARS.of("bp3mi_sulsel")
    ends = [calendar.due_at(late, days, Span.WORKING_DAYS) for days in (15, 10)]
    assert [told.was, told.would] == [each.isoformat() for each in ends]
