"""Messages that people send us: who may have written them, and those that belong to nobody yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from services.chassis.errors import NotAllowed, Unauthenticated
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.complaint import store
from services.complaint.number import normal
from services.messages.notice import Channel


class Inbox(Protocol):
    """What is asked of the database about a message that has come in."""

    def complaints_at(self, session: Session, channel: Channel, address: str) -> Sequence[str]:
        """Complaints whose contact plan names an address, the open ones first."""

    def numbered(self, session: Session, number: str) -> str:
        """The complaint with a number as somebody wrote it; empty: none."""


class SqlInbox:
    """The complaints in the database."""

    def complaints_at(self, session: Session, channel: Channel, address: str) -> Sequence[str]:
        """Complaints whose contact plan names an address, the open ones first."""
        return store.complaints_at(session, channel, address)

    def numbered(self, session: Session, number: str) -> str:
        """The complaint with a number as somebody wrote it; empty: none."""
        written = sa.select(store.particulars.c.complaint_id).where(
            store.particulars.c.number == (normal(number) or number)
        )
        return session.execute(written).scalar_one_or_none() or ""


def belongs_to(senders: Sequence[str]) -> str:
    """The complaint to which a text belongs: the first, who is open if any is; empty: to none."""
    return senders[0] if senders else ""


@dataclass(frozen=True)
class Keys:
    """The keys by which gateways sign what they bring."""

    settings: Settings

    def of(self, channel: Channel) -> str:
        """A gateway's key. Unauthenticated: no gateway of this channel is set up here."""
        try:
            return self.settings.secret(f"{channel}_key")
        except NotAllowed:
            raise Unauthenticated(
                f"no gateway of {channel} is set up here", reason="NO_GATEWAY"
            ) from None


class WebhookKeys(DependencyProvider):
    """Gives a worker the gateways' keys."""

    if TYPE_CHECKING:
        # nameko puts the worker's Keys in this provider's place.
        def __get__(self, worker: object, cls: type) -> Keys: ...

    def get_dependency(self, worker_ctx: Any) -> Keys:  # noqa: ARG002 - one for all workers
        runtime: Runtime = self.container.config["runtime"]
        return Keys(runtime.settings)
