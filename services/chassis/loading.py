"""The statements that lock and load one object with what belongs to it, each made once."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty

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
