"""Spans that nobody takes delay nothing; logs hold no text that a person wrote."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import DataError

from services.chassis.errors import NotFound
from services.chassis.logs import JsonLines, describe

FLUSH = """
import socket, sys, time
from services.chassis import telemetry
quiet = socket.create_server(("127.0.0.1", 0))  # it listens, and never answers
port = quiet.getsockname()[1]
telemetry.setup("trial", f"http://127.0.0.1:{port}")
with telemetry.tracer().start_as_current_span("an act"):
    pass
began = time.monotonic()
telemetry.flush()
print(time.monotonic() - began)
"""


@pytest.mark.process
def test_a_receiver_that_never_answers_delays_a_stop_by_a_second_at_most() -> None:
    """In a process of its own: there is one provider per process."""
    began = subprocess.run(
        [sys.executable, "-c", FLUSH],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert 0.5 < float(began.stdout) < 1.5


def line_of(error: Exception, **fields: object) -> dict[str, object]:
    """The line that a caught error makes."""
    try:
        raise error
    except type(error):
        record = logging.getLogger("trial").makeRecord(
            "trial", logging.ERROR, __file__, 1, "record parked", (), sys.exc_info(), extra=fields
        )
    told: dict[str, object] = json.loads(JsonLines("complaint").format(record))
    return told


def test_a_line_names_the_event_the_service_and_its_fields() -> None:
    told = line_of(NotFound("complaint c1 does not exist"), key="c1")
    assert (told["event"], told["service"], told["level"]) == (
        "record parked",
        "complaint",
        "error",
    )
    assert (told["key"], told["error"]) == ("c1", "NotFound: complaint c1 does not exist")


class Told(Exception):
    """What a driver raises: its text quotes a row."""

    sqlstate = "22001"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("canary"),
        KeyError("canary"),
        DataError("INSERT canary", {"name": "canary"}, Told("canary")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_text_of_an_error_that_is_not_ours_is_left_out(error: Exception) -> None:
    assert "canary" not in json.dumps(line_of(error))


def test_the_text_of_a_cause_is_left_out() -> None:
    error = NotFound("complaint c1 does not exist")
    error.__cause__ = ValueError("canary")
    assert "canary" not in json.dumps(line_of(error))


def test_a_database_error_is_described_by_its_code() -> None:
    assert describe(DataError("…", {}, Told("canary"))) == "DataError (22001)"
