"""One turn of the sender: claim what is due, send it outside any transaction, mark it.

A claim is a short transaction that decides about each message by its plan as it is now, and lends
those to be sent for a time. Whoever is killed while sending leaves a message that is lent until
then, and sent again under the same key. A mark counts only for the attempt that it belongs to.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from opentelemetry.trace import SpanKind
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.chassis import failpoints, telemetry
from services.chassis.clock import Clock, real_now
from services.chassis.statuses import is_busy
from services.messages import store
from services.messages.channels.outlet import Closed, Delivered, Later, Outlet, Result
from services.messages.claiming import CLOSED, CLOSED_PAUSE, Claim, Lent, Tell, told
from services.messages.gauges import outcome_of
from services.messages.message import Message
from services.messages.notice import ASK, Channel
from services.messages.pace import Paces

log = logging.getLogger(__name__)
ROWS = 10
# A day and a bit: 1, 2, 4, … minutes, then every six hours.
MOST_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=6)
AWAY_PAUSE = timedelta(seconds=30)
# Each waits for a lock for as long as the process's engine says.
SETTLE_TRIES = 20
GAVE_UP = "gave_up"

_STILL = sa.text(
    """
    SELECT EXISTS (
        SELECT FROM message m JOIN contact_plan p ON p.recipient = m.recipient
        WHERE m.message_id = :message_id AND m.attempts = :attempts AND m.state = 'waiting'
            AND p.version = m.plan_version
    )
    """
)
_GIVE_BACK = sa.text(
    """
    UPDATE message SET attempts = attempts - 1, retry_at = :retry_at
    WHERE message_id = :message_id AND attempts = :attempts AND state = 'waiting'
    """
)


@dataclass
class Delivery:
    """What a turn needs. `rates`: the most per minute by channel. `tell` hears of each trouble, in
    the transaction in which it is written down; `count` of what came of each that was sent."""

    service: str
    engine: sa.Engine
    clock: Clock
    outlets: Mapping[Channel, Outlet]
    rates: Mapping[Channel, int]
    tell: Tell
    count: Callable[[Channel, str], None] = lambda _channel, _outcome: None
    turned: Callable[[], None] = lambda: None
    is_stopping: Callable[[], bool] = lambda: False

    def turn(self) -> int:
        """Decide about some messages, and send those that may leave; how many were due."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            claim = Claim(session, self.clock.now(), self.outlets, self.rates, self.tell)
            number = claim.run(ROWS)
        failpoints.reach("messages.claimed")
        self._send_all(claim.lent)
        return number

    def _send_all(self, lent: list[Lent]) -> None:
        paused: dict[Channel, timedelta] = {}
        for each in lent:
            channel = each.parcel.channel
            if channel in paused or self.is_stopping():
                self._give_back(each, paused.get(channel))
            elif not self._still(each):
                self._give_back(each)
            else:
                result = self._send(each)
                self.count(channel, outcome_of(result, is_last=_is_last(each.attempts)))
                self._settle(each, result)
                if pause := _pause_of_channel(result):
                    paused[channel] = pause
            self.turned()

    def _still(self, lent: Lent) -> bool:
        """Whether it may still leave: same plan, safe hour, matter not erased."""
        if self.clock.now() >= lent.parcel.until:
            return False
        with self.engine.begin() as connection:
            return bool(connection.execute(_STILL, lent.attempt).scalar_one())

    def _give_back(self, lent: Lent, pause: timedelta | None = None) -> None:
        """Not sent, and not counted as an attempt: decided anew."""
        retry_at = None if pause is None else real_now() + pause
        with self.engine.begin() as connection:
            connection.execute(_GIVE_BACK, {**lent.attempt, "retry_at": retry_at})

    def _send(self, lent: Lent) -> Result:
        parcel = lent.parcel
        name, fields = f"{self.service} message", {"estafet.channel": parcel.channel.value}
        with telemetry.linked(name, SpanKind.PRODUCER, [lent.headers], **fields) as span:
            if lent.journey_id:
                telemetry.set_journey(lent.journey_id)
            failpoints.reach("messages.before_send")
            try:
                result = self.outlets[parcel.channel].send(parcel)
            except Exception as error:
                log.exception("alarm: message channel failed", extra={"channel": parcel.channel})
                result = Later(type(error).__name__)
            failpoints.reach("messages.after_send")
            if not isinstance(result, Delivered):
                telemetry.failed(span, result.reason)
                fields = {"channel": parcel.channel.value, "reason": result.reason}
                log.warning("message not sent", extra={"message_id": lent.message_id} | fields)
        return result

    def _settle(self, lent: Lent, result: Result) -> None:
        """Write down what became of it. Who holds the row or its plan for a moment is waited for:
        what was sent and is not marked is sent again."""
        if isinstance(result, Closed):
            fields = {"channel": lent.parcel.channel.value, "reason": result.reason}
            log.error("alarm: message channel closed", extra=fields)
        for more in range(SETTLE_TRIES - 1, -1, -1):
            try:
                self._settle_now(lent, result)
            except DBAPIError as error:
                if not (more and is_busy(error)):
                    raise
            else:
                return

    def _settle_now(self, lent: Lent, result: Result) -> None:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            found = session.get(Message, lent.message_id, with_for_update=True)
            if pause := _pause_of_channel(result):
                Paces.lock(session, self.rates).close(lent.parcel.channel, pause)
            # Erased meanwhile, or lent to somebody else since.
            if found is None or found.attempts != lent.attempts:
                return
            reason = self._mark(session, found, lent, result)
            if reason:
                told(session, self.tell, found, reason)

    def _mark(self, session: Session, found: Message, lent: Lent, result: Result) -> str:
        """Write down what became of it; what an officer has to hear of that."""
        match result:
            case Delivered():
                found.sent(real_now())
                return ""
            case Closed():
                found.attempts -= 1
                is_new = found.hold(f"{CLOSED}:{result.reason}", real_now() + CLOSED_PAUSE)
                return found.reason if is_new else ""
            case Later() if not _is_last(found.attempts):
                found.reason = result.reason
                found.retry_at = real_now() + max(_pause(found.attempts), result.after)
                return ""
            case Later():
                found.fail(GAVE_UP, real_now())
                return GAVE_UP
        reason = result.reason
        if not result.of_address:
            found.fail(reason, real_now())
            return reason
        return self._lose_way(session, found, lent, reason, has_ended=result.has_ended)

    def _lose_way(
        self, session: Session, found: Message, lent: Lent, reason: str, *, has_ended: bool
    ) -> str:
        """There is nobody at the address: the plan learns that, and the message is decided anew."""
        kept = store.plans(session, [found.recipient]).get(found.recipient)
        where = lent.parcel.channel.value, lent.parcel.address
        if kept is not None:
            plan = kept.read()
            kept.change(plan.without(*where) if has_ended else plan.refused(*where))
        if found.code == ASK:
            found.fail(reason, real_now())
        else:
            found.again(self.clock.now())
        return "" if has_ended else reason


def _is_last(attempts: int) -> bool:
    return attempts >= MOST_ATTEMPTS


def _pause(attempts: int) -> timedelta:
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_PAUSE)


def _pause_of_channel(result: Result) -> timedelta | None:
    if isinstance(result, Closed):
        return CLOSED_PAUSE
    if isinstance(result, Later) and result.is_away:
        return max(AWAY_PAUSE, result.after)
    return None
