"""The release after this one, made from this checkout: a table, an event and an event type grow.

- `complaint.basis`, a column that may be empty, with its migration;
- `ComplaintTriaged.basis`, a field more on an event that protection reacts to;
- `ComplaintWeighed`, a new type on a topic that is there, told at each triage; protection notes it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.layout import CHECKOUT
from infra.local.processes import Program

BASIS = "officer"
WEIGHED = "estafet.complaint.v1.ComplaintWeighed"
REVISION = "complaint_next"

_OF_EVENTS = "protos/estafet/complaint/v1/events.proto"
_FIELD = "  string basis = 4 [(options.v1.data) = DATA_INTERNAL];\n"
_WEIGHED = """
// ComplaintWeighed: how heavy a complaint weighs.
message ComplaintWeighed {
  option (options.v1.route) = {
    topic: "estafet.complaint.v1"
    key: "complaint_id"
  };

  string complaint_id = 1 [(options.v1.data) = DATA_INTERNAL];
  int32 weight = 2 [(options.v1.data) = DATA_INTERNAL];
}
"""
_MIGRATION = '''"""Complaints say on what basis they were triaged; those of before say nothing."""

from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("ALTER TABLE complaint ADD COLUMN basis text")
'''
_EMITTED = "        complaint.triage_no = self.uow.emit_numbered(event) or complaint.triage_no\n"
_WITH_BASIS = f"""\
        from estafet.complaint.v1.events_pb2 import ComplaintWeighed
        if event is not None:
            complaint.basis = event.basis = "{BASIS}"
{_EMITTED}        if event is not None:
            weight = event.severity + 1
            self.uow.emit(ComplaintWeighed(complaint_id=event.complaint_id, weight=weight))
"""
_REACTION = f"""
    from estafet.complaint.v1.events_pb2 import ComplaintWeighed

    @on_event(ComplaintWeighed)
    def note_weight(self, event: ComplaintWeighed) -> None:
        self.uow.write_note(event.complaint_id, f"{WEIGHED} {{event.weight}}")
"""


@dataclass(frozen=True)
class NextRelease:
    """A folder with the code of the next release, and how a process comes to run it."""

    folder: Path

    @property
    def python_path(self) -> str:
        return os.pathsep.join((str(self.folder), str(self.folder / "build" / "protos")))

    def of(self, program: Program) -> Program:
        """The same program with this release's code."""
        return replace(program, environment={**program.environment, "PYTHONPATH": self.python_path})


def made_in(folder: Path) -> NextRelease:
    """Copy this checkout's code, let it grow, and generate its protos. Takes a second or two."""
    for part in ("services", "protos"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / part, folder / part, ignore=without)
    _grow_events(folder / _OF_EVENTS)
    _grow_table(folder / "services" / "complaint")
    _put(folder / "services/complaint/api.py", _EMITTED, _WITH_BASIS)
    with (folder / "services/protection/reactions.py").open("a") as reactions:
        reactions.write(_REACTION)
    subprocess.run([sys.executable, folder / "protos" / "build.py"], check=True)
    return NextRelease(folder)


def _grow_events(path: Path) -> None:
    text = path.read_text()
    triaged = re.search(r"message ComplaintTriaged \{.*?\n\}", text, re.DOTALL)
    assert triaged, "there is no ComplaintTriaged any more"
    grown = triaged[0].removesuffix("}") + _FIELD + "}"
    path.write_text(text.replace(triaged[0], grown) + _WEIGHED)


def _grow_table(service: Path) -> None:
    _put(
        service / "store.py",
        '    text("category"),\n',
        '    text("category"),\n    sa.Column("basis", sa.Text),\n',
    )
    folder = service / "migrations" / "versions"
    newest = max(folder.glob("*.py")).read_text()
    before = re.search(r'^revision = "(\w+)"', newest, re.MULTILINE)
    assert before, "the newest migration has no revision"
    migration = _MIGRATION.format(revision=REVISION, before=before[1])
    (folder / f"{REVISION}.py").write_text(migration)


def _put(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path}: {old.strip()} is there {text.count(old)} times"
    path.write_text(text.replace(old, new))
