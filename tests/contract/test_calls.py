"""Every rpc says who may call it and where it is at the door, and keeps the common forms."""

from collections.abc import Callable, Iterator

import pytest
from google.protobuf.descriptor import MethodDescriptor

from tests.contract import calls
from tests.contract.drafts import a_call, a_field

Rule = Callable[[MethodDescriptor], Iterator[str]]

POST = '[google.api.http] { post: "/v1/things" body: "*" }'
GET = '[google.api.http] { get: "/v1/things" }'
REQUEST_ID = a_field("request_id")


def may(option: str) -> str:
    return f"[estafet.options.v1.permission] {{ {option} }}"


@pytest.mark.parametrize(
    "rule", [calls.permission_problems, calls.http_problems, calls.request_problems]
)
def test_every_rpc_keeps_the_rules(rule: Rule) -> None:
    found = [f"{call.full_name} {problem}" for call in calls.our_calls() for problem in rule(call)]
    assert found == []


def test_there_are_rpcs_to_look_at() -> None:
    services = {call.containing_service.name for call in calls.our_calls()}
    assert services >= {"ComplaintService", "ProtectionService"}


def test_no_two_rpcs_are_at_one_place() -> None:
    assert calls.at_one_place(calls.our_calls()) == []


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("", "has no permission"),
        (may(""), "is either public or names who may call it"),
        (may('public: true roles: "auditor"'), "is either public or names who may call it"),
        (may('roles: "king"'), "knows no role king"),
        (may("holder: true"), "names a matter_field exactly where holder or own_matter needs it"),
        (may('own_matter: true matter_field: "thing_id"'), "has no string thing_id in its request"),
        (
            may('own_matter: true matter_field: "note" own_role: "guest"'),
            "knows no role guest",
        ),
        (may('roles: "auditor" own_role: "p3mi"'), "names an own_role without own_matter"),
        (may('public: true urgent_field: "note"'), "has no bool note in its request"),
    ],
)
def test_a_permission_without_sense_is_found(option: str, problem: str) -> None:
    call = a_call(option, request=[a_field("note")])
    assert list(calls.permission_problems(call)) == [problem]


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("", "has no http annotation with get or post"),
        ('[google.api.http] { post: "/v1/things" }', 'has body "*" exactly when it is a post'),
        ('[google.api.http] { get: "/things" }', "lies outside of /v1/: /things"),
        ('[google.api.http] { get: "/v1/{what}" }', "has no string what in its request"),
    ],
)
def test_an_rpc_that_the_door_cannot_serve_is_found(option: str, problem: str) -> None:
    assert list(calls.http_problems(a_call(option))) == [problem]


def test_an_rpc_between_services_that_is_at_the_door_is_found() -> None:
    call = a_call(may('roles: "service"'), GET)
    assert list(calls.http_problems(call)) == ["is at the door, where no service calls"]


def test_a_command_without_a_request_id_is_found() -> None:
    (problem,) = calls.request_problems(a_call(POST))
    assert problem == "is a command whose first field is no request_id"


def test_a_request_id_that_may_be_anything_is_found() -> None:
    (problem,) = calls.request_problems(a_call(POST, request=[REQUEST_ID]))
    assert problem == "takes a request_id that is no uuid"


def test_a_query_with_a_request_id_is_found() -> None:
    (problem,) = calls.request_problems(a_call(GET, request=[REQUEST_ID]))
    assert problem == "is a get with a request_id"


def test_a_list_without_pages_is_found() -> None:
    assert list(calls.request_problems(a_call(GET, name="ListThings"))) == [
        "is a list without a page_size of at most 200",
        "is a list without page_token and next_page_token",
    ]


def test_reading_personal_data_without_a_purpose_is_found() -> None:
    phone = a_field("phone", data="DATA_PERSONAL")
    call = a_call(GET, may('roles: "auditor"'), response=[phone])
    assert list(calls.request_problems(call)) == ["reads personal data without a purpose"]


def test_two_rpcs_at_one_place_are_found() -> None:
    one, other = a_call(GET), a_call(GET)
    assert calls.at_one_place([one, other]) == [f"{one.full_name} and {other.full_name}"]
