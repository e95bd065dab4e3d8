"""What only the real evidence has: files that are damaged or left over, and who opened what."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.container import Container
from services.chassis.evidence import EvidenceDamaged, EvidenceFiles, sweep
from services.chassis.settings import Environment, Settings
from services.chassis.timers import every
from services.chassis.unit_of_work import Database
from tests.chassis.shelves import RealShelf
from tests.chassis.test_evidence import A_PHOTO, a_reference, kept
from tests.databases import a_runtime

pytestmark = pytest.mark.database
LONG_AGO = 1_700_000_000


@pytest.fixture
def real(database: sa.Engine, tmp_path: Path) -> RealShelf:
    return RealShelf(database, tmp_path)


def paths(shelf: RealShelf) -> Iterator[Path]:
    return (path for path in shelf.folder.rglob("*") if path.is_file())


def swept(shelf: RealShelf) -> int:
    with Session(shelf.engine) as session:
        return sweep(session, shelf.store)


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"else"), Path.unlink])
def test_a_damaged_file_is_never_handed_out(
    real: RealShelf, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    item = kept(real)
    reference = a_reference(real, item)
    damage(next(paths(real)))
    with real.work() as files, pytest.raises(EvidenceDamaged, match=item.evidence_id):
        files.open(reference)
    assert "alarm: evidence damaged" in caplog.text


def test_the_audit_says_who_was_given_a_reference_and_how_often_it_was_used(
    real: RealShelf,
) -> None:
    item = kept(real)
    used, unused = a_reference(real, item), a_reference(real, item)
    for _ in range(2):
        with real.work() as files:
            files.open(used)
    with real.engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT caller, rpc, evidence_id::text, opened FROM personal_read ORDER BY 4")
        ).all()
    assert unused != used
    assert found == [
        ("officer-1", "ShowShelf", item.evidence_id, 0),
        ("officer-1", "ShowShelf", item.evidence_id, 2),
    ]


def test_only_the_owner_of_the_process_may_read_the_files(real: RealShelf) -> None:
    kept(real)
    (path,) = paths(real)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_bytes_without_a_row_are_swept_and_others_stay(real: RealShelf) -> None:
    gone, stays = kept(real), kept(real, matter_id="m2")
    real.store.put(str(uuid.uuid4()), b"of a transaction that failed")
    real.store.put("draft-00ff", b"of a process that was killed")
    with real.work() as files:
        files.erase("m1")
    for path in paths(real):
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert swept(real) == 3
    assert [path.name for path in paths(real)] == [stays.evidence_id] != [gone.evidence_id]


def test_bytes_whose_transaction_may_still_commit_are_not_swept(real: RealShelf) -> None:
    real.store.put(str(uuid.uuid4()), b"a moment ago")
    assert swept(real) == 0


class Clerk:
    """A service that keeps a file."""

    name = "complaint"
    uow = Database()
    files = EvidenceFiles()

    @every(3600)
    def keep(self) -> None:
        self.files.keep("m1", "image/png", A_PHOTO)


def clerk(real: RealShelf, folder: Path | None) -> Container:
    settings = Settings(environment=Environment.TEST, evidence_dir=folder)
    return Container(Clerk, replace(a_runtime(real.engine), settings=settings))


def test_a_worker_is_given_its_evidence(real: RealShelf) -> None:
    container = clerk(real, real.folder)
    tick: Any = next(iter(container.entrypoints))
    for extension in container.dependencies:
        extension.setup()
    with real.engine.begin() as connection:
        tick.run(connection)
    with real.work() as files:
        assert [item.size for item in files.items("m1")] == [len(A_PHOTO)]


def test_a_service_with_evidence_does_not_start_without_a_folder(real: RealShelf) -> None:
    with pytest.raises(ValueError, match="ESTAFET_EVIDENCE_DIR is not set"):
        clerk(real, None).start()
