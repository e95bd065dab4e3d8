"""What complaint's tests may ask for."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with Session(database, expire_on_commit=False) as session:
        yield session
