"""One stack of two deputies for the tests that look at the relay from outside."""

from collections.abc import Iterator

import pytest

from infra.local.stack import Stack
from tests.relay.desk import Desk

PARTS = ("postgres", "kafka", "identity")
SERVICES = ("complaint", "protection")


@pytest.fixture(scope="package")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Kafka, the issuer and both deputies, with fail points allowed."""
    home = tmp_path_factory.mktemp("relay")
    with Stack(home, SERVICES, PARTS, serving=SERVICES, kind="test", fsync=False) as stack:
        yield stack


@pytest.fixture
def desk(relay: Stack, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An officer, with the commands of `estafet` pointed at this stack."""
    for name, value in relay.environment("auditor").items():
        monkeypatch.setenv(name, value)
    return Desk(relay)
