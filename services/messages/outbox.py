"""What a service writes: plans, and messages in its own transaction. The sender does the rest."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.chassis import telemetry
from services.chassis.errors import Invalid, NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.messages.inbound import Incoming
from services.messages.message import ContactPlan, Content, Message
from services.messages.notice import Notice
from services.messages.plan import Plan
from services.messages.texts import dumped, texts

_KEYS = uuid.UUID("6d657373-6167-4573-8000-657374616665")


def keep_plan(uow: UnitOfWork, recipient: str, plan: Plan, matter_id: str = "") -> None:
    """Keep how somebody may be told something; what waits for them is decided anew.

    matter_id: the matter that they are in danger by; the plan is erased with it. None for officers.
    """
    if uow.find(ContactPlan, recipient) is None:
        uow.add(ContactPlan(recipient, matter_id, plan.model_dump(mode="json")))
    else:
        uow.get(ContactPlan, recipient).change(plan)


def plan_of(uow: UnitOfWork, recipient: str) -> Plan | None:
    """How somebody may be told something, if that is known."""
    found = uow.find(ContactPlan, recipient)
    return found.read() if found else None


def doubt_plan(uow: UnitOfWork, recipient: str, why: str) -> None:
    """It is not sure any more that the ways are good: the person is asked, anew if they were asked
    before, by a private way before anything is told. NotFound."""
    kept = uow.get(ContactPlan, recipient)
    kept.change(kept.read().doubted(why))


def confirm_plan(uow: UnitOfWork, recipient: str) -> None:
    """The person has said that the ways are still good: what waits goes out. NotFound."""
    kept = uow.get(ContactPlan, recipient)
    kept.change(kept.read().confirmed())


def hear(uow: UnitOfWork, recipients: Sequence[str], told: Incoming) -> None:
    """A message has come from an address that these name in their plans, and is taken to be of the
    first: it may put that plan in doubt, and settles the doubt of whichever it answers."""
    kept = uow.get_all(ContactPlan, recipients)
    for recipient, each in kept.items():
        plan = each.read()
        heard = plan.heard(told.channel, told.address, told.text)
        if heard != plan and (recipient == recipients[0] or not heard.doubt):
            each.change(heard)


def write(
    uow: UnitOfWork, notice: Notice, recipient: str, key: str, not_before: datetime | None = None
) -> str:
    """Have somebody told something, by their plan as it is when it is sent; the message_id.

    The same key of the same matter again changes nothing. The caller has locked the matter, or is
    the only one who writes under the key. TextsError: the notice does not fit its text.
    """
    texts().check(notice)
    message_id = message_id_of(notice.matter_id, key)
    if uow.find(Message, message_id) is None:
        for each in _rows(notice, recipient, message_id, uow.now, not_before or uow.now):
            uow.add(each)
    return message_id


def message_id_of(matter_id: str, key: str) -> str:
    """The id of the message with this key: as long as it is known, it is written once."""
    if not key:
        raise Invalid("a message needs a key, by which it is written once", reason="NO_KEY")
    return str(uuid.uuid5(_KEYS, f"{len(matter_id)}:{matter_id}{key}"))


def _rows(
    notice: Notice, recipient: str, message_id: str, now: datetime, due_at: datetime
) -> tuple[Message, Content]:
    about = (message_id, notice.matter_id)
    written = Message(*about, recipient, notice.code, notice.severity, now, due_at)
    written.journey_id = telemetry.current_journey() or notice.matter_id
    written.headers = telemetry.carried()
    return written, Content(*about, dumped(notice.values))


def again(uow: UnitOfWork, message_id: str) -> None:
    """Try a message anew that is held or has failed. NotFound once its content is forgotten."""
    if uow.find(Content, message_id) is None:
        raise NotFound(f"message {message_id} has no content any more: write another one")
    uow.get(Message, message_id).again(uow.now)
