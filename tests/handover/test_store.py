"""The kernel on PostgreSQL: rows come back as they were, and two sessions never both hold."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg.errors
import pytest
import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.chassis.errors import EstafetError
from services.chassis.outbox import head
from services.chassis.progress import write_positions
from services.chassis.runtime import Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.testing import A_MORNING, a_caller, a_record, worker_factory
from services.chassis.together import Together
from services.handover import holding, receiving, store
from services.handover.custody import Custody, Offer, OfferState, Party
from services.handover.fold import BrokenLog
from tests.databases import a_runtime, wait_for_a_lock, working
from tests.handover.builders import (
    CASE_OFFICER,
    CASES,
    DAY,
    INTAKE,
    ComplaintCustody,
    ProtectionCustody,
    a_brief,
    accepted,
    an_acceptance,
    folded,
    offered,
    opened,
    returned,
)

pytestmark = pytest.mark.database("complaint")

CUSTODY = "estafet.custody.v1"
REPLIES = "estafet.protection.handover.v1"
SOON = datetime.now(UTC) + DAY


@dataclass
class Desk:
    """Units of work of one service, one after the other or at once, on one database."""

    engine: sa.Engine
    service: str = "complaint"

    @contextmanager
    def work(self) -> Iterator[SqlUnitOfWork]:
        with working(a_runtime(self.engine, self.service), Work("Test", a_caller())) as uow:
            yield uow

    def reads(self, event: Message, *, writer: str, seq: int) -> None:
        """The service reads a record of the custody log, or a reply."""
        record = a_record(event, service=writer, seq=seq)
        cls = ProtectionCustody if self.service == "protection" else ComplaintCustody
        work = Work("follow_custody", a_caller(), record=record)
        with working(a_runtime(self.engine, self.service), work) as uow:
            reactions = worker_factory(cls, uow=uow)
            setattr(reactions, "told", [])  # noqa: B010 - only the receiver's hooks write there
            reactions.follow_custody(event)

    def reads_at_once(self, *told: tuple[Message, str, int]) -> None:
        """The service reads records (event, writer, number) in one batch."""
        runtime = a_runtime(self.engine, self.service)
        with self.engine.begin() as connection:
            together = Together(connection, datetime.now(UTC))
            for event, writer, seq in told:
                record = a_record(event, service=writer, seq=seq, time=A_MORNING)
                work = Work("follow_custody", a_caller(), record=record, together=together)
                uow = SqlUnitOfWork(together.session, runtime, work)
                worker_factory(ComplaintCustody, uow=uow).follow_custody(event)
                together.end_record()
            together.write()

    def hears(self, *, at: datetime) -> None:
        """Complaint reads protection's acceptance of offer 2."""
        reply = an_acceptance()
        record = a_record(reply, service="protection", time=at)
        work = Work("decide_reply", a_caller(), record=record)
        with working(a_runtime(self.engine, self.service), work) as uow:
            worker_factory(ComplaintCustody, uow=uow).decide_reply(reply)

    def custody(self) -> Custody:
        with self.work() as uow:
            custody = uow.read(Custody, "m1")
            assert isinstance(custody.offers, list)
        return custody

    def head(self) -> tuple[int, bool]:
        with Session(self.engine) as session:
            return head(session, CUSTODY, "m1")


@pytest.fixture
def desk(database: sa.Engine) -> Desk:
    return Desk(database)


@pytest.fixture
def with_offer(desk: Desk) -> Desk:
    with desk.work() as uow:
        holding.open_matter(uow, "m1", "complaint", INTAKE)
    with desk.work() as uow:
        holding.offer(uow, "m1", CASES, a_brief(), SOON, "Art 18")
    return desk


def test_what_others_do_among_themselves_is_folded_at_once_as_it_is_singly(desk: Desk) -> None:
    third = Desk(desk.engine, service="empowerment")
    log = [
        (opened(), "complaint"),
        (offered(), "complaint"),
        (accepted(), "complaint"),
        (returned(), "protection"),
    ]
    numbered = [(event, writer, seq) for seq, (event, writer) in enumerate(log, start=1)]
    other = (opened("m2", CASES), "protection", 1)
    third.reads_at_once(numbered[0], other, numbered[1])
    third.reads_at_once(*numbered[1:])
    custody, expected = third.custody(), folded(*log)
    assert (custody.holder, custody.stack) == (expected.holder, expected.stack)
    assert [offer.state for offer in custody.offers] == [OfferState.ACCEPTED]
    assert (custody.custody_no, custody.told_no) == (4, 4)
    with third.work() as uow:
        assert uow.read(Custody, "m2").holder == CASES


def test_a_batch_of_others_that_lacks_a_record_is_undone(desk: Desk) -> None:
    third = Desk(desk.engine, service="empowerment")
    with pytest.raises(BrokenLog, match="m1: HandoverAccepted 3 follows 1"):
        third.reads_at_once((opened(), "complaint", 1), (accepted(), "complaint", 3))
    with third.work() as uow:
        assert uow.find(Custody, "m1") is None


