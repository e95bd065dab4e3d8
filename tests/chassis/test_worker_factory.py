"""A bare worker: what a test gives it, and nothing else."""

import pytest
from nameko.extensions import DependencyProvider

from services.chassis.testing import FakeUnitOfWork, worker_factory
from services.chassis.unit_of_work import Database


class Desk:
    name = "desk"
    uow = Database()
    post = DependencyProvider()

    def count(self) -> int:
        return len(self.uow.emitted)  # type: ignore[attr-defined] # the fake has it


def test_a_worker_works_with_what_it_is_given() -> None:
    assert worker_factory(Desk, uow=FakeUnitOfWork()).count() == 0


def test_a_worker_is_not_given_what_it_does_not_ask_for() -> None:
    with pytest.raises(TypeError, match="Desk has no dependency clock"):
        worker_factory(Desk, clock=None)


def test_what_was_not_given_cannot_be_used() -> None:
    with pytest.raises(AttributeError):
        worker_factory(Desk).count()


def test_a_fake_says_that_queries_need_a_database() -> None:
    with pytest.raises(AssertionError, match="mark the test `database`"):
        FakeUnitOfWork().session.execute(None)  # type: ignore[call-overload] # never looked at
