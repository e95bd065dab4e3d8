"""Insight decides nothing, tells nothing, and knows nothing of who people are."""

from estafet.insight.v1 import service_pb2 as pb

from services.chassis import catalogue
from services.handover.baton import HandoverReactions
from services.insight.reactions import InsightReactions
from tests.contract.calls import is_personal


def test_it_has_no_event_and_no_command() -> None:
    assert "insight" not in catalogue.deputies()
    assert [event for event in catalogue.events() if "insight" in event.DESCRIPTOR.full_name] == []
    taken = catalogue.methods("insight").values()
    assert [one.name for one in taken if "request_id" in one.input_type.fields_by_name] == []


def test_it_holds_no_matter() -> None:
    assert not issubclass(InsightReactions, HandoverReactions)


def test_nothing_that_it_is_asked_or_answers_is_personal() -> None:
    messages = pb.DESCRIPTOR.message_types_by_name.values()
    assert [message.name for message in messages if is_personal(message)] == []