def test_our_own_records_come_back_in_a_batch_and_change_nothing(with_offer: Desk) -> None:
    before = with_offer.custody()
    with_offer.reads_at_once((opened(), "complaint", 1), (offered(due_at=SOON), "complaint", 2))
    after = with_offer.custody()
    assert (after.custody_no, after.told_no) == (before.custody_no, before.told_no) == (2, 0)
    assert len(after.offers) == 1


def test_a_database_that_is_an_older_copy_folds_its_own_records_again(desk: Desk) -> None:
    desk.reads_at_once((opened(), "complaint", 1), (offered(due_at=SOON), "complaint", 2))
    custody = desk.custody()
    assert (custody.custody_no, len(custody.offers)) == (2, 1)


def test_what_was_folded_comes_back_as_it_was(with_offer: Desk) -> None:
    with_offer.hears(at=datetime.now(UTC))
    custody = with_offer.custody()
    offer = custody.offers[0]
    assert (custody.holder, custody.stack, custody.children) == (CASE_OFFICER, (INTAKE,), ())
    assert (offer.giver, offer.receiver, offer.state) == (INTAKE, CASES, OfferState.ACCEPTED)
    assert (offer.due_at, offer.resource_id) == (SOON, "case-1")


def test_one_work_about_many_matters_writes_each_in_its_own_journey(desk: Desk) -> None:
    for matter_id in ("m1", "m2"):
        with desk.work() as uow:
            holding.open_matter(uow, matter_id, "complaint", INTAKE)
        with desk.work() as uow:
            holding.offer(uow, matter_id, CASES, a_brief(), SOON, "Art 18")
    with desk.work() as uow:
        for matter_id in ("m1", "m2"):
            holding.recount(uow, matter_id, SOON + DAY, "SKB (contoh)")
        told = uow.session.execute(
            sa.text("SELECT key, headers ->> 'ce_journeyid' FROM outbox WHERE seq = 3 ORDER BY key")
        )
        assert [tuple(row) for row in told] == [("m1", "m1"), ("m2", "m2")]
        set_at = sa.text("SELECT matter_id, journey_id FROM timer ORDER BY matter_id")
        assert [tuple(row) for row in uow.session.execute(set_at)] == [("m1", "m1"), ("m2", "m2")]


def test_nobody_looks_for_offers_of_what_was_only_opened(desk: Desk) -> None:
    with desk.work() as uow:
        holding.open_matter(uow, "m1", "complaint", INTAKE)
    with desk.work() as uow, statements(uow) as asked:
        assert uow.get(Custody, "m1").offers == uow.read(Custody, "m1").offers == []
    assert not any("FROM offer" in each for each in asked)


def test_an_offer_is_found_as_soon_as_there_is_one(with_offer: Desk) -> None:
    with with_offer.work() as uow, statements(uow) as asked:
        assert len(uow.get(Custody, "m1").offers) == 1
    assert any("FROM offer" in each for each in asked)


