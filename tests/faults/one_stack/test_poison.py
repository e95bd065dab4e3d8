"""6. Poison: a key that cannot run waits alone, others go on, requeue restores its order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from estafet.protection.v1 import service_pb2 as protection

from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full, only_in_full
from tests.faults.books import Books, ask
from tests.faults.crew import Crew, Person
from tests.faults.plays import ALL, CASE, COMPLAINT, hand_over, place
from tests.support.superuser import superuser_dsn
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 5000
PACE_SECONDS = 0.0 if is_full() else 0.5
UNHURRIED_SECONDS = 0.05
TOPIC = "estafet.complaint.v1"
READER = "protection.reactions"
LIMIT_KEYS = 50

_PARKED = """
SELECT seq, reason FROM parked WHERE consumer = %s AND topic = %s AND key = %s ORDER BY seq
"""
_SEVERITY = "SELECT severity FROM known_matter WHERE matter_id = %s"
_STOPPED = "SELECT consumer FROM consumer_stopped ORDER BY consumer"
# Whatever complaint emits as its triage of a matter is replaced before it is committed.
_SPOIL = """
CREATE TABLE IF NOT EXISTS spoiled (key text PRIMARY KEY, payload bytea NOT NULL);
GRANT SELECT ON spoiled TO PUBLIC;
CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.payload := coalesce(
        (SELECT payload FROM public.spoiled WHERE key = NEW.key), NEW.payload
    );
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER spoil BEFORE INSERT ON outbox FOR EACH ROW
    WHEN (NEW.headers ->> 'ce_type' = 'estafet.complaint.v1.ComplaintTriaged' AND NEW.seq = 2)
    EXECUTE FUNCTION spoil();
"""
# A bug in protection that shows with some matters, or with all.
_BUG = """
CREATE OR REPLACE FUNCTION bug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a bug'; END $$;
CREATE TRIGGER bug BEFORE INSERT OR UPDATE ON known_matter FOR EACH ROW
"""


@contextmanager
def superuser(stack: Stack, service: str) -> Iterator[psycopg.Connection]:
    """Whoever may change everything in a service's database."""
    with psycopg.connect(superuser_dsn(stack, service), autocommit=True) as connection:
        yield connection


