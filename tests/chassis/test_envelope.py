"""The envelope of an event, and what is no envelope."""

from datetime import UTC, datetime, timedelta

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled

from services.chassis.clock import real_now
from services.chassis.envelope import Origin, Record, Unreadable, open_envelope, seal

FILED = ComplaintFiled(complaint_id="c1")
DOMAIN_TIME = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)


def headers(**changed: str) -> dict[str, str]:
    origin = Origin("complaint", "officer-1", "j1", causation_id="cause")
    return seal(FILED, "c1", origin, DOMAIN_TIME) | {"ce_sequence": "7"} | changed


def opened(**changed: str) -> Record:
    return open_envelope("estafet.complaint.v1", "c1", headers(**changed), (3, 9))


def test_what_was_sealed_is_opened() -> None:
    record = opened()
    assert (record.topic, record.key, record.seq) == ("estafet.complaint.v1", "c1", 7)
    assert record.type == "estafet.complaint.v1.ComplaintFiled"
    assert (record.source, record.actor) == ("estafet.complaint", "officer-1")
    assert (record.journey_id, record.time) == ("j1", DOMAIN_TIME)
    assert record.headers["ce_causationid"] == "cause"
    assert record.position == (3, 9)


def test_each_envelope_has_an_id_of_its_own() -> None:
    assert opened().record_id != opened().record_id


def test_without_a_journey_the_key_is_its_own() -> None:
    sealed = seal(FILED, "c1", Origin("complaint", "officer-1", ""), DOMAIN_TIME)
    assert sealed["ce_journeyid"] == "c1"


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_time", "ce_sequence"])
def test_a_missing_header_is_named(name: str) -> None:
    told = headers()
    del told[name]
    with pytest.raises(Unreadable, match=f"no header {name}"):
        open_envelope("t", "c1", told)


@pytest.mark.parametrize(
    "text", ["0", "-1", "", "x", "1.0", "1_0", " 1", "\u0661", "9" * 19, "9" * 5000]
)
def test_a_sequence_that_no_row_can_hold_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        opened(ce_sequence=text)


@pytest.mark.parametrize("text", ["yesterday", "2024-03-04", "2024-03-04T03:00:00"])
def test_a_time_that_is_no_instant_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        opened(ce_time=text)


def test_what_is_wrong_does_not_repeat_what_was_written() -> None:
    with pytest.raises(Unreadable) as wrong:
        opened(ce_sequence="a canary")
    assert "canary" not in str(wrong.value)


def test_a_record_is_fresh_for_an_hour_of_real_time() -> None:
    old = (real_now() - timedelta(minutes=61)).isoformat()
    assert opened().fresh
    assert not opened(ce_recordedtime=old).fresh
    assert not opened(ce_recordedtime="").fresh
