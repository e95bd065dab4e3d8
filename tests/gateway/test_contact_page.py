"""The page on which a family says how it may be reached without danger."""

import re
from html import unescape

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotFound, TooMany, Unauthenticated
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import NOBODY, a_door

COMPLAINT = "0190d5c2-0000-7000-8000-000000000001"
KEY = {"number": "ADU-1", "secret": "s"}
TYPED = {
    **KEY,
    "does": "save",
    "request_id": COMPLAINT,
    "channel_1": "sms",
    "address_1": "+62 811 0000 001",
    "readers_1": "employer",
    "bare_agreed_1": "yes",
    "channel_2": "email",
    "address_2": "budi@contoh.example",
    "readers_2": "me",
    "days_2": "sunday",
    "opens_2": "08:00",
    "closes_2": "20:00",
    "zone": "Asia/Riyadh",
    "language": "id",
    "code_word": "melati",
    "bare": "recipe",
}
UNTICKED = {name: value for name, value in TYPED.items() if name != "bare_agreed_1"}
PATH = "/follow/contact?lang=en"

# A telephone, on two days of the week.
A_PLAN = pb.ContactPlan(
    ways=[
        pb.ContactWay(
            channel="sms",
            address="+62811",
            safe=True,
            hours=[
                pb.SafeHours(weekday="monday", opens="18:00", closes="20:00"),
                pb.SafeHours(weekday="sunday", opens="08:00", closes="24:00"),
            ],
        )
    ],
    zone="Asia/Riyadh",
    language="id",
)


@pytest.fixture(autouse=True)
def let_in(deputy: Deputy) -> None:
    """Whoever comes has number and secret; there is no plan yet."""
    access = pb.OpenAccessResponse(complaint_id=COMPLAINT, token="short")  # noqa: S106 - played
    deputy.answers["OpenAccess"] = lambda *_: access
    deputy.answers["GetContactPlan"] = refusing(NotFound("no plan"))


def has(deputy: Deputy, doubt: str = "") -> None:
    """There is a plan."""
    found = pb.GetContactPlanResponse(plan=A_PLAN, doubt=doubt)
    deputy.answers["GetContactPlan"] = lambda *_: found


def methods(deputy: Deputy) -> list[str]:
    return [call.method.rpartition("/")[2] for call in deputy.calls]


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the page's largest form."""
    form = max(re.findall(r"<form.*?</form>", page, re.DOTALL), key=len)
    sent = dict(re.findall(r'<input(?! type="checkbox")[^>]*name="(\w+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        sent[name] = (chosen or re.findall(r'value="([^"]*)"', options))[0]
    return {name: unescape(value) for name, value in sent.items()}


def test_a_plan_that_is_typed_is_kept_whole(door: httpx.Client, deputy: Deputy) -> None:
    answer = door.post(PATH, data=TYPED)
    assert (answer.status_code, "We have kept how we may reach you." in answer.text) == (200, True)
    assert methods(deputy) == ["OpenAccess", "SetContactPlan", "GetContactPlan"]
    call = deputy.calls[1]
    assert call.metadata["authorization"] == "Bearer short"
    assert (call.request.request_id, call.request.complaint_id) == (COMPLAINT, COMPLAINT)
    sunday = pb.SafeHours(weekday="sunday", opens="08:00", closes="20:00")
    phone, mail = "+62 811 0000 001", "budi@contoh.example"
    assert call.request.plan == pb.ContactPlan(
        ways=[
            pb.ContactWay(channel="sms", address=phone, read_by_employer=True, bare_agreed=True),
            pb.ContactWay(channel="email", address=mail, safe=True, hours=[sunday]),
        ],
        zone="Asia/Riyadh",
        language="id",
        code_word="melati",
        bare="recipe",
    )


def test_looking_changes_nothing_and_says_why_it_looks(door: httpx.Client, deputy: Deputy) -> None:
    answer = door.post(PATH, data=KEY)
    assert answer.status_code == 200
    assert methods(deputy) == ["OpenAccess", "GetContactPlan"]
    assert deputy.calls[1].request.purpose


def test_what_the_form_cannot_say_is_kept_by_it(door: httpx.Client, deputy: Deputy) -> None:
    has(deputy)
    answer = door.post(PATH, data=KEY)
    assert re.search("Monday 18:00.20:00; Sunday 08:00.24:00", answer.text)
    door.post(PATH, data=fields_of(answer.text))
    assert deputy.calls[3].request.plan == A_PLAN


