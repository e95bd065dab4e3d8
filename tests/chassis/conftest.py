"""What the chassis' tests may ask for."""

import pytest
import sqlalchemy as sa

from tests.chassis.desks import PARCELS, Desk, FakeDesk, RealDesk


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.database)])
def desk(request: pytest.FixtureRequest) -> Desk:
    """The fake, and then the real thing: one suite holds one to the other."""
    if request.param == "fake":
        return FakeDesk()
    engine: sa.Engine = request.getfixturevalue("database")
    PARCELS.create(engine)
    return RealDesk(engine)
