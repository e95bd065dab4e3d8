"""Evidence: files that people hand in, kept by the service that collected them.

A file travels by reference only: the bytes lie in a store, a row says what they are, and nothing of
either goes on a topic. Whoever may read a matter gets a signed reference for a stated purpose; it
opens one file for a few minutes, and whoever bears it needs nothing else. So it is treated like a
password: its proto field is personal, and it is never logged. The row in `personal_read` says who
was given it, why, and whether it was used.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from services.chassis.clock import real_now
from services.chassis.errors import Invalid, NotFound, Refused
from services.chassis.evidence_store import FolderStore, Missing, Store
from services.chassis.identity import keyed_hash, same
from services.chassis.runtime import Runtime, Work
from services.chassis.settings import Settings
from services.chassis.tables import evidence, personal_read
from services.chassis.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
REFERENCE_LIFE = timedelta(minutes=5)
# Longer than any transaction: what has no row by then will never have one.
ORPHAN_AGE = timedelta(hours=1)

# What may be handed in, and where its bytes must show it: at least one (offset, bytes) of each.
MEDIA_TYPES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    "application/pdf": ((0, b"%PDF-"),),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/ogg": ((0, b"OggS"),),
    "audio/webm": ((0, b"\x1a\x45\xdf\xa3"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/webp": ((8, b"WEBP"),),
    "video/mp4": ((4, b"ftyp"),),
}


@dataclass(frozen=True)
class Item:
    """What is known of a file: never its name, which people fill with names."""

    evidence_id: str
    matter_id: str
    media_type: str
    size: int
    sha256: bytes
    kept_at: datetime


@dataclass(frozen=True)
class Reference:
    """A signed reference: it opens one file until an instant of real time."""

    text: str
    expires_at: datetime


class EvidenceDamaged(Exception):
    """The store has lost a file or changed its bytes; the message names the evidence_id."""


class Evidence(Protocol):
    """What a handler does with files. Real and fake pass one suite (tests/chassis)."""

    def keep(self, matter_id: str, media_type: str, content: bytes) -> Item:
        """Keep a file of a matter. Call it before anything is locked: it writes to a disk.

        Invalid: EVIDENCE_EMPTY, EVIDENCE_TOO_LARGE; EVIDENCE_TYPE for a type that is not taken, or
        bytes that are not of it.
        """

    def items(self, matter_id: str) -> Sequence[Item]:
        """The files of a matter, oldest first."""

    def reference(self, matter_id: str, evidence_id: str, purpose: str) -> Reference:
        """A reference to a file of a matter; that it was given, to whom and why, is kept.

        NotFound: the matter has no such file.
        """

    def open(self, reference: str) -> tuple[Item, bytes]:
        """The file of a reference; that it was opened is kept.

        Refused: REFERENCE_INVALID, REFERENCE_EXPIRED. NotFound: erased. EvidenceDamaged.
        """

    def erase(self, matter_id: str) -> int:
        """Forget all files of a matter; how many. Their bytes go with the next `sweep`."""


class SqlEvidence:
    """Evidence over the service's database and a store, in the worker's unit of work."""

    def __init__(self, work: Work, store: Store, key: str, most: int) -> None:
        self._work = work
        self._store = store
        self._key = key
        self._most = most

    @property
    def _uow(self) -> UnitOfWork:
        # nameko makes a worker's dependencies in no order: this one may come first.
        if self._work.unit_of_work is None:
            raise RuntimeError("evidence needs the service's `uow = Database()`")
        return self._work.unit_of_work

    def keep(self, matter_id: str, media_type: str, content: bytes) -> Item:
        check(media_type, content, self._most)
        item = item_of(self._uow, matter_id, media_type, content)
        # A transaction that fails leaves bytes without a row, which `sweep` takes; never a row
        # without bytes.
        self._store.put(item.evidence_id, content)
        row = vars(item) | {"kept_by": self._uow.caller.subject}
        self._uow.session.execute(evidence.insert().values(row))
        return item

    def items(self, matter_id: str) -> Sequence[Item]:
        found = sa.select(evidence).where(evidence.c.matter_id == matter_id)
        rows = self._uow.session.execute(found.order_by(evidence.c.evidence_id))
        return [_item(row) for row in rows]

    def reference(self, matter_id: str, evidence_id: str, purpose: str) -> Reference:
        if self._find(evidence_id).matter_id != matter_id:
            raise no_such(evidence_id)
        read_id = self._uow.log_read(matter_id, purpose, evidence_id)
        return signed(self._key, evidence_id, read_id)

    def open(self, reference: str) -> tuple[Item, bytes]:
        evidence_id, read_id = told_by(self._key, reference)
        item = self._find(evidence_id)
        self._uow.session.execute(
            personal_read.update()
            .where(personal_read.c.read_id == read_id)
            .values(opened=personal_read.c.opened + 1)
        )
        return item, self._content(item)

    def erase(self, matter_id: str) -> int:
        found = evidence.delete().where(evidence.c.matter_id == matter_id)
        erased = self._uow.session.execute(found.returning(evidence.c.evidence_id))
        return len(erased.all())

    def _find(self, evidence_id: str) -> Item:
        found = sa.select(evidence).where(evidence.c.evidence_id == evidence_id)
        row = self._uow.session.execute(found).one_or_none()
        if row is None:
            raise no_such(evidence_id)
        return _item(row)

    def _content(self, item: Item) -> bytes:
        try:
            content = self._store.get(item.evidence_id)
        except Missing:
            content = b""
        if hashlib.sha256(content).digest() != item.sha256:
            log.error("alarm: evidence damaged", extra={"evidence_id": item.evidence_id})
            raise EvidenceDamaged(item.evidence_id)
        return content


def _item(row: Any) -> Item:
    return Item(**{name: getattr(row, name) for name in Item.__dataclass_fields__})


def no_such(evidence_id: str) -> NotFound:
    """The same answer for a file of another matter: it does not tell that there is one."""
    return NotFound(f"evidence {evidence_id} does not exist", reason="EVIDENCE_NOT_FOUND")


def check(media_type: str, content: bytes, most: int) -> None:
    """Invalid for a file that is not taken: EVIDENCE_EMPTY, _TOO_LARGE, _TYPE."""
    if not content:
        raise _invalid("EVIDENCE_EMPTY", "content", "min_len", "must have bytes")
    if len(content) > most:
        raise _invalid("EVIDENCE_TOO_LARGE", "content", "max_len", f"may have {most} bytes")
    shown = MEDIA_TYPES.get(media_type)
    if shown is None:
        known = ", ".join(MEDIA_TYPES)
        raise _invalid("EVIDENCE_TYPE", "media_type", "in", f"must be one of {known}")
    if not any(content.startswith(sign, offset) for offset, sign in shown):
        raise _invalid("EVIDENCE_TYPE", "content", "type", f"must be {media_type}")


def _invalid(reason: str, field: str, rule: str, text: str) -> Invalid:
    return Invalid(f"{field}: {text}", reason=reason, fields=((field, rule, text),))


def item_of(uow: UnitOfWork, matter_id: str, media_type: str, content: bytes) -> Item:
    """A new file's item."""
    digest = hashlib.sha256(content).digest()
    return Item(uow.new_id(), matter_id, media_type, len(content), digest, uow.now)


