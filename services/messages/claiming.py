"""What is decided about messages that are due, in one short transaction."""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.clock import real_now
from services.messages import store
from services.messages.channels.outlet import Outlet, Parcel
from services.messages.message import ContactPlan, Content, Message
from services.messages.notice import ASK, Audience, Channel, Notice
from services.messages.outbox import message_id_of
from services.messages.pace import Paces
from services.messages.plan import ASK_PAUSE, AskAgain, Nowhere, Plan, Reason, Saying, Send, Wait
from services.messages.texts import loaded, texts

log = logging.getLogger(__name__)
# Longer than a claim's messages take if every channel is as slow as it may be.
LEASE = timedelta(minutes=3)
CLOSED_PAUSE = timedelta(minutes=5)
NOT_SET_UP, NO_NEUTRAL_SENDER = "channel_not_set_up", "no_neutral_sender"
CLOSED, FAULT = "closed", "fault"


@dataclass(frozen=True)
class Trouble:
    """A message that an officer has to see to: codes and ids only."""

    message_id: str
    matter_id: str
    recipient: str
    code: str
    severity: int
    reason: str


Tell = Callable[[Trouble, sa.Connection], None]


def told(session: Session, tell: Tell, message: Message, reason: str) -> None:
    """Tell of a trouble; one that cannot be told is in the list all the same."""
    trouble = Trouble(
        message.message_id,
        message.matter_id,
        message.recipient,
        message.code,
        message.severity,
        reason,
    )
    log.warning("message in trouble", extra={"message_id": message.message_id, "reason": reason})
    session.flush()
    try:
        with session.begin_nested():
            tell(trouble, session.connection())
    except Exception:
        log.exception("alarm: message trouble not told", extra={"message_id": message.message_id})


@dataclass(frozen=True)
class Lent:
    """A message that is to be sent now by who has claimed it."""

    message_id: str
    attempts: int
    parcel: Parcel
    journey_id: str
    headers: Mapping[str, str]

    @property
    def attempt(self) -> Mapping[str, object]:
        """By what it is found as long as nobody else has claimed it since."""
        return {"message_id": self.message_id, "attempts": self.attempts}


@dataclass
class Claim:
    """One claim; `lent` is what is to be sent after its commit."""

    session: Session
    now: datetime
    outlets: Mapping[Channel, Outlet]
    rates: Mapping[Channel, int]
    tell: Tell
    lent: list[Lent] = field(default_factory=list)

    def run(self, rows: int) -> int:
        """Decide about so many messages at most; about how many."""
        store.wake(self.session, self.now)
        messages = store.due(self.session, self.now, rows)
        if not messages:
            return 0
        found = store.contents(self.session, [each.message_id for each in messages])
        plans = store.plans(self.session, {each.recipient for each in messages})
        self._paces = Paces.lock(self.session, self.rates)
        for message in messages:
            try:
                self._decide(message, found.get(message.message_id), plans.get(message.recipient))
            except ValueError:
                # A text or a plan of a later release, perhaps: that release will know it.
                log.exception("alarm: message is not understood", extra=_id(message))
                self._hold(message, FAULT, pause=CLOSED_PAUSE)
        return len(messages)

    def _decide(self, message: Message, content: Content | None, kept: ContactPlan | None) -> None:
        if kept is None or content is None:
            self._hold(message, Reason.NO_PLAN if kept is None else FAULT)
            return
        message.plan_version = kept.version
        plan, notice = kept.read(), _notice(message, content)
        if message.code == ASK and not plan.doubt:
            self.session.delete(message)
            self.session.delete(content)
            return
        if _audience(notice) is not plan.audience:
            self._hold(message, Reason.OTHER_AUDIENCE)
            return
        match plan.route(notice, self.now):
            case Send() as send:
                self._lend(message, content, plan, send)
            case Wait(until):
                message.wait(until)
            case AskAgain():
                self._ask(message, kept, plan)
            case Nowhere(reason):
                self._hold(message, reason)

    def _ask(self, message: Message, kept: ContactPlan, plan: Plan) -> None:
        """Ask first; the message waits for the answer."""
        key = f"{message.recipient}/{ASK}/{kept.version}/{plan.asks}"
        ask_id = message_id_of(kept.matter_id, key)
        if self.session.get(Message, ask_id) is None:
            about = (ask_id, kept.matter_id)
            asking = Message(*about, message.recipient, ASK, message.severity, self.now, self.now)
            asking.journey_id, asking.headers = message.journey_id, message.headers
            self.session.add_all([asking, Content(*about)])
        kept.note(plan.asked(self.now))
        message.wait(self.now + ASK_PAUSE)

    def _lend(self, message: Message, content: Content, plan: Plan, send: Send) -> None:
        channel = send.way.channel
        outlet, is_neutral = self.outlets.get(channel), send.saying is Saying.BARE
        if outlet is None or (is_neutral and not outlet.can_be_neutral):
            why = NOT_SET_UP if outlet is None else NO_NEUTRAL_SENDER
            self._hold(message, f"{why}:{channel}", pause=CLOSED_PAUSE)
            return
        room_at = self._paces.room_at(channel)
        if room_at is not None:
            message.pause(room_at)
            return
        words = texts().render(_notice(message, content), plan, send.saying)
        content.address, content.subject, content.text = send.way.address, words.subject, words.text
        content.language, content.reviewed = words.language, words.reviewed
        message.lend(channel, send.saying, real_now() + LEASE)
        parcel = Parcel(
            key_of(message.message_id, channel, send.way.address, words.text),
            channel,
            send.way.address,
            words.subject,
            words.text,
            words.language,
            is_neutral,
            send.until,
        )
        trace = message.journey_id, message.headers
        self.lent.append(Lent(message.message_id, message.attempts, parcel, *trace))

    def _hold(self, message: Message, reason: str, pause: timedelta | None = None) -> None:
        until = None if pause is None else real_now() + pause
        if message.hold(reason, until):
            told(self.session, self.tell, message, reason)


def key_of(message_id: str, channel: Channel, address: str, text: str) -> str:
    """The same for the same words to the same address."""
    return str(uuid.uuid5(uuid.UUID(message_id), f"{channel}\n{address}\n{text}"))


def _notice(message: Message, content: Content) -> Notice:
    if message.code == ASK:
        return Notice(ASK, message.matter_id)
    values = loaded(texts().template(message.code), content.values) if content.values else {}
    return Notice(message.code, message.matter_id, values, message.severity)


def _audience(notice: Notice) -> Audience:
    return Audience.PERSON if notice.code == ASK else texts().template(notice.code).to


def _id(message: Message) -> dict[str, str]:
    return {"message_id": message.message_id}
