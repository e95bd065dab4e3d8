"""One stack of two deputies for the tests that look at the relay from outside."""

from collections.abc import Iterator

import pytest

from infra.local.stack import Stack
from tests.support.deputies import the_deputies
from tests.support.desk import Desk


@pytest.fixture(scope="package")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with the_deputies(tmp_path_factory.mktemp("relay")) as stack:
        yield stack


@pytest.fixture
def desk(relay: Stack, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An officer, with the commands of `estafet` pointed at this stack."""
    for name, value in relay.environment("auditor").items():
        monkeypatch.setenv(name, value)
    return Desk(relay)
