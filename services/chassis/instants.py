"""Instants and days as messages carry them."""

from datetime import date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import Invalid


def timestamp(instant: datetime | None) -> Timestamp | None:
    """A message's timestamp; None leaves the field unset."""
    if instant is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(instant)
    return stamp


def day_of(field: str, text: str) -> date:
    """The day that a request's field names (ISO); Invalid for one that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{field} is no day",
            reason="NO_SUCH_DAY",
            fields=((field, "date", "must be a day of the calendar"),),
        ) from None
