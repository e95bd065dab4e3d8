"""The running stack as people see it: who signs in, what time it is, what lies in the databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from infra.identity.clients import CLIENTS, Client, Clients
from infra.identity.tokens import mint
from infra.local.stack import Stack
from services.chassis import catalogue
from services.chassis.clock import Clock
from tests.journeys.people import Person
from tests.support.unread import unread

_places = itertools.count()


class Relay:
    """One running stack. Every person comes from an address of their own, so that the door's
    limits count them apart."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.clock = Clock(stack.layout.home / "clock.json", movable=True)

    def officer(self, client_id: str) -> Person:
        """Somebody of infra/identity/clients.toml, freshly signed in."""
        known = {each.client_id: each for each in Clients.known(self.stack.secrets).officers}
        if client_id not in known:
            raise LookupError(f"{CLIENTS.name} has no {client_id}")
        return self.person(self.token(known[client_id]))

    def subject(self, client_id: str) -> str:
        """By what name a service knows an officer."""
        known = Clients.known(self.stack.secrets).officers
        return next(each.subject for each in known if each.client_id == client_id)

    def person(self, token: str = "") -> Person:
        """Somebody with a token, or a stranger."""
        network, host = divmod(next(_places), 250)
        return Person(self.stack.url("gateway"), token, f"127.0.{1 + network}.{2 + host}")

    def token(self, client: Client, **options: Any) -> str:
        """A token of the development issuer."""
        return mint(self.stack.secrets, self.stack.url("identity"), client, **options)

    def trace_url(self, trace_id: str) -> str:
        """The page of a trace."""
        return f"{self.stack.url('zipkin')}/zipkin/traces/{trace_id}"

    def rows(self, service: str, query: str, *values: object) -> Sequence[dict[str, Any]]:
        """What lies in a service's database, read past the service, as its auditor."""
        dsn = self.stack.dsn(service, "auditor")
        with psycopg.connect(dsn, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    @contextmanager
    def deaf(self, service: str) -> Iterator[None]:
        """A service that does not hear what others say: none of its consumers can run a record.

        They wait before they run anything, so that they hold nothing that a clock or a call needs.
        """
        with psycopg.connect(self.stack.dsn(service)) as connection:
            connection.execute("LOCK TABLE progress IN EXCLUSIVE MODE")
            yield

    def has_read_all(self, service: str) -> bool:
        """Whether all that anybody has to say is sent, and every consumer of a service has read its
        topics to their end."""
        is_all_sent = all(self.is_sent(deputy) for deputy in catalogue.deputies())
        return is_all_sent and not unread(self.stack, service)

    def is_sent(self, service: str) -> bool:
        """Whether the broker has all that a service has to say."""
        return not self.rows(service, "SELECT 1 FROM outbox")
