"""What the exchange tests may ask for."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from infra.local.stack import Stack
from services.chassis.topics import apply
from services.exchange import partners
from services.exchange import topics as partner_topics
from services.exchange.agreements import AGREEMENTS
from services.exchange.names import topics_of
from tests.chassis.trial import empty, settings_of
from tests.exchange.ministry import Exchange
from tests.support.tables import _fakes_know_no_last_act

__all__ = ["_fakes_know_no_last_act"]


@pytest.fixture(scope="session")
def folders(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The topics of this release, and every ministry's ready folder."""
    settings = settings_of(stack.environment("admin"))
    apply(settings)
    partner_topics.apply(settings)
    folder = tmp_path_factory.mktemp("partners")
    for ministry in AGREEMENTS.ministries:
        partners.add(settings, ministry, folder / ministry)
    return folder


@pytest.fixture
def exchange(stack: Stack, folders: Path, database: sa.Engine) -> Exchange:
    """Exchange with nothing done, nothing told and nothing read."""
    for ministry in AGREEMENTS.ministries:
        for topic in topics_of(ministry):
            empty(stack, topic)
    return Exchange(stack, database, folders)
