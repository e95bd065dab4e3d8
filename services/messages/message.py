"""A message on its way: codes only. What is personal about it lies in rows of its own."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.messages.plan import Plan


class State(StrEnum):
    """Where a message is. HELD: it can go nowhere, until something is done about its reason."""

    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"


@dataclass(eq=False)
class Message:
    """due_at: domain time before which nothing is decided; None: only when the plan is changed.

    retry_at: real time, the end of a pause or of the lease of who is sending it now.
    plan_version: the plan by which was decided last. channel, saying: how it was sent last.
    """

    message_id: str
    matter_id: str
    recipient: str
    code: str
    severity: int
    written_at: datetime
    due_at: datetime | None
    state: State = State.WAITING
    reason: str = ""
    retry_at: datetime | None = None
    attempts: int = 0
    plan_version: int = 0
    channel: str = ""
    saying: str = ""
    settled_at: datetime | None = None
    # The trace that wrote it, to which that of its sending links back.
    journey_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def wait(self, until: datetime) -> None:
        """Decide again at an instant."""
        self.state, self.reason, self.due_at, self.retry_at = State.WAITING, "", until, None

    def pause(self, until: datetime) -> None:
        """Decide again after a real instant."""
        self.state, self.reason, self.retry_at = State.WAITING, "", until

    def lend(self, channel: str, saying: str, until: datetime) -> None:
        """It is sent by whoever has claimed it, until a real instant."""
        self.pause(until)
        self.channel, self.saying, self.attempts = channel, saying, self.attempts + 1

    def sent(self, at: datetime) -> None:
        """A channel has taken it over."""
        self.state, self.reason, self.retry_at, self.settled_at = State.SENT, "", None, at

    def hold(self, reason: str, until: datetime | None = None) -> bool:
        """Hold it, until a real instant or until the plan is changed; whether that is new."""
        is_new = (self.state, self.reason) != (State.HELD, reason)
        self.state, self.reason, self.retry_at = State.HELD, reason, until
        if until is None:
            self.due_at = None
        return is_new

    def fail(self, reason: str, at: datetime) -> None:
        """Give it up."""
        self.state, self.reason, self.retry_at, self.settled_at = State.FAILED, reason, None, at

    def again(self, now: datetime) -> None:
        """Try it anew, whatever was before; not once it was sent."""
        if self.state is not State.SENT:
            self.wait(now)
            self.attempts, self.settled_at = 0, None


@dataclass(eq=False)
class Content:
    """What is personal about a message: what it tells, and how that was sent last."""

    message_id: str
    matter_id: str
    values: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    subject: str = ""
    text: str = ""
    language: str = ""
    reviewed: bool = True


@dataclass(eq=False)
class ContactPlan:
    """Somebody's plan as it is kept; each change has a number.

    changed: what waits is still to be decided by it.
    """

    recipient: str
    matter_id: str
    plan: dict[str, Any]
    version: int = 1
    changed: bool = True

    def read(self) -> Plan:
        """The plan."""
        return Plan.model_validate(self.plan)

    def note(self, plan: Plan) -> None:
        """Keep what the sender has learned; what waits is not decided anew."""
        self.plan = plan.model_dump(mode="json")

    def change(self, plan: Plan) -> None:
        """Keep another plan: what waits is decided anew."""
        self.note(plan)
        self.version += 1
        self.changed = True
