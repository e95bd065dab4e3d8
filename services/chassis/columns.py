"""Columns as our tables have them, and pages of what is asked of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

E = TypeVar("E", bound=StrEnum)
S = TypeVar("S", bound="sa.Select[*tuple[Any, ...]]")


class Word(sa.TypeDecorator[E], Generic[E]):
    """A value of an enumeration by its word."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> E:
        return self.words(value)


def text(name: str) -> sa.Column[str]:
    """A text that may be empty."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    """An instant, UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def page_of(found: S, order: Sequence[Any], after: Sequence[Any] | None, size: int) -> S:
    """At most `size` rows in an order, after the place whose values of the order are `after`.

    By columns: no index has the order of a row of them.
    """
    if after is not None:
        found = found.where(sa.tuple_(*order) > sa.tuple_(*after))
    return found.order_by(*order).limit(size)
