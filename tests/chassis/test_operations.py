"""What every service answers about itself: the keys that wait in it, to other services only."""

import pytest
import sqlalchemy as sa
from estafet.chassis.v1 import operations_pb2 as pb

from services.chassis import catalogue
from services.chassis.operations import with_operations
from services.complaint.api import ComplaintApi
from tests.chassis.counter import Counter, Refusal, serving

pytestmark = pytest.mark.database("complaint")
_PARK = sa.text(
    """
    INSERT INTO parked (consumer, topic, key, seq, record_id, headers, payload, reason, attempts,
                        parked_at)
    VALUES ('complaint.custody', 'estafet.custody.v1', :key, :seq, 'r', '{}', 'x', :reason, 2,
            now() - make_interval(mins => :ago))
    """
)


def park(engine: sa.Engine, key: str, seq: int, reason: str, ago: int) -> None:
    with engine.begin() as connection:
        connection.execute(_PARK, {"key": key, "seq": seq, "reason": reason, "ago": ago})


def read_parked(counter: Counter, token: str) -> pb.ReadParkedResponse:
    method = catalogue.operations()["ReadParked"]
    answer: pb.ReadParkedResponse = counter.call_method(method, pb.ReadParkedRequest(), token)
    return answer


def test_a_service_tells_the_first_record_of_each_key_that_waits(database: sa.Engine) -> None:
    park(database, "young", 7, "waiting", ago=1)
    park(database, "old", 3, "failed", ago=9)
    park(database, "old", 4, "behind", ago=2)
    with serving(with_operations(ComplaintApi), database) as counter:
        told = read_parked(counter, counter.token("service"))
    assert [(each.key, each.first, each.records, each.reason) for each in told.keys] == [
        ("old", 3, 2, "failed"),
        ("young", 7, 1, "waiting"),
    ]
    assert (told.total, told.keys[0].HasField("retry_at")) == (2, False)


def test_nobody_but_a_service_is_told(database: sa.Engine) -> None:
    with serving(with_operations(ComplaintApi), database) as counter:
        token = counter.token("complaint_officer", "coordinator", "auditor")
        with pytest.raises(Refusal) as refused:
            read_parked(counter, token)
    assert refused.value.reason == "PERMISSION"
