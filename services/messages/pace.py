"""How fast a channel may send, for all replicas together: one row per channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.clock import real_now
from services.messages.notice import Channel

# So much of a rate may be used at once after a silence.
AT_ONCE = timedelta(seconds=10)

_BEGIN = sa.text(
    """
    INSERT INTO message_pace (channel, next_at)
    SELECT channel, now() FROM unnest(CAST(:channels AS text[])) AS every (channel)
    ON CONFLICT DO NOTHING
    """
)
_LOCK = sa.text(
    "SELECT channel, next_at, closed_until FROM message_pace ORDER BY channel FOR UPDATE"
)
_KEEP = sa.text("UPDATE message_pace SET next_at = :next_at WHERE channel = :channel")
_CLOSE = sa.text("UPDATE message_pace SET closed_until = :until WHERE channel = :channel")


@dataclass
class Paces:
    """The paces of all channels, locked until the transaction ends."""

    session: Session
    rates: Mapping[Channel, int]
    next_at: dict[str, datetime]
    closed_until: dict[str, datetime]

    @classmethod
    def lock(cls, session: Session, rates: Mapping[Channel, int]) -> "Paces":
        """All paces; nobody else takes any of them meanwhile."""
        rows = session.execute(_LOCK).all()
        if len(rows) < len(Channel):
            session.execute(_BEGIN, {"channels": [channel.value for channel in Channel]})
            rows = session.execute(_LOCK).all()
        closed = {row.channel: row.closed_until for row in rows if row.closed_until}
        return cls(session, rates, {row.channel: row.next_at for row in rows}, closed)

    def room_at(self, channel: Channel) -> datetime | None:
        """When the channel has room again; None: it has, and that is taken."""
        now = real_now()
        closed_until = self.closed_until.get(channel)
        if closed_until is not None and closed_until > now:
            return closed_until
        next_at = self.next_at[channel]
        if next_at > now + AT_ONCE:
            return next_at - AT_ONCE
        taken = max(next_at, now) + timedelta(minutes=1) / self.rates[channel]
        self.next_at[channel] = taken
        self.session.execute(_KEEP, {"channel": channel.value, "next_at": taken})
        return None

    def close(self, channel: Channel, pause: timedelta) -> None:
        """Do not try the channel for a time."""
        self.session.execute(_CLOSE, {"channel": channel.value, "until": real_now() + pause})
