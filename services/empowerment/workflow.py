"""This service's law, read once: states and actions, clocks and grounds."""

from pathlib import Path

from services.process.checks import Names
from services.process.law import Law

PLAN = "plan"
NAMES = Names(guards=("is_new_programme",), handlers=("end_question",))
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
