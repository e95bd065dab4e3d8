"""What a loop says of an error that it outlives."""

import logging

from kafka.errors import KafkaError

from services.chassis.logs import describe
from services.chassis.statuses import is_down


def tell(log: logging.Logger, message: str, error: Exception, **fields: str) -> None:
    """A broker, network or database that is away: a warning. Anything else: an error, with its
    traceback."""
    away = isinstance(error, (KafkaError, OSError)) or is_down(error)
    level = logging.WARNING if away else logging.ERROR
    log.log(level, message, extra={**fields, "error": describe(error)}, exc_info=not away)
