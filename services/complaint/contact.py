"""The contact plan of whoever complained, as the proto has it and as the kernel does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estafet.complaint.v1 import service_pb2 as pb
from pydantic import ValidationError

from services.chassis.errors import Invalid
from services.messages.notice import Audience, Channel
from services.messages.plan import Plan, Way

ALWAYS = "always"


@dataclass(eq=False)
class Unclaimed:
    """A message that belongs to no complaint that is known; all of it is personal."""

    incoming_id: str
    channel: str
    address: str
    text: str
    received_at: datetime


@dataclass(eq=False)
class Received:
    """A message that was taken: a gateway may bring it again."""

    received_id: str
    received_at: datetime


def plan_of(told: pb.ContactPlan) -> Plan:
    """The plan that a request tells; Invalid names each field, and repeats nothing of it."""
    try:
        return Plan.model_validate(
            {
                "ways": tuple(_way(each) for each in told.ways),
                "zone": told.zone,
                "language": told.language or "id",
                "code_word": told.code_word,
                "bare": told.bare,
                "without_content": told.without_content,
            }
        )
    except ValidationError as error:
        raise Invalid("the contact plan cannot be used", fields=_problems(error)) from None


def _way(told: pb.ContactWay) -> dict[str, Any]:
    hours = [
        {"weekday": each.weekday, "opens": each.opens, "closes": each.closes} for each in told.hours
    ]
    return {
        "channel": told.channel,
        "address": told.address,
        "safe": told.safe,
        "hours": tuple(hours) or ALWAYS,
        "read_by_employer": told.read_by_employer,
        "bare_agreed": told.bare_agreed,
    }


def _problems(error: ValidationError) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (".".join(("plan", *map(str, each["loc"]))), each["type"], each["msg"])
        for each in error.errors(include_input=False, include_context=False)
    )


def plan_view(plan: Plan) -> pb.ContactPlan:
    """A plan as the proto has it."""
    shown = pb.ContactPlan(
        zone=plan.zone,
        language=plan.language,
        code_word=plan.code_word,
        bare=plan.bare,
        without_content=plan.without_content,
    )
    for way in plan.model_dump(mode="json")["ways"]:
        hours = [pb.SafeHours(**span) for span in way["hours"]]
        kept = {name: way[name] for name in ("channel", "address", "safe")}
        told = {name: way[name] for name in ("read_by_employer", "bare_agreed")}
        shown.ways.add(**kept, **told, hours=hours)
    return shown


def staff_plan(email: str, zone: str) -> Plan:
    """How an officer, or the head of a unit, has the digest: by mail, whenever it is made."""
    try:
        way = Way(channel=Channel.EMAIL, address=email, safe=True, hours=ALWAYS)  # type: ignore[arg-type] # the validator takes the word
        return Plan(ways=(way,), zone=zone, audience=Audience.OFFICER)
    except ValidationError as error:
        raise Invalid("the mailbox cannot be used", fields=_problems(error)) from None


def staff(unit: str, officer_id: str) -> str:
    """Under what name somebody of ours is told something."""
    return f"officer:{officer_id}" if officer_id else f"unit:{unit}"
