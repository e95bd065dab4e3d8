"""Where the bytes of evidence lie: one interface, of which a folder is the first.

A store knows names and bytes, nothing of matters or people. What was put never changes.
"""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

_NAME = re.compile(r"[0-9a-z-]{3,100}")


class Missing(LookupError):
    """The store has nothing of that name."""


class Store(Protocol):
    """What every store does; tests/chassis/test_evidence_store.py holds each one to it."""

    def put(self, name: str, content: bytes) -> None:
        """Keep bytes for good, whole or not at all; FileExistsError for a name that is taken."""

    def get(self, name: str) -> bytes:
        """The bytes of a name; Missing."""

    def delete(self, name: str) -> None:
        """Forget a name; nothing happens when there is none."""

    def names(self, before: datetime) -> Iterator[str]:
        """All that was put before a real instant, what a kill left half written included."""


class FolderStore:
    """Files in one folder, which all replicas of a service share.

    A file is written beside its place, flushed to the disk and then linked there, so a kill leaves
    all of it or a draft that `names` tells of. Names are ids: their last two letters spread them
    over folders.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes) -> None:
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._place(f"draft-{secrets.token_hex(8)}-{name}")
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            place.hardlink_to(draft)
            _flush_folder(place.parent)
        finally:
            draft.unlink(missing_ok=True)

    def get(self, name: str) -> bytes:
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            raise Missing(name) from None

    def delete(self, name: str) -> None:
        self._place(name).unlink(missing_ok=True)

    def names(self, before: datetime) -> Iterator[str]:
        for path in self._root.glob("*/*"):
            try:
                written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:  # a draft that has just been linked
                continue
            if written_at < before:
                yield path.name

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("a store's names are ids")
        return self._root / name[-2:] / name


def _flush_folder(folder: Path) -> None:
    """Have the entry of a new file survive a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
