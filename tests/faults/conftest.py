"""One stack of two deputies whose processes may be killed at armed points."""

from collections.abc import Iterator

import pytest

from infra.local.stack import Stack
from tests.support.deputies import two_deputies


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with two_deputies(tmp_path_factory.mktemp("faults")) as stack:
        yield stack
