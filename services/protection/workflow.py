"""This service's law, read once: states and actions, clocks and grounds."""

from pathlib import Path

from services.process.checks import Names
from services.process.law import Law

NAMES = Names(
    guards=("case_is_open", "is_asked", "is_unmediated"),
    handlers=("lapse_offer", "end_question"),
    evidence={"ReferCase": ("consent",)},
)
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
