"""Every rpc called as everybody, by real gRPC: the answer follows from the permission option."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor

from infra.identity.clients import Client
from services.chassis import catalogue
from services.chassis.permission import ROLES
from tests.journeys.calls import Channels, Outcome, methods, request_for
from tests.journeys.clarification import ClarificationStory, a_story
from tests.journeys.people import Refused
from tests.journeys.relay import Relay
from tests.journeys.story import Story

pytestmark = pytest.mark.stack

# The party that holds a complaint when it is filed, another deputy of the same organisation, and
# another organisation: each as (service, organisation).
HOLDER, DEPUTY, MINISTRY = ("complaint", "kp2mi"), ("protection", "kp2mi"), ("exchange", "kemlu")
DENIED = grpc.StatusCode.PERMISSION_DENIED
UNKNOWN = grpc.StatusCode.UNAUTHENTICATED
# What is sent in the place of a token, to those who need none.
WRONG_KEYS = frozenset({"WRONG_SECRET", "REFERENCE_INVALID"})
CALLS = list(methods())
NAMES = [f"{service}.{method.name}" for service, method in CALLS]


@dataclass(frozen=True)
class Somebody:
    """A caller as a test knows them. `refused`: why the token is worth nothing anywhere."""

    name: str
    token: str = ""
    role: str = ""
    party: tuple[str, str] = ("", "")
    # Whose own matter the call is about: complainant, p3mi.
    own: str = ""
    refused: str = ""


@pytest.fixture(scope="module")
def matter(relay: Relay) -> Story:
    return Story(relay).file()


@pytest.fixture(scope="module")
def invited(relay: Relay) -> ClarificationStory:
    return a_story(relay).invite().open()


@pytest.fixture(scope="module")
def everybody(relay: Relay, matter: Story, invited: ClarificationStory) -> list[Somebody]:
    theirs = [*complainants(relay, matter), *agencies(relay, invited)]
    return [*officers(relay), *theirs, *strangers(relay)]


def officers(relay: Relay) -> Iterator[Somebody]:
    for party in (HOLDER, DEPUTY, MINISTRY):
        for role in ROLES:
            token = relay.token(Client("x", f"{role}:x", (role,), *party))
            yield Somebody(f"{role} of {party}", token, role, party)


def complainants(relay: Relay, matter: Story) -> Iterator[Somebody]:
    for name, story in (("own", matter), ("other", Story(relay).file())):
        key = {"number": story.number, "secret": story.secret}
        token = relay.person().post("/v1/access", **key)["token"]
        own = "complainant" if story is matter else ""
        yield Somebody(f"complainant of {name} matter", token, own=own)


def agencies(relay: Relay, invited: ClarificationStory) -> Iterator[Somebody]:
    yield Somebody("p3mi of own clarification", invited.agency.token, own="p3mi")
    other = a_story(relay).invite().open()
    yield Somebody("p3mi of other clarification", other.agency.token)


def strangers(relay: Relay) -> Iterator[Somebody]:
    client = Client("x", "officer:x", ROLES, *HOLDER)
    good = relay.token(client)
    yield Somebody("nobody")
    yield Somebody("no role", relay.token(Client("x", "officer:x", (), *MINISTRY)))
    for party in (HOLDER, DEPUTY):
        token = relay.token(Client("x", "x", (), *party))
        yield Somebody(f"no role of {party}", token, party=party)
    elsewhere = relay.token(client, audience="another")
    yield Somebody("another audience", elsewhere, refused="WRONG_AUDIENCE")
    expired = relay.token(client, lifetime_seconds=-120)
    yield Somebody("expired", expired, refused="TOKEN_EXPIRED")
    header, _, signature = good.split(".")
    forged = ".".join(
        (header, relay.token(Client("x", "y", ROLES, *HOLDER)).split(".")[1], signature)
    )
    yield Somebody("forged", forged, refused="BAD_TOKEN")
    yield Somebody("no token at all", "nonsense", refused="BAD_TOKEN")


def expected(service: str, method: MethodDescriptor, who: Somebody) -> str:
    """What the option says: "in", or the reason of the refusal."""
    option = catalogue.permission(method)
    assert option is not None
    if who.refused:
        return who.refused
    if who.name.startswith(("complainant", "p3mi")) and service != "complaint":
        return "UNKNOWN_ISSUER"  # such a token is complaint's own and good there only
    if option.public or who.role in option.roles:
        return "in"
    if not who.token:
        return "TOKEN_MISSING"
    if option.own_matter and who.own == (option.own_role or "complainant"):
        return "in"
    return "in" if option.holder and who.party == HOLDER else "PERMISSION"


def answered(outcome: Outcome) -> str:
    """Whether a call was let in, else why not. What is let in may still be told no such thing."""
    if outcome.code not in (DENIED, UNKNOWN) or outcome.reason in WRONG_KEYS:
        return "in"
    assert outcome.code is (DENIED if outcome.reason == "PERMISSION" else UNKNOWN)
    return outcome.reason


@pytest.fixture(scope="module")
def channels(relay: Relay) -> Iterator[Channels]:
    made = Channels(relay.stack)
    yield made
    made.close()


@pytest.mark.parametrize(("service", "method"), CALLS, ids=NAMES)
def test_everybody_gets_the_answer_that_the_option_says(
    service: str,
    method: MethodDescriptor,
    everybody: list[Somebody],
    matter: Story,
    invited: ClarificationStory,
    channels: Channels,
) -> None:
    wanted = {who.name: expected(service, method, who) for who in everybody}
    got = {}
    for who in everybody:
        request: Any = request_for(method, matter.complaint_id)
        if "clarification_id" in method.input_type.fields_by_name:
            request.clarification_id = invited.clarification_id
        got[who.name] = answered(channels.call(service, method, request, who.token))
    assert got == wanted


def test_an_rpc_lets_in_only_those_who_are_named(everybody: list[Somebody]) -> None:
    lets_in = Counter(
        f"{service}.{method.name}"
        for service, method in CALLS
        for who in everybody
        if expected(service, method, who) == "in"
    )
    [nobody] = [who for who in everybody if who.name == "nobody"]
    open_to_all = {
        f"{service}.{method.name}"
        for service, method in CALLS
        if expected(service, method, nobody) == "in"
    }
    assert open_to_all == {
        "complaint.FileComplaint",
        "complaint.OpenAccess",
        "complaint.ReceiveMessage",
        "complaint.OpenClarification",
        "complaint.OpenFile",
        "complaint.VerifyDocument",
        "complaint.ListPages",
        "complaint.SearchPages",
        "complaint.GetPage",
        "complaint.FindMission",
        "placement.GetP3mi",
    }
    assert all(lets_in[name] for name in NAMES)


def test_a_refusal_does_not_tell_whether_the_complaint_exists(
    relay: Relay, channels: Channels, matter: Story
) -> None:
    token = relay.token(Client("x", "officer:x", ("legal_aide",), *MINISTRY))
    method = catalogue.methods("complaint")["GetComplaint"]
    nowhere = "0190a000-0000-7000-8000-000000000000"
    answers = {
        channels.call("complaint", method, request_for(method, matter_id), token)
        for matter_id in (matter.complaint_id, nowhere)
    }
    assert len(answers) == 1


def test_who_may_read_a_person_follows_the_baton(relay: Relay) -> None:
    """The deputy that works on a complaint reads it, and no other deputy of the organisation."""
    story = Story(relay).file().triage()
    path, purpose = f"/v1/complaints/{story.complaint_id}", "to hear the worker"
    with pytest.raises(Refused) as refused:
        story.case_officer.get(path, purpose=purpose)
    assert refused.value.reason == "PERMISSION"
    story.offer().accept().wait_for_stage("HANDED_OVER")
    assert story.case_officer.get(path, purpose=purpose)["narrative"] == "a story"
