"""Real trouble, shown by a real process, asked of Prometheus' own rules: the alert fires."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.outbox import shard_of
from services.chassis.relay import Relay
from tests.chassis.trial import Trial, a_key
from tests.databases import a_runtime
from tests.support.promtool import fires, without_promtool
from tests.support.scraped import scrape, shown
from tests.support.waiting import until

pytestmark = without_promtool

ROW_OF_TWO_MINUTES_AGO = sa.text(
    """
    INSERT INTO outbox (shard, topic, key, seq, headers, payload, created_at)
    VALUES (:shard, 'estafet.complaint.v1', :key, 1, '{}', '', now() - interval '2 minutes')
    """
)


@pytest.mark.broker
def test_a_parked_key_raises_its_alert_until_it_is_requeued(trial: Trial, tmp_path: Path) -> None:
    key = a_key()
    trial.faults[key] = ValueError("a bug")
    trial.tell(key)
    with trial.reading() as container, shown(container.runtime) as port:
        until(lambda: trial.parked(key) != [])
        before = scrape(port)
        trial.faults.clear()
        trial.requeue(key)
        until(lambda: trial.parked(key) == [])
        after = scrape(port)
    fired = [fires("KeysParked", each.lasting, tmp_path) for each in (before, after)]
    assert fired == [True, False]


@pytest.mark.database
def test_a_broker_that_is_away_raises_its_alert(database: sa.Engine, tmp_path: Path) -> None:
    runtime = a_runtime(database)
    runtime.settings.kafka_bootstrap = "127.0.0.1:1"
    key = a_key()
    with database.begin() as connection:
        connection.execute(ROW_OF_TWO_MINUTES_AGO, {"shard": shard_of(key), "key": key})
    relay = Relay(runtime)
    with shown(runtime) as port:
        relay.start()
        found = scrape(port)
        relay.stop()
    assert fires("OutboxOld", found.lasting, tmp_path)


@pytest.mark.database
def test_while_all_is_well_no_alert_is_raised(database: sa.Engine, tmp_path: Path) -> None:
    with shown(a_runtime(database)) as port:
        found = scrape(port)
    assert not fires("OutboxOld", found.lasting, tmp_path)
