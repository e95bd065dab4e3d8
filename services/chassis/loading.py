"""The statements that lock and load objects with what belongs to them; those for one object are
made once."""

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value

T = TypeVar("T")

FOR_CHANGE, FOR_SHARE = "change", "share"


@cache
def by_key(mapper: Mapper[Any], lock: str = "") -> sa.Select[Any]:
    """The statement that loads one object, and locks it: to make it anew takes a fifth of a
    `get`."""
    [key] = mapper.primary_key
    found = sa.select(mapper).where(key == sa.bindparam("key", type_=key.type))
    if not lock:
        return found
    return found.with_for_update(
        read=lock == FOR_SHARE, key_share=lock == FOR_CHANGE
    ).execution_options(populate_existing=True)


def load(session: Session, cls: type[T], key: str) -> T | None:
    """The object with this key, not locked, as it is known here; None if there is none."""
    mapper: Mapper[T] = sa.inspect(cls)
    known: T | None = session.identity_map.get(mapper.identity_key_from_primary_key((key,)))
    if known is not None:
        return known
    found: T | None = session.scalars(by_key(mapper), {"key": key}).one_or_none()
    if found is not None and is_bare(found):
        for name, _ in collections_of(mapper):
            set_committed_value(found, name, [])
    return found


def is_bare(thing: object) -> bool:
    """Whether an object itself knows that nothing belongs to it yet: nobody has to look."""
    return bool(getattr(thing, "is_bare", False))


@cache
def collections_of(mapper: Mapper[Any]) -> tuple[tuple[str, sa.Select[Any]], ...]:
    """The statement of each collection that belongs to an object, by the collection's name."""
    return tuple(
        (each.key, _members(each, far == sa.bindparam("key", type_=far.type)))
        for each, far in _belonging(mapper)
    )


def load_all(session: Session, cls: type[T], keys: Collection[str]) -> dict[str, T]:
    """Those of the objects with these keys that there are, by key, locked for change in the order
    of their keys: one statement for all, and one for each collection."""
    return _load_all(session, cls, keys, _locking) if keys else {}


def find_all(session: Session, cls: type[T], keys: Collection[str]) -> dict[str, T]:
    """Those of the objects with these keys that there are, by key, not locked, with as few
    statements."""
    return _load_all(session, cls, keys, _finding) if keys else {}


def _load_all(
    session: Session, cls: type[T], keys: Collection[str], by: Callable[[Mapper[T]], sa.Select[Any]]
) -> dict[str, T]:
    mapper: Mapper[T] = sa.inspect(cls)
    named, values = _key_name(mapper), {"keys": list(keys)}
    found = {getattr(thing, named): thing for thing in session.scalars(by(mapper), values)}
    for name, owner, members in _all_collections_of(mapper) if found else ():
        by_owner: dict[str, list[Any]] = {key: [] for key in found}
        for member in session.scalars(members, {"keys": list(found)}):
            by_owner[getattr(member, owner)].append(member)
        for key, thing in found.items():
            set_committed_value(thing, name, by_owner[key])
    return found


def _key_name(mapper: Mapper[Any]) -> str:
    [key] = mapper.primary_key
    return str(mapper.get_property_by_column(key).key)


def _is_one_of(column: Any) -> sa.ColumnElement[bool]:
    """By an array: each length of a list would be a statement of its own to PostgreSQL."""
    keys = sa.bindparam("keys", type_=postgresql.ARRAY(column.type))
    return cast("sa.ColumnElement[bool]", column == sa.any_(keys))


@cache
def _finding(mapper: Mapper[Any]) -> sa.Select[Any]:
    [key] = mapper.primary_key
    return sa.select(mapper).where(_is_one_of(key))


@cache
def _locking(mapper: Mapper[Any]) -> sa.Select[Any]:
    [key] = mapper.primary_key
    return (
        _finding(mapper)
        .order_by(key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


@cache
def _all_collections_of(mapper: Mapper[Any]) -> tuple[tuple[str, str, sa.Select[Any]], ...]:
    """Of each collection that belongs to objects: its name, its members' attribute of the object's
    key, and the statement for the members of many."""
    return tuple(
        (each.key, each.mapper.get_property_by_column(far).key, _members(each, _is_one_of(far)))
        for each, far in _belonging(mapper)
    )


@cache
def replaced_by(mapper: Mapper[Any]) -> dict[type[Any], str]:
    """The classes that a load by key replaces objects of, with their attribute that is the key."""
    [key] = mapper.primary_key
    found = {mapper.class_: mapper.get_property_by_column(key).key}
    for each, far in _belonging(mapper):
        found[each.mapper.class_] = each.mapper.get_property_by_column(far).key
    return found


def _belonging(mapper: Mapper[Any]) -> Iterator[tuple[RelationshipProperty[Any], Any]]:
    """Each collection that belongs to an object, with its members' column of the object's key."""
    for each in mapper.relationships:
        if each.uselist:
            [(_, far)] = each.local_remote_pairs
            yield each, far


def _members(
    belonging: RelationshipProperty[Any], of_whom: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    return (
        sa.select(belonging.mapper)
        .where(of_whom)
        .order_by(*(belonging.order_by or ()))
        .execution_options(populate_existing=True)
    )
