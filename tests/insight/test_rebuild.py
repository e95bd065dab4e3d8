"""What insight keeps follows from what each key tells, whatever the order of keys and topics."""

import random
from datetime import datetime

import pytest
import sqlalchemy as sa
from estafet.handover.v1 import custody_pb2 as pb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis import catalogue
from services.chassis.progress import Delivery
from services.chassis.runtime import Work
from services.insight.domain import Holding
from services.insight.store import held_at
from tests.databases import a_runtime, working
from tests.handover import briefs
from tests.handover.simple_fold import State, after
from tests.insight.builders import HOUR, M1, M2, PROTECTION, Matter, read
from tests.insight.reading import Reader, a_history, custody_logs, delivery, interleaved
from tests.support.examples import examples

pytestmark = pytest.mark.database("insight")
SEEDS = 40


@pytest.fixture(autouse=True)
def every_service_takes_hand_overs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "briefs", briefs.briefs)


@pytest.mark.property
@settings(
    max_examples=examples(10, in_depth=200),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, SEEDS), st.integers(0, 10**6), st.lists(st.integers(1, 60), max_size=30))
def test_every_order_between_topics_and_every_batch_leads_to_the_same_tables(
    database: sa.Engine, seed: int, order: int, sizes: list[int]
) -> None:
    logs, reader = a_history(seed), Reader(database)
    reader.empty()
    plain = reader.read(interleaved(logs, random.Random(0))).tables()  # noqa: S311 - repeatable
    reader.empty()
    other = reader.read(interleaved(logs, random.Random(order)), sizes).tables()  # noqa: S311 - idem
    assert other == plain
    assert len(plain["seen"]) == sum(len({each.record.seq for each in log}) for log in logs)
    assert nothing_is_parked(database)


def test_one_topic_after_the_other_leads_to_the_same_tables(database: sa.Engine) -> None:
    logs, reader = a_history(3), Reader(database)
    by_topic = sorted(logs, key=lambda log: log[0].record.topic)
    tables = []
    for order in (by_topic, by_topic[::-1]):
        reader.empty()
        for log in order:
            reader.read(interleaved([log], random.Random(0)))  # noqa: S311 - repeatable
        tables.append(reader.tables())
    assert tables[0] == tables[1]


def test_a_log_that_breaks_is_parked_and_holds_up_no_other(database: sa.Engine) -> None:
    """Though the whole batch is folded at once."""
    good, bad = Matter(M1), Matter(M2)
    reader = read(database, good, bad)
    stray = pb.HandoverLapsed(matter_id=M2, offer_no=1, lapses=1)
    given = good.offered(PROTECTION, good.at + HOUR).log[-1]
    broken = delivery(stray, "complaint", 2, journey_id=M2)
    reader.read(interleaved([[broken], [given]], random.Random(0)))  # noqa: S311 - repeatable
    with database.begin() as connection:
        parked = connection.execute(sa.text("SELECT key, seq, error FROM parked")).all()
        rows = connection.execute(sa.text("SELECT matter_id, custody_no FROM matter")).all()
    assert [(row.key, row.seq) for row in parked] == [(M2, 2)]
    assert parked[0].error == "BrokenLog"
    assert {row.matter_id: row.custody_no for row in rows} == {M1: 2, M2: 1}


def nothing_is_parked(engine: sa.Engine) -> bool:
    with engine.begin() as connection:
        return not connection.execute(sa.text("SELECT FROM parked")).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_names_the_holder_at_every_instant(database: sa.Engine, seed: int) -> None:
    """As a fold of the tests' own tells it; nobody holds what is closed or not yet opened."""
    logs = a_history(seed)
    Reader(database).read(interleaved(logs, random.Random(seed)))  # noqa: S311 - repeatable
    custody = custody_logs(logs)
    instants = sorted({each.record.time for log in custody.values() for each in log})
    with working(a_runtime(database, "insight"), Work("test")) as uow:
        for at in instants:
            found = held_at(uow.session, at, ("", ""), None, 200)
            held = {row[0].matter_id: _party(row[0]) for row in found}
            assert len(held) == len(found), "a matter has two holders"
            assert held == {
                matter_id: state.holder
                for matter_id, log in custody.items()
                if (state := _state(log, at)).holders and not state.closed
            }


def _state(log: list[Delivery], at: datetime) -> State:
    """A matter after all that was told of it by an instant."""
    state = State()
    for each in log:
        if each.record.time <= at:
            event_type = catalogue.message_type(each.record.type)
            assert event_type is not None
            state = after(state, each.record.seq, event_type.FromString(each.payload))
    return state


def _party(holding: Holding) -> tuple[str, ...]:
    return (holding.service, holding.organisation, holding.unit, holding.officer_id)
