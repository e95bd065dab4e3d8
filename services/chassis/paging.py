"""Opaque page tokens: the place in a list's order after which its next page begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.chassis.errors import Invalid

DEFAULT_SIZE = 50
T = TypeVar("T")
Place = tuple[int, datetime, str]


def size_of(page_size: int) -> int:
    """How many rows a page has; 50 when the caller does not say."""
    return page_size or DEFAULT_SIZE


def page_token(rank: int, at: datetime, key: str) -> str:
    """The token of the page after the row with this place: rank, instant, id."""
    place = json.dumps([rank, at.isoformat(), key])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(token: str) -> Place | None:
    """The place that a token names; None for the first page. Invalid for what is no token."""
    if not token:
        return None
    try:
        padded = token + "=" * (-len(token) % 4)
        rank, at, key = json.loads(base64.urlsafe_b64decode(padded))
        return int(rank), datetime.fromisoformat(at), str(key)
    except (binascii.Error, ValueError, TypeError):
        raise Invalid(
            "page_token is none of ours",
            reason="BAD_PAGE_TOKEN",
            fields=(("page_token", "token", "must be the next_page_token of an earlier answer"),),
        ) from None


def next_page(found: Sequence[T], size: int, place: Callable[[T], Place]) -> str:
    """The token of the page after this one; empty when no more than `size` rows were found.

    `place` tells a row's own: rank, instant, id.
    """
    return page_token(*place(found[size - 1])) if len(found) > size else ""
