"""Entries of files that are law or data: each says what it was taken from."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

UNVERIFIED = "belum diverifikasi"


class Unusable(ValueError):
    """A file of a service that cannot be used; its text names the file and every fault."""

    def __init__(self, path: Path, found: Iterable[str]) -> None:
        super().__init__("\n".join(f"{path.parent.name}/{path.name}: {each}" for each in found))


class Entry(BaseModel):
    """One entry of a file: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Entry):
    """An entry that says which article it comes from, or what else."""

    source: str = Field(min_length=1)
    verified: bool

    @property
    def regulation(self) -> str:
        """The source as a hand-over, a refusal and a record state it."""
        return self.source if self.verified else f"{UNVERIFIED}: {self.source}"


def no_tables(kind: str, entries: Any) -> Iterator[str]:
    """What stands in a file where a table of entries should."""
    if not isinstance(entries, Mapping):
        yield f"{kind}: is no table"
        return
    for name, entry in entries.items():
        if not isinstance(entry, Mapping):
            yield f"{kind}.{name}: is no table"


def told(error: ValidationError) -> Iterator[str]:
    """What pydantic found, each with its place in the file."""
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"])
        yield f"{place}: {each['msg']}"
