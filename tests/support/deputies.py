"""The deputies on real parts, seen from outside and without a door."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.discovery import discover
from infra.local.stack import Stack

PARTS = ("postgres", "kafka", "identity")
SERVICES = discover().serving


@contextmanager
def the_deputies(home: Path) -> Iterator[Stack]:
    """PostgreSQL, Kafka, the issuer and every deputy at work, with fail points allowed."""
    with Stack(home, SERVICES, PARTS, serving=SERVICES, kind="test", fsync=False) as stack:
        yield stack
