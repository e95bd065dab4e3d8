"""JSON, query and path become messages; what does not fit is named without its value."""

from collections.abc import Callable

import pytest
from estafet.complaint.v1 import service_pb2 as complaint_pb
from estafet.protection.v1 import service_pb2 as protection_pb

from services.gateway.problems import FieldError, Problem
from services.gateway.rpcs import Rpc, rpcs_of
from services.gateway.transcode import from_query, to_json, to_message

RPCS = {rpc.name.split("/")[1]: rpc for rpc in rpcs_of(["complaint", "protection"])}
CANARY = "CANARY-7f3a"


def errors_of(act: Callable[[], object]) -> tuple[FieldError, ...]:
    with pytest.raises(Problem) as caught:
        act()
    assert CANARY not in repr(vars(caught.value))
    return caught.value.errors


def rpc(name: str) -> Rpc:
    return RPCS[name]


def test_names_may_be_snake_case_or_lower_camel_case() -> None:
    document = {"complainant_name": "A", "workerName": "B", "channel": "CHANNEL_WEB"}
    assert to_message(rpc("FileComplaint"), document, {}, "r") == complaint_pb.FileComplaintRequest(
        request_id="r",
        complainant_name="A",
        worker_name="B",
        channel=complaint_pb.CHANNEL_WEB,
    )


@pytest.mark.parametrize("number", [7, "7"])
def test_a_64_bit_integer_may_be_a_number_or_text(number: object) -> None:
    message = to_message(rpc("AcceptOffer"), {"offer_no": number}, {"matter_id": "m"}, "r")
    assert message == protection_pb.AcceptOfferRequest(request_id="r", matter_id="m", offer_no=7)


def test_the_callers_own_request_id_is_kept() -> None:
    message = to_message(rpc("FileComplaint"), {"request_id": "mine"}, {}, "doors")
    assert message == complaint_pb.FileComplaintRequest(request_id="mine")


def test_an_unknown_field_is_named_with_its_path() -> None:
    document = {"commitment": {"amount": {"amount": 1, "colour": CANARY}}}
    errors = errors_of(lambda: to_message(rpc("HoldMediation"), document, {"case_id": "c"}, "r"))
    assert [(e.field, e.rule) for e in errors] == [("commitment.amount.colour", "unknown_field")]


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"narrative": [CANARY]}, "must be text"),
        ({"urgent": CANARY}, "must be true or false"),
        ({"channel": CANARY}, "must be a name of Channel"),
        ({"narrative": f"\ud800{CANARY}"}, "must be text"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_but_not_repeated(
    document: dict[str, object], wanted: str
) -> None:
    errors = errors_of(lambda: to_message(rpc("FileComplaint"), document, {}, "r"))
    assert errors == (FieldError(next(iter(document)), "type", wanted),)


def test_every_wrong_field_is_named_at_once() -> None:
    document = {"narrative": 1, "urgent": "no", "colour": "red"}
    errors = errors_of(lambda: to_message(rpc("FileComplaint"), document, {}, "r"))
    assert [error.field for error in errors] == ["narrative", "urgent", "colour"]


def test_a_character_that_no_database_keeps_is_refused() -> None:
    errors = errors_of(lambda: to_message(rpc("FileComplaint"), {"contact": "a\0b"}, {}, "r"))
    assert [(e.field, e.rule) for e in errors] == [("contact", "no_nul")]


def test_a_body_may_repeat_what_the_path_says_but_not_contradict_it() -> None:
    path = {"complaint_id": "c1"}
    same = to_message(rpc("OfferComplaint"), {"complaint_id": "c1"}, path, "r")
    assert same == complaint_pb.OfferComplaintRequest(request_id="r", complaint_id="c1")
    other = {"complaint_id": "c2"}
    errors = errors_of(lambda: to_message(rpc("OfferComplaint"), other, path, "r"))
    assert [(e.field, e.rule) for e in errors] == [("complaint_id", "path")]


def test_a_query_gives_scalars_and_enums_by_name() -> None:
    pairs = [("stage", "STAGE_OFFERED"), ("page_size", "20")]
    document = from_query(rpc("ListComplaints"), pairs)
    assert to_message(rpc("ListComplaints"), document, {}, "") == (
        complaint_pb.ListComplaintsRequest(stage=complaint_pb.STAGE_OFFERED, page_size=20)
    )


def test_an_unknown_parameter_is_named() -> None:
    errors = errors_of(lambda: from_query(rpc("ListComplaints"), [("colour", CANARY)]))
    assert [(e.field, e.rule) for e in errors] == [("colour", "unknown_field")]


def test_a_parameter_that_is_no_list_may_be_given_once_only() -> None:
    pairs = [("page_size", "1"), ("page_size", "2")]
    errors = errors_of(lambda: from_query(rpc("ListComplaints"), pairs))
    assert [(e.field, e.rule) for e in errors] == [("page_size", "repeated")]


def test_an_answer_is_snake_case_and_prints_empty_fields_without_presence() -> None:
    answer = protection_pb.Case(case_id="c")
    assert to_json(answer) == (
        b'{"case_id":"c","matter_id":"","status":"CASE_STATUS_UNSPECIFIED","category":"",'
        b'"severity":0,"country":"","result":"","worker_id":"","consents":[]}'
    )
