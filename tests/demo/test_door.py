import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from services.cli.demo import door as doors
from services.cli.demo import queues
from services.cli.demo.actions import Accept
from services.cli.demo.door import Addresses, DemoFailed, Door, Own
from services.cli.demo.expected import complaint
from services.cli.demo.papers import Papers
from services.cli.demo.placing import TakeWorker
from services.cli.demo.queues import Queues


class Answers(BaseHTTPRequestHandler):
    """Gives the answers it was told in turn, and keeps what was asked."""

    protocol_version = "HTTP/1.1"
    told: ClassVar[list[tuple[int, dict[str, Any]]]] = []
    asked: ClassVar[list[dict[str, object]]] = []
    by: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if self.path != "/token":
            self.asked.append(json.loads(body))
            self.by.append(self.headers.get("Authorization", ""))
            self._answer()
            return
        self._say(200, {"access_token": "t"})

    def _answer(self) -> None:
        self._say(*(self.told.pop(0) if len(self.told) > 1 else self.told[0]))

    def _say(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked again is asked again at once."""
    monkeypatch.setattr(doors, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(queues, "PAUSE_SECONDS", 0.001)


@contextmanager
def a_door(folder: Path, *told: tuple[int, dict[str, Any]]) -> Iterator[Door]:
    Answers.told, Answers.asked, Answers.by = list(told), [], []
    (folder / "identity").mkdir()
    for officer in ("officer-protection", "officer-complaint"):
        (folder / "identity" / officer).write_text("secret")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with Door(Addresses(url, url, folder)) as door:
        yield door
    server.shutdown()
    server.server_close()


def test_a_call_that_meets_a_restart_is_repeated_under_the_same_request_id(tmp_path: Path) -> None:
    with a_door(tmp_path, (503, {}), (429, {}), (200, {"complaint_id": "c1"})) as door:
        assert door.command("/v1/complaints", {"narrative": "x"}) == {"complaint_id": "c1"}
    assert len(Answers.asked) == 3
    assert len({str(asked["request_id"]) for asked in Answers.asked}) == 1


def test_two_commands_have_two_request_ids(tmp_path: Path) -> None:
    with a_door(tmp_path, (200, {})) as door:
        door.command("/v1/complaints", {})
        door.command("/v1/complaints", {})
    assert len({str(asked["request_id"]) for asked in Answers.asked}) == 2


def test_a_refusal_ends_the_demo_and_says_what_was_refused(tmp_path: Path) -> None:
    with (
        a_door(tmp_path, (409, {"reason": "NOT_HOLDER"})) as door,
        pytest.raises(DemoFailed, match=r"POST /v1/x: 409 .*NOT_HOLDER"),
    ):
        door.command("/v1/x", {})


def test_whoever_comes_in_by_a_secret_acts_by_the_token_that_it_bought(tmp_path: Path) -> None:
    with a_door(tmp_path, (200, {"token": "own"})) as door:
        agency = door.enter("/v1/clarifications:open", {"secret": "s"})
        door.command("/v1/clarifications/c1:answer", {}, agency)
    assert agency == Own("own")
    assert Answers.asked[0] == {"secret": "s"}
    assert Answers.by == ["", "Bearer own"]


def test_the_queue_is_read_page_by_page_until_it_shows_what_the_day_needs(tmp_path: Path) -> None:
    first = {"offers": [{"matter_id": "m1", "offer_no": "2"}], "next_page_token": "more"}
    third = {"matter_id": "m3", "offer_no": "1", "category": "worker_in_process", "worker_id": "w1"}
    second = {"offers": [{"matter_id": "m2", "offer_no": "4"}, third]}
    with a_door(tmp_path, (200, {"offers": []}), (200, first), (200, second)) as door:
        seen = Queues(door)
        ids = {complaint(0): "m1", complaint(1): "m2"}
        seen.look([Accept(0), Accept(1), TakeWorker(7)], Papers(ids=ids, workers={7: "w1"}))
    by_worker = {"m3": ("m3", 1), "w1": ("m3", 1)}
    assert seen.offers == {"m1": ("m1", 2), "m2": ("m2", 4), **by_worker}
