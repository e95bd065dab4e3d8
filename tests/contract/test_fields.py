"""No personal data on topics: every field is classified, events and briefs hold codes and ids."""

import pytest
from google.protobuf.descriptor import Descriptor

from tests.contract import fields
from tests.contract.drafts import a_field, a_message, an_event, messages


def test_every_field_says_how_sensitive_it_is() -> None:
    assert fields.unclassified(fields.our_messages()) == []


def test_a_field_that_says_nothing_is_found() -> None:
    (draft,) = messages(a_message("Thing", a_field("phone", data="")))
    assert fields.unclassified([draft]) == [f"{draft.full_name}.phone"]


def test_there_are_events_and_briefs_to_look_at() -> None:
    names = {event.name for event in fields.our_events()}
    assert names >= {"ComplaintFiled", "HandoverOffered", "ProtectionCaseBrief"}


def test_no_event_and_no_brief_carries_personal_data() -> None:
    assert fields.not_for_topics(fields.our_events()) == []


@pytest.mark.parametrize("data", ["DATA_PERSONAL", "DATA_SENSITIVE"])
def test_an_event_with_personal_data_is_found(data: str) -> None:
    event = an_event(a_field("phone", data=data))
    assert fields.not_for_topics([event]) == [f"{event.full_name}.phone is {data}"]


def test_personal_data_deep_in_an_event_is_found() -> None:
    event = with_inner_fields(a_field("name", data="DATA_PERSONAL"))
    assert fields.not_for_topics([event]) == [f"{event.full_name}.inner.name is DATA_PERSONAL"]


def test_an_event_that_may_hold_anything_is_found() -> None:
    event = an_event(a_field("what", "google.protobuf.Any"))
    (problem,) = fields.not_for_topics([event])
    assert problem == f"{event.full_name}.what may hold anything: it is a google.protobuf.Any"


def test_an_event_may_tell_instants() -> None:
    assert fields.not_for_topics([an_event(a_field("at", "google.protobuf.Timestamp"))]) == []


def test_every_event_lies_on_its_own_topic_under_a_key_it_has() -> None:
    assert fields.misrouted(fields.our_events()) == []


def test_an_event_on_anothers_topic_is_found() -> None:
    event = an_event(topic="estafet.complaint.v1")
    assert fields.misrouted([event]) == [
        f"{event.full_name}: estafet.complaint.v1 is another's topic"
    ]


def test_an_event_without_its_key_is_found() -> None:
    event = an_event(key="other_id")
    (problem,) = fields.misrouted([event])
    assert problem == f"{event.full_name}: the key other_id is no string field of it"


def with_inner_fields(*inner: str) -> Descriptor:
    event, _ = messages(
        a_message("ThingDone", a_field("inner", "{package}.Inner")), a_message("Inner", *inner)
    )
    return event