@contextmanager
def statements(uow: SqlUnitOfWork) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    connection = uow.session.connection()
    sa.event.listen(connection, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(connection, "before_cursor_execute", note)


def test_children_come_back_and_hold_their_parent_open(with_offer: Desk) -> None:
    with with_offer.work() as uow:
        holding.open_child(uow, "m1", "c1", "claim", INTAKE)
        holding.withdraw(uow, "m1")
    with pytest.raises(EstafetError, match="waits for c1"), with_offer.work() as uow:
        holding.close(uow, "m1", "settled")
    with with_offer.work() as uow:
        holding.close(uow, "c1", "paid")
        holding.close(uow, "m1", "settled")
    assert with_offer.custody().closed


def test_several_acts_in_one_transaction_build_on_each_other(with_offer: Desk) -> None:
    with with_offer.work() as uow:
        holding.withdraw(uow, "m1")
        holding.offer(uow, "m1", CASES, a_brief(), SOON)
        holding.withdraw(uow, "m1")
    states = [(offer.offer_no, offer.state) for offer in with_offer.custody().offers]
    assert states == [(2, OfferState.WITHDRAWN), (4, OfferState.WITHDRAWN)]


def test_the_giver_closes_its_head_with_the_acceptance(with_offer: Desk) -> None:
    with_offer.hears(at=datetime.now(UTC))
    assert with_offer.head() == (3, False)


def test_a_returned_matter_opens_the_givers_head_again(with_offer: Desk) -> None:
    with_offer.hears(at=datetime.now(UTC))
    back = returned()
    back.receiver.CopyFrom(CASE_OFFICER.to_proto())
    with_offer.reads(back, writer="protection", seq=4)
    assert (with_offer.head(), with_offer.custody().holder) == ((4, True), INTAKE)


def test_reading_history_again_does_not_open_a_head_that_has_moved_on(desk: Desk) -> None:
    receiver = Desk(desk.engine, "protection")
    for seq, event in enumerate((opened(), offered(), accepted()), start=1):
        receiver.reads(event, writer="complaint", seq=seq)
    with receiver.work() as uow:
        holding.give_back(uow, "m1", "settled")
    receiver.reads(accepted(), writer="complaint", seq=3)
    assert receiver.head() == (4, False)


def test_a_receivers_own_reply_is_kept_until_its_outcome(desk: Desk) -> None:
    receiver = Desk(desk.engine, "protection")
    event = offered(due_at=SOON)
    for seq, read in enumerate((opened(), event), start=1):
        receiver.reads(read, writer="complaint", seq=seq)
    with receiver.work() as uow:
        receiving.accept(uow, "m1", 2, "case-1")
    replies = [receiver.custody().offers[0].reply]
    receiver.reads(accepted(), writer="complaint", seq=3)
    replies.append(receiver.custody().offers[0].reply)
    assert replies == ["accepted", ""]


def test_the_index_allows_one_open_offer_even_behind_the_kernels_back(with_offer: Desk) -> None:
    second = Offer("m1", 9, INTAKE, CASES, "protection.case", "", SOON, SOON, clock_no=9)
    with pytest.raises(IntegrityError) as refused, with_offer.work() as uow:
        uow.add(second)
    assert isinstance(refused.value.orig, psycopg.errors.UniqueViolation)


def refused_after(first: Desk, deed: str) -> str:
    """What a second session is told that began while the first was about to commit."""
    told: list[str] = []

    def second() -> None:
        try:
            with first.work() as uow:
                DEEDS[deed](uow)
        except EstafetError as refusal:
            told.append(refusal.reason)

    thread = threading.Thread(target=second)
    with first.work() as uow:
        DEEDS[deed](uow)
        uow.session.flush()
        thread.start()
        wait_for_a_lock(first.engine)
    thread.join(10)
    return ", ".join(told)


def offer_it(uow: SqlUnitOfWork) -> None:
    holding.offer(uow, "m1", CASES, a_brief(), SOON)


def accept_it(uow: SqlUnitOfWork) -> None:
    """The record itself, without looking at the row first: only the head stands in the way."""
    event = accepted(holder=CASES)
    uow.emit(event)


DEEDS = {"offer": offer_it, "accept": accept_it}


def test_of_two_sessions_that_offer_at_once_one_is_told_of_the_other(desk: Desk) -> None:
    with desk.work() as uow:
        holding.open_matter(uow, "m1", "complaint", INTAKE)
    assert refused_after(desk, "offer") == "OFFER_OPEN"


def test_of_two_sessions_that_pass_the_baton_one_is_not_the_holder(with_offer: Desk) -> None:
    assert refused_after(with_offer, "accept") == "NOT_HOLDER"


def test_a_row_that_is_behind_its_log_writes_nothing(with_offer: Desk) -> None:
    with with_offer.engine.begin() as connection:
        connection.execute(sa.text("UPDATE stream_head SET seq = 7"))
    with pytest.raises(EstafetError, match="it stands at 7"), with_offer.work() as uow:
        holding.withdraw(uow, "m1")
    assert with_offer.head() == (7, True)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("m1", "complaint", "kp2mi"), True),
        (("m1", "protection", "kp2mi"), False),
        (("m1", "complaint", "bp3mi"), False),
        (("m1", "complaint", ""), False),
        (("m1", "", "kp2mi"), False),
        (("m2", "complaint", "kp2mi"), False),
    ],
    ids=str,
)
def test_a_holder_is_known_by_service_and_organisation(
    with_offer: Desk, asked: tuple[str, str, str], answer: bool
) -> None:
    with Session(with_offer.engine) as session:
        assert store.holds(session, *asked) is answer


def test_the_inbox_has_the_open_offers_of_a_service_by_clock(with_offer: Desk) -> None:
    with with_offer.work() as uow:
        holding.open_matter(uow, "m2", "complaint", INTAKE)
        holding.offer(uow, "m2", CASES, a_brief(), SOON - DAY / 2)
        holding.open_matter(uow, "m3", "complaint", INTAKE)
        holding.offer(uow, "m3", Party("protection", "bp3mi"), a_brief(), SOON)
        holding.withdraw(uow, "m3")
    with Session(with_offer.engine) as session:
        found = store.inbox(session, "protection")
    assert [offer.matter_id for offer in found] == ["m2", "m1"]


def is_heard(desk: Desk, until: datetime) -> bool:
    with desk.work() as uow:
        return uow.has_heard("complaint.custody", REPLIES, "m1", until)


def test_a_topic_is_heard_until_its_least_read_partition(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        for partition, at in ((0, SOON), (1, SOON - DAY)):
            write_positions(connection, "complaint.custody", {(REPLIES, partition): 1}, at)
    assert is_heard(desk, SOON - DAY)
    assert not is_heard(desk, SOON)


def test_a_topic_is_not_heard_while_a_partition_was_never_read_to_its_end(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        write_positions(connection, "complaint.custody", {(REPLIES, 0): 1}, SOON)
        write_positions(connection, "complaint.custody", {(REPLIES, 1): 1})
    assert not is_heard(desk, SOON - DAY)


def test_a_topic_of_which_nothing_was_read_is_not_heard(desk: Desk) -> None:
    assert not is_heard(desk, SOON - DAY)
