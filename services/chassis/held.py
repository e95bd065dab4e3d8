"""What a transaction has locked for change: nobody else changes it until the transaction ends, so
it is loaded once."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import set_committed_value

from services.chassis.loading import (
    FOR_CHANGE,
    FOR_SHARE,
    by_key,
    collections_of,
    is_bare,
    load_all,
    replaced_by,
)

T = TypeVar("T")


class Held:
    """The objects that a Session's transaction has locked, each with what belongs to it.

    Who changes such a row by a statement of its own, past the Session, is not seen here.
    """

    def __init__(self, session: Session, before: Callable[[], None] = lambda: None) -> None:
        """`before`: what is to be written before anybody looks at what is locked."""
        self._session = session
        self._before = before
        # The Session itself keeps nothing that nobody refers to.
        self._things: dict[tuple[type, str], Any] = {}
        # Locked against change by others: what it tells, it tells until the transaction ends.
        self._guarded: dict[tuple[type, str], Any] = {}
        # How many objects the Session would have if it had these only.
        self._size = 0

    def lock(self, cls: type[T], key: str) -> T | None:
        """The object with this id, locked for change."""
        self._before()
        found: T | None = self._things.get((cls, key))
        if found is None:
            found = self._load(FOR_CHANGE, cls, key)
            self._keep(cls, key, found)
        return found

    def guard(self, cls: type[T], key: str) -> T | None:
        """The object with this id, locked against change by others at least; asked for once."""
        self._before()
        known: T | None = self._things.get((cls, key), self._guarded.get((cls, key)))
        if known is None:
            known = self._load(FOR_SHARE, cls, key)
            if known is not None:
                self._guarded[cls, key] = known
        return known

    def lock_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, locked for change."""
        self._before()
        return self.load_all(cls, keys)

    def load_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """The same, as they are before what has to be written."""
        known = {key: self._things[cls, key] for key in keys if (cls, key) in self._things}
        found = load_all(self._session, cls, [key for key in keys if key not in known])
        for key, thing in found.items():
            self._keep(cls, key, thing)
        return known | found

    def forget_others(self) -> None:
        """Write and let go what is not locked: who wants it next reads it anew."""
        session = self._session
        if len(session.identity_map) == self._size:
            return
        session.flush()
        kept = {id(thing) for held in self._things.values() for thing in _with_members(held)}
        for thing in session.identity_map.values():
            if id(thing) not in kept:
                session.expunge(thing)
        self._size = len(session.identity_map)

    def _keep(self, cls: type, key: str, thing: object) -> None:
        if thing is not None:
            self._things[cls, key] = thing
            self._size += len(_with_members(thing))

    def _load(self, lock: str, cls: type[T], key: str) -> T | None:
        mapper, values = sa.inspect(cls), {"key": key}
        self._write_what_would_be_undone(mapper, key)
        with self._session.no_autoflush:
            found: T | None = self._session.scalars(by_key(mapper, lock), values).one_or_none()
            if found is not None:
                look = not is_bare(found)
                for name, members in collections_of(mapper):
                    belonging = self._session.scalars(members, values).all() if look else []
                    set_committed_value(found, name, belonging)
        return found

    def _write_what_would_be_undone(self, mapper: Mapper[Any], key: str) -> None:
        """A load replaces what is there; changes to other things wait for one flush at the end."""
        replaced = replaced_by(mapper)
        for thing in (*self._session.new, *self._session.dirty):
            name = replaced.get(type(thing))
            if name is not None and getattr(thing, name) == key:
                self._session.flush()
                return


def _with_members(thing: object) -> list[object]:
    """An object and all that belongs to it."""
    found = [thing]
    for name, _ in collections_of(sa.inspect(type(thing))):
        found.extend(getattr(thing, name))
    return found
