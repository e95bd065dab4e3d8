"""What every part of a service process shares, and what one piece of work carries."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.chassis.clock import Clock, monotonic
from services.chassis.cursors import LeanCursor
from services.chassis.ends import Ends
from services.chassis.envelope import Record
from services.chassis.heartbeat import Heartbeats
from services.chassis.identity import PUBLIC, Caller, Identity, OwnTokens
from services.chassis.metrics import Metrics
from services.chassis.settings import Settings

if TYPE_CHECKING:
    from services.chassis.together import Together
    from services.chassis.unit_of_work import UnitOfWork

# A command says itself how long its caller still waits. A consumer or a clock that meets a locked
# row leaves it to a later try, for all other keys wait behind it; so do two batches that lock rows
# of many keys in different orders, long before PostgreSQL looks for a deadlock.
LOCK_WAIT = "100ms"
# Above the pool's size: in a backlog the relay has six.
MORE_LINKS = 8
AT_ONCE_SECONDS = 1.0


@dataclass
class AtOnce:
    """Whether somebody in this process has just set a clock that is due already: its transaction
    ends soon, and until then whoever runs clocks looks at every turn."""

    until: float = -math.inf

    def expect(self) -> None:
        """A clock has been set that is due."""
        self.until = monotonic() + AT_ONCE_SECONDS

    def __bool__(self) -> bool:
        return monotonic() < self.until


@dataclass(frozen=True)
class Runtime:
    """One service's process: its settings, database, clock, identity and name.

    `committed` is set when a transaction of this process has stored events: a relay in the same
    process looks at once instead of at its next poll. So is `at_once` for clocks.
    """

    service: str
    settings: Settings
    engine: sa.Engine
    clock: Clock
    identity: Identity
    own_tokens: OwnTokens
    service_key: str
    replica: str
    committed: threading.Event = field(default_factory=threading.Event)
    at_once: AtOnce = field(default_factory=AtOnce)
    beats: Heartbeats = field(default_factory=Heartbeats)
    metrics: Metrics = field(default_factory=Metrics)

    @cached_property
    def ends(self) -> Ends:
        """What the consumers of this process have read to the end."""
        return Ends(self)


@dataclass
class Work:
    """One call, record, timer or tick: who, under what name, in whose transaction.

    `secret` is derived for a command that hands one out, and never stored. `emitted`: whether
    there is something for the relay once the transaction is committed. `rows`: what was written
    down, unless that is the batch's.
    """

    name: str
    caller: Caller = PUBLIC
    record: Record | None = None
    journey_id: str = ""
    secret: str = ""
    connection: sa.Connection | None = None
    # What the records of one batch write together, where there is more than one.
    together: Together | None = None
    # The instant, by `monotonic`, until which a caller waits for the answer.
    ends_at: float = math.inf
    emitted: bool = False
    rows: list[object] = field(default_factory=list, repr=False)
    unit_of_work: UnitOfWork | None = field(default=None, repr=False)


def make_engine(
    settings: Settings, service: str, role: str = "app", lock_wait: str = "1s"
) -> sa.Engine:
    """An engine whose dead links are found in seconds, READ COMMITTED, pool 16 + 8.

    Nobody waits for a lock without a limit: `lock_wait`, unless the transaction says otherwise.
    """
    return sa.create_engine(
        settings.database_url(service, role),
        pool_size=settings.database_pool,
        max_overflow=MORE_LINKS,
        pool_timeout=5,
        # The newest link first: its statements are prepared there already. psycopg forgets them at
        # every ROLLBACK, so what only reads begins and commits, too.
        pool_use_lifo=True,
        connect_args={
            "cursor_factory": LeanCursor,
            "connect_timeout": 5,
            "options": f"-c lock_timeout={lock_wait}",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "application_name": f"{service}-{role}",
        },
    )


def make_runtime(service: str, settings: Settings) -> Runtime:
    """The runtime of a service as its settings say."""
    from services.chassis.identity import PublishedKeys, fetch_from

    own = OwnTokens(service, settings.identity_audience, settings.secret("token_key.pem"))
    issuers = {own.issuer: own.published()}
    if settings.identity_issuer:
        issuers[settings.identity_issuer] = PublishedKeys(fetch_from(settings.identity_jwks_url))
    return Runtime(
        service=service,
        settings=settings,
        engine=make_engine(settings, service, lock_wait=LOCK_WAIT),
        clock=settings.clock(),
        identity=Identity(settings.identity_audience, issuers),
        own_tokens=own,
        service_key=settings.secret("service_key"),
        replica=settings.replica or f"{service}-0",
    )
