"""A service asked by the command as an officer, who has to be allowed to know."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from services.chassis.channel import OPTIONS
from services.chassis.errors import NotAllowed
from services.chassis.service_token import ServiceToken, fetch_with
from services.cli.environment import settings_of

# As long as a service works on a call.
SECONDS = 10.0
# Where the secrets of people lie, each in a file of their client's name.
PEOPLE = "identity"


@contextmanager
def asking(service: str, officer: str) -> Iterator[tuple[grpc.Channel, ServiceToken]]:
    """A channel to a service, and an officer's token. NotAllowed: this copy has no such service."""
    settings = settings_of(PEOPLE)
    if service not in settings.peers:
        raise NotAllowed(f"ESTAFET_PEERS names no {service}")
    token = ServiceToken(fetch_with(settings, officer, kept_in=officer))
    with grpc.insecure_channel(settings.peers[service], options=OPTIONS) as channel:
        yield channel, token
