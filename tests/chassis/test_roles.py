"""Each role of each deputy can run alone: what it needs is there, whatever it imports itself."""

import subprocess
import sys

import pytest

from services.chassis import catalogue
from services.chassis.__main__ import ROLES

pytestmark = pytest.mark.process

# Making a process connects to nothing.
PROGRAM = """
import sqlalchemy as sa
from services.chassis.__main__ import Process
from services.handover.custody import Custody
from tests.databases import a_runtime

Process(a_runtime(sa.create_engine("postgresql+psycopg://"), "{service}"), ("{role}",))
print(sa.inspect(Custody).local_table)
"""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", catalogue.services())
def test_what_is_mapped_to_tables_is_so_in_every_role(service: str, role: str) -> None:
    """Found by kills: reactions that were alone in their process parked every record."""
    program = PROGRAM.format(service=service, role=role)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout == "matter\n", ran.stderr
