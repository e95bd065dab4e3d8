"""One stack of two deputies whose processes may be killed at armed points."""

from collections.abc import Iterator

import pytest

from infra.local.stack import Stack

PARTS = ("postgres", "kafka", "identity")
SERVICES = ("complaint", "protection")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Kafka, the issuer and both deputies."""
    home = tmp_path_factory.mktemp("faults")
    with Stack(home, SERVICES, PARTS, serving=SERVICES, kind="test", fsync=False) as stack:
        yield stack
