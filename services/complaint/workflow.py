"""This service's law, read once: states and actions, clocks and closure grounds."""

from pathlib import Path

from services.process.checks import Names
from services.process.law import Law

PROCESS = "complaint"
# What the file may name: what an action needs (`domain`), and what ends a clock.
NAMES = Names(
    guards=("has_receiver", "is_asked", "is_unasked"),
    handlers=("lapse_offer", "end_question", "miss_follow_up"),
)
# From which action a ground counts that waits since an answer.
ANSWERS = "AnswerComplaint"
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
