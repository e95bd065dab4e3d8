"""The statements that lock and load objects with what belongs to them; those for one object are
made once."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, Session, selectinload

T = TypeVar("T")

FOR_CHANGE, FOR_SHARE = "change", "share"


@cache
def by_key(mapper: Mapper[Any], lock: str) -> sa.Select[Any]:
    """The statement that locks and loads one object: to make it anew takes a fifth of a `get`."""
    [key] = mapper.primary_key
    return (
        sa.select(mapper)
        .where(key == sa.bindparam("key", type_=key.type))
        .with_for_update(read=lock == FOR_SHARE, key_share=lock == FOR_CHANGE)
        .execution_options(populate_existing=True)
    )


@cache
def collections_of(mapper: Mapper[Any]) -> tuple[tuple[str, sa.Select[Any]], ...]:
    """The statement of each collection that belongs to an object, by the collection's name."""
    return tuple((each.key, _members(each, far)) for each, far in _belonging(mapper))


def load_all(session: Session, cls: type[T], keys: Collection[str]) -> dict[str, T]:
    """Those of the objects with these keys that there are, by key, locked for change in the order
    of their keys: one statement for all, and one for each collection."""
    if not keys:
        return {}
    mapper: Mapper[T] = sa.inspect(cls)
    [key] = mapper.primary_key
    found = (
        sa.select(mapper)
        .where(key.in_(keys))
        .order_by(key)
        .with_for_update(key_share=True)
        .options(*(selectinload(each.class_attribute) for each, _ in _belonging(mapper)))
        .execution_options(populate_existing=True)
    )
    name = mapper.get_property_by_column(key).key
    return {getattr(thing, name): thing for thing in session.scalars(found)}


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


def _members(belonging: RelationshipProperty[Any], far: Any) -> sa.Select[Any]:
    return (
        sa.select(belonging.mapper)
        .where(far == sa.bindparam("key", type_=far.type))
        .order_by(*(belonging.order_by or ()))
        .execution_options(populate_existing=True)
    )