def test_every_input_has_its_label(door: httpx.Client, deputy: Deputy) -> None:
    has(deputy)
    text = door.post(PATH, data=KEY).text
    inputs = re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', text)
    assert len(inputs) > 15
    assert set(re.findall(r'<label for="([^"]+)"', text)) == set(inputs)


def test_a_field_that_is_wrong_is_named_with_its_way_and_all_is_kept(
    door: httpx.Client, deputy: Deputy
) -> None:
    wrong = (("plan.ways.1.address", "value_error", "this is no e-mail address"),)
    deputy.answers["SetContactPlan"] = refusing(Invalid("bad", fields=wrong))
    answer = door.post(PATH, data=TYPED)
    assert answer.status_code == 400
    assert 'id="address_2-error">Way 2: write a telephone number' in answer.text
    assert fields_of(answer.text) == {**fields_of(answer.text), **UNTICKED}
    assert "We have kept" not in answer.text


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("plan.ways[0].channel", 'id="channel_1-error">Way 1: choose by what.'),
        ("plan.ways.0.hours.0.opens", 'id="days_1-error">Way 1: choose the days.'),
        ("plan.zone", 'id="zone-error">Choose the place whose clock it is.'),
        ("plan.code_word", 'id="code_word-error">Code word: at most 24 letters'),
        ("plan", "One address stands here twice"),
    ],
)
def test_what_is_wrong_is_told_where_it_is(
    door: httpx.Client, deputy: Deputy, field: str, shown: str
) -> None:
    deputy.answers["SetContactPlan"] = refusing(Invalid("bad", fields=((field, "x", "y"),)))
    assert shown in door.post(PATH, data=TYPED).text


def test_hours_that_are_half_told_are_asked_for_and_nothing_is_kept(
    door: httpx.Client, deputy: Deputy
) -> None:
    answer = door.post(PATH, data={**TYPED, "closes_2": ""})
    assert 'id="closes_2-error">Way 2: say until what time.' in answer.text
    assert methods(deputy) == ["OpenAccess"]


@pytest.mark.parametrize(("does", "why"), [("doubt", "person_doubts"), ("trust", "")])
def test_a_plan_is_doubted_and_trusted_again_by_a_button(
    door: httpx.Client, deputy: Deputy, does: str, why: str
) -> None:
    has(deputy, doubt="" if does == "trust" else "person_doubts")
    answer = door.post(PATH, data={**KEY, "does": does, "request_id": COMPLAINT})
    assert answer.status_code == 200
    assert methods(deputy) == ["OpenAccess", "DoubtContactPlan", "GetContactPlan"]
    assert (deputy.calls[1].request.why, deputy.calls[1].request.request_id) == (why, COMPLAINT)


@pytest.mark.parametrize("does", ["", "doubt", "trust"])
def test_a_plan_that_cannot_be_shown_is_not_shown_as_an_empty_one(
    door: httpx.Client, deputy: Deputy, does: str
) -> None:
    deputy.answers["GetContactPlan"] = refusing(TooMany("no"))
    answer = door.post(PATH, data={**KEY, "does": does, "request_id": COMPLAINT})
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)
    assert 'name="zone"' not in answer.text


def test_a_doubted_plan_says_that_only_a_question_is_sent(
    door: httpx.Client, deputy: Deputy
) -> None:
    has(deputy, doubt="way_refused")
    text = door.post(PATH, data=KEY).text
    assert "we only ask whether we can still reach you" in text
    assert "They are safe" in text
    assert "I am not sure any more" not in text


def test_without_the_secret_nothing_of_the_plan_is_shown(
    door: httpx.Client, deputy: Deputy
) -> None:
    has(deputy)
    deputy.answers["OpenAccess"] = refusing(Unauthenticated("no"))
    answer = door.post(PATH, data=TYPED)
    assert (answer.status_code, "do not fit" in answer.text) == (401, True)
    assert "+62811" not in answer.text
    assert methods(deputy) == ["OpenAccess"]


def test_when_complaint_is_down_the_same_form_can_be_sent_again() -> None:
    with a_door(NOBODY) as client:
        answer = client.post(PATH, data=TYPED)
    assert answer.status_code == 503
    assert "nothing has been saved yet" in answer.text
    assert fields_of(answer.text) == {**fields_of(answer.text), **UNTICKED}


def test_a_form_that_was_changed_after_sending_gets_a_new_request_id(
    door: httpx.Client, deputy: Deputy
) -> None:
    deputy.answers["SetContactPlan"] = refusing(Invalid("reused", reason="REQUEST_ID_REUSED"))
    answer = door.post(PATH, data=TYPED)
    assert fields_of(answer.text)["address_2"] == "budi@contoh.example"
    assert fields_of(answer.text)["request_id"] != COMPLAINT
