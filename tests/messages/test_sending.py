"""The sender as a service's process has it: a thread of a nameko class."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.container import Container
from services.chassis.runtime import Runtime
from services.messages.claiming import Trouble
from services.messages.sending import Messenger
from tests.messages.builders import NUMBER, QUESTION, a_plan, a_way
from tests.messages.post import Post
from tests.support.waiting import until

pytestmark = pytest.mark.database("complaint")


class ComplaintMessages(Messenger):
    """Keeps a note of each trouble, as a service may."""

    name = "complaint.messages"

    def on_trouble(self, told: Trouble) -> None:
        self.uow.write_note(told.matter_id, told.reason)


@pytest.fixture
def post(database: sa.Engine) -> Post:
    return Post(database)


@contextmanager
def at_work(runtime: Runtime) -> Iterator[None]:
    container = Container(ComplaintMessages, runtime)
    container.start()
    try:
        yield
    finally:
        container.stop()


def notes(post: Post) -> list[str]:
    with post.engine.begin() as connection:
        return list(connection.execute(sa.text("SELECT text FROM note")).scalars())


def files(folder: Path) -> list[Path]:
    return list(folder.glob("*/*.json"))


def test_a_message_of_a_transaction_is_found_by_the_sender_of_another_process(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESTAFET_MESSAGES_SPOOL_DIR", str(tmp_path))
    post.keep()
    with at_work(post.runtime):
        post.write()
        [path] = until(lambda: files(tmp_path))
    assert QUESTION in json.loads(path.read_text())["text"]


def test_a_service_hears_of_a_trouble_in_the_transaction_that_notes_it(post: Post) -> None:
    post.keep(a_plan(a_way(safe=False)))
    post.write()
    with at_work(post.runtime):
        assert until(lambda: notes(post)) == ["no_safe_way"]


def test_the_sender_says_that_it_turns(post: Post) -> None:
    runtime = post.runtime
    with at_work(runtime):
        beat = runtime.beats.of("complaint.messages.sender")
        before = beat._at
        assert until(lambda: beat._at > before)


def test_a_sender_without_its_database_tries_again(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    away = Post(sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    with at_work(away.runtime):
        assert until(lambda: caplog.messages.count("sender tries again") >= 2)


def test_no_log_line_has_a_number_an_address_or_a_text(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post.keep(a_plan(a_way(), code_word="Melati"))
    post.write()
    with at_work(post.runtime):
        assert until(lambda: notes(post)) == ["channel_not_set_up:sms"]
    told = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert [each for each in (NUMBER, QUESTION, a_way().address, "Melati") if each in told] == []
