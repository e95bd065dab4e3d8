"""Log lines: one JSON object per event, fields not sentences, no personal data.

`log.info("record parked", extra={"key": …})`: the message names the event, extra holds fields.
Text of exceptions that we did not write ourselves is left out: it may quote a row.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from services.chassis import telemetry
from services.chassis.errors import EstafetError

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON with its trace and journey."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
        }
        if trace_id := telemetry.current_trace_id():
            line["trace_id"] = trace_id
        if journey_id := telemetry.current_journey():
            line["journey_id"] = journey_id
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
            frames = traceback.extract_tb(record.exc_info[2])[-4:]
            line["where"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> str:
    """An exception as text that is safe to keep: its class, and our own errors' message."""
    name = type(error).__name__
    if isinstance(error, EstafetError):
        return f"{name}: {error}"
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"{name} ({code})" if code else name


def setup(service: str) -> None:
    """Send this process's log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
