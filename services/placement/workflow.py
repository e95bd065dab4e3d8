"""This service's law, read once: states and actions, clocks and grounds."""

from pathlib import Path

from services.process.checks import Names
from services.process.law import Law

NAMES = Names(
    guards=(
        *("is_asked", "is_new_decision", "is_new_licence", "is_locked_by_it"),
        *("agency_is_free", "is_in_no_process", "is_not_on_the_way", "has_no_open_matter"),
    ),
    handlers=("lapse_offer", "end_question"),
)
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
