"""The import rules find what they forbid."""

from pathlib import Path

import pytest

from infra.local import imports


def found(checkout: Path, where: str, code: str) -> list[str]:
    path = checkout / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    return imports.violations(checkout)


@pytest.mark.parametrize(
    "code",
    [
        "import sqlalchemy",
        "import uuid",
        "from nameko.extensions import Entrypoint",
        "from services.chassis import clock",
        "from services.protection.domain import Case",
        "def late():\n    from time import time",
    ],
)
def test_a_domain_that_knows_more_than_values_is_found(tmp_path: Path, code: str) -> None:
    (problem,) = found(tmp_path, "services/complaint/domain.py", code)
    assert problem.startswith("services/complaint/domain.py:")


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime",
        "from estafet.complaint.v1 import events_pb2",
        "from google.protobuf.timestamp_pb2 import Timestamp",
        "from services.chassis.errors import NotAllowed",
        "from services.complaint.domain.clocks import Clock",
        "from services.process.workflow import Ground",
    ],
)
def test_a_domain_may_know_values_messages_errors_and_law(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, "services/complaint/domain/complaint.py", code) == []


def test_what_a_domain_imports_of_its_own_service_is_held_to_the_same(tmp_path: Path) -> None:
    found(tmp_path, "services/complaint/tables.py", "import sqlalchemy")
    (problem,) = found(
        tmp_path, "services/complaint/domain.py", "from services.complaint import tables"
    )
    assert problem.startswith("services/complaint/tables.py:1:")


def test_eventlet_is_for_the_container_alone(tmp_path: Path) -> None:
    code = "from nameko.containers import ServiceContainer"
    assert found(tmp_path, "services/chassis/container.py", code) == []
    (problem,) = found(tmp_path, "services/chassis/rpc.py", "import eventlet")
    assert problem.startswith("services/chassis/rpc.py:1: only services/chassis/container.py")
