"""Of the library's countries one is loaded, and nobody else is kept from the others."""

import subprocess
import sys

import pytest

# Each line of what is said is asserted on; a process of its own has imported nothing yet.
ALONE = """
import sys
from services.process import calendar
print(sum(name.startswith("holidays.countries.") for name in sys.modules))
"""
THEN_ALL = """
from services.process import calendar
import holidays
from holidays.countries import ID, SG
print(len(holidays.country_holidays("ID", years=2024)) > 0, SG.country)
print(ID is calendar._ID)
"""
AFTER_ALL = """
import holidays.countries
from services.process import calendar
print(holidays.countries.ID is calendar._ID)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("program", "said"),
    [(ALONE, ["1"]), (THEN_ALL, ["True SG", "True"]), (AFTER_ALL, ["True"])],
    ids=["alone", "then all", "after all"],
)
def test_one_country_is_loaded_and_the_library_is_whole(program: str, said: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split("\n")[:-1] == said
