"""This service's law, read once: states and actions, and clocks."""

from pathlib import Path

from services.process.checks import Names
from services.process.law import Law

REFERRAL = "referral"
ANSWER, REMINDER = "answer", "reminder"
NAMES = Names(handlers=("end_question", "end_silence"))
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