def signed(key: str, evidence_id: str, read_id: str) -> Reference:
    """A reference that is good from now on for REFERENCE_LIFE of real time."""
    expires_at = real_now() + REFERENCE_LIFE
    told = f"{evidence_id}.{read_id}.{int(expires_at.timestamp())}"
    return Reference(f"{told}.{_seal(key, told).hex()}", expires_at)


def told_by(key: str, reference: str) -> tuple[str, str]:
    """The evidence_id and read_id of a good reference; Refused."""
    told, _, seal = reference.rpartition(".")
    if not same(seal.encode(), _seal(key, told).hex().encode()):
        raise Refused("the reference is none of ours", reason="REFERENCE_INVALID")
    evidence_id, read_id, expires = told.split(".")
    if real_now().timestamp() > int(expires):
        raise Refused("the reference has expired: ask for another", reason="REFERENCE_EXPIRED")
    return evidence_id, read_id


def _seal(key: str, told: str) -> bytes:
    return keyed_hash(key, "evidence reference", told)


def store_of(settings: Settings) -> Store | None:
    """The store that the settings name; None for a process that keeps no evidence."""
    return FolderStore(settings.evidence_dir) if settings.evidence_dir else None


def sweep(session: Session, store: Store) -> int:
    """Delete bytes that have no row: of an undone transaction, or erased; how many."""
    old = list(store.names(real_now() - ORPHAN_AGE))
    ids = [name for name in old if _is_id(name)]
    found = sa.select(evidence.c.evidence_id).where(evidence.c.evidence_id.in_(ids))
    kept = set(session.execute(found).scalars())
    orphans = [name for name in old if name not in kept]
    for name in orphans:
        store.delete(name)
    return len(orphans)


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


class EvidenceFiles(DependencyProvider):
    """Gives each worker its Evidence; a service that has one needs ESTAFET_EVIDENCE_DIR."""

    if TYPE_CHECKING:
        # nameko puts the worker's evidence in this provider's place.
        def __get__(self, worker: object, cls: type) -> Evidence: ...

    def setup(self) -> None:
        self._runtime: Runtime = self.container.config["runtime"]
        store = store_of(self._runtime.settings)
        if store is None:
            raise ValueError(f"{self._runtime.service}: ESTAFET_EVIDENCE_DIR is not set")
        self._store = store

    def get_dependency(self, worker_ctx: Any) -> Evidence:
        work: Work = worker_ctx.data["work"]
        most = self._runtime.settings.evidence_max_bytes
        return SqlEvidence(work, self._store, self._runtime.service_key, most)
