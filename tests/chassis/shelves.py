"""Where the shared suite of evidence works: at the fake, or at PostgreSQL with a folder."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from services.chassis.evidence import Evidence, SqlEvidence
from services.chassis.evidence_store import FolderStore
from services.chassis.runtime import Work
from services.chassis.tables import personal_read
from services.chassis.testing import FakeUnitOfWork, a_caller
from services.chassis.testing_evidence import FakeEvidence
from tests.databases import a_runtime, working

KEY = "not a secret"


class Shelf(Protocol):
    """Units of work one after the other on the same files."""

    def work(self, most: int = 1000) -> AbstractContextManager[Evidence]:
        """The evidence of a unit of work, committed at the end, undone on an error."""

    def reads(self) -> list[tuple[str, str]]:
        """Subject and purpose of every reference, oldest first."""


@dataclass
class FakeShelf:
    """The fake's files lie in its unit of work."""

    uow: FakeUnitOfWork = field(default_factory=FakeUnitOfWork)

    @contextmanager
    def work(self, most: int = 1000) -> Iterator[Evidence]:
        with self.uow.transaction():
            yield FakeEvidence(self.uow, most)

    def reads(self) -> list[tuple[str, str]]:
        return self.uow.reads


@dataclass
class RealShelf:
    """The evidence that services run with."""

    engine: sa.Engine
    folder: Path

    @property
    def store(self) -> FolderStore:
        """The folder's store."""
        return FolderStore(self.folder)

    @contextmanager
    def work(self, most: int = 1000) -> Iterator[Evidence]:
        work = Work("ShowShelf", a_caller())
        with working(a_runtime(self.engine), work):
            yield SqlEvidence(work, self.store, KEY, most)

    def reads(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(personal_read).order_by(personal_read.c.read_id))
            return [(row.subject_id, row.purpose) for row in rows]