@dataclass
class Victim:
    """A matter whose second record is poison, and the records that come after it."""

    stack: Stack
    person: Person
    matter_id: str = ""

    def file(self) -> str:
        """A complaint; its id."""
        filed = self.person.act("complaint", "FileComplaint", narrative="Gaji (contoh).")
        self.matter_id = str(filed.complaint_id)
        return self.matter_id

    def triage(self, severity: int) -> None:
        """One more record of the key."""
        named: dict[str, Any] = {"complaint_id": self.matter_id, "category": "unpaid_wages"}
        self.person.act("complaint", "TriageComplaint", COMPLAINT, **named, severity=severity)

    def parked(self, consumer: str = READER, topic: str = TOPIC) -> list[tuple[int, str]]:
        """Number and reason of what waits of the key."""
        service = consumer.partition(".")[0]
        return ask(self.stack, service, _PARKED, consumer, topic, self.matter_id)

    def severity(self) -> list[int]:
        """What protection knows."""
        return [row[0] for row in ask(self.stack, "protection", _SEVERITY, self.matter_id)]

    def stands_still_until_requeued(self, reason: str, crew: Crew) -> None:
        """The key waits, others go on."""
        behind = [(2, reason), (3, "behind"), (4, "behind")]
        until(lambda: self.parked() == behind, 60)
        crew.reach(crew.done + of_full(COMMANDS) // 20)
        assert self.parked() == behind
        assert self.severity() == []


def test_a_key_that_cannot_run_waits_alone_and_requeue_restores_its_order(books: Books) -> None:
    stack, commands = books.stack, of_full(COMMANDS)
    with books.note(Crew(stack, ALL, a_seed(), commands, pace=PACE_SECONDS)) as crew:
        crew.reach(commands // 5)
        person = crew.hire()
        undecodable(Victim(stack, person), crew)
        if is_full():
            of_the_wrong_meaning(Victim(stack, person), crew)
        a_bug_for_one_key(Victim(stack, person), crew)
    books.close()
    print(f"  {crew.done} commands")


def undecodable(victim: Victim, crew: Crew) -> None:
    """The payload is no message at all."""
    with spoiled(victim, b"\xff\xff\xff") as right:
        victim.stands_still_until_requeued("undecodable", crew)
        mend(victim, right, crew)
    assert victim.severity() == [3]


def of_the_wrong_meaning(victim: Victim, crew: Crew) -> None:
    """The payload is a message, and says what cannot be."""
    impossible = ComplaintTriaged(category="unpaid_wages", severity=2**30)
    with spoiled(victim, impossible.SerializeToString()) as right:
        victim.stands_still_until_requeued("failed", crew)
        mend(victim, right, crew)
    assert victim.severity() == [3]


@contextmanager
def spoiled(victim: Victim, payload: bytes) -> Iterator[bytes]:
    """A matter's first triage is replaced, two more follow; what the first should have been."""
    matter_id = victim.file()
    with superuser(victim.stack, "complaint") as connection:
        connection.execute(_SPOIL)
        connection.execute("INSERT INTO spoiled VALUES (%s, %s)", (matter_id, payload))
    for severity in (1, 2, 3):
        victim.triage(severity)
    right = ComplaintTriaged(complaint_id=matter_id, category="unpaid_wages", severity=1)
    yield right.SerializeToString()
    until(lambda: victim.parked() == [])


def mend(victim: Victim, right: bytes, crew: Crew) -> None:
    """An operator puts the right record in the place of the wrong one, and has it run."""
    with superuser(victim.stack, "protection") as connection:
        mended = connection.execute(
            "UPDATE parked SET payload = %s WHERE consumer = %s AND key = %s AND seq = 2",
            (right, READER, victim.matter_id),
        )
        assert mended.rowcount == 1
    with crew.aside():
        victim.stack.estafet("requeue", "--consumer", READER, "--key", victim.matter_id)


def a_bug_for_one_key(victim: Victim, crew: Crew) -> None:
    """The handler fails for this matter until the next release."""
    matter_id = victim.file()
    with superuser(victim.stack, "protection") as connection:
        connection.execute(
            f"{_BUG} WHEN (NEW.matter_id = '{matter_id}') EXECUTE FUNCTION bug()".encode()
        )
        for severity in (1, 2, 3):
            victim.triage(severity)
        victim.stands_still_until_requeued("failed", crew)
        connection.execute("DROP TRIGGER bug ON known_matter")
    with crew.aside():
        victim.stack.estafet("requeue", "--key", matter_id)
    until(lambda: victim.parked() == [] and victim.severity() == [3])


def test_what_is_not_there_yet_heals_by_itself(books: Books) -> None:
    stack = books.stack
    with books.note(Crew(stack, ALL, a_seed(), people=2)) as crew:
        victim = Victim(stack, crew.hire())
        case_id = an_open_case(victim)
        with superuser(stack, "complaint") as connection:
            rename(connection, victim.matter_id, f"{victim.matter_id} hidden")
            victim.person.act("protection", "ReturnCase", CASE, case_id=case_id, result="settled")
            custody = ("complaint.custody", "estafet.custody.v1")
            until(lambda: [reason for _, reason in victim.parked(*custody)] == ["waiting"])
            rename(connection, f"{victim.matter_id} hidden", victim.matter_id)
        until(lambda: victim.parked(*custody) == [])
    books.close()


def an_open_case(victim: Victim) -> str:
    """The matter is handed over and protection has heard that it stands; the case's id."""
    victim.file()
    victim.triage(2)
    person, matter_id = victim.person, victim.matter_id
    offer_no = person.act("complaint", "OfferComplaint", COMPLAINT, complaint_id=matter_id).offer_no
    offered = "SELECT 1 FROM offer WHERE matter_id = %s"
    until(lambda: ask(victim.stack, "protection", offered, matter_id))
    case = person.act("protection", "AcceptOffer", CASE, matter_id=matter_id, offer_no=offer_no)
    is_open = "SELECT 1 FROM protection_case WHERE case_id = %s AND status = 'open'"
    until(lambda: ask(victim.stack, "protection", is_open, case.case_id))
    outcome = protection.MEDIATION_OUTCOME_AGREED
    person.act("protection", "HoldMediation", CASE, case_id=case.case_id, outcome=outcome)
    return str(case.case_id)


def rename(connection: psycopg.Connection, before: str, after: str) -> None:
    """The complaint is there under another id: as if it had not come yet."""
    changed = connection.execute(
        "UPDATE complaint SET complaint_id = %s WHERE complaint_id = %s", (after, before)
    )
    assert changed.rowcount == 1


@only_in_full
def test_a_consumer_that_parks_everything_stops_until_it_is_resumed(books: Books) -> None:
    stack = books.stack
    # Not in a hurry: what is filed while nothing goes on has to be worked off afterwards.
    plays = (hand_over, place)
    with books.note(Crew(stack, plays, a_seed(), pace=UNHURRIED_SECONDS)) as crew:
        with superuser(stack, "protection") as connection:
            connection.execute(f"{_BUG} EXECUTE FUNCTION bug()".encode())
            until(lambda: stopped(stack) == ["protection.custody", READER], 120)
            # Whoever rests for long between acts would only look at what stands still.
            crew.pace = 0.0
            crew.reach(crew.done + of_full(COMMANDS) // 20)
            connection.execute("DROP TRIGGER bug ON known_matter")
        parked = ask(stack, "protection", "SELECT count(DISTINCT (consumer, key)) FROM parked")
        with crew.aside():
            for consumer in stopped(stack):
                stack.estafet("consumer", "resume", consumer)
            stack.estafet("requeue", "--all", "--wait", "120")
        until(lambda: stopped(stack) == [])
    books.close()
    print(f"  {parked[0][0]} keys were parked; {crew.done} commands")
    assert parked[0][0] > LIMIT_KEYS


def stopped(stack: Stack) -> list[str]:
    """Protection's consumers that have stopped themselves."""
    return [row[0] for row in ask(stack, "protection", _STOPPED)]
