"""This service's law and units, read once: states and actions, clocks and closure grounds."""

from pathlib import Path

from services.handover.custody import Party
from services.process.checks import Names
from services.process.law import Law
from services.process.offices import Offices

PROCESS = "complaint"
# Who holds what is filed.
HERE = Party("complaint", "kp2mi", "layanan_pengaduan")
# What the file may name: what an action needs (`domain`), and what ends a clock.
NAMES = Names(
    guards=(
        *("has_receiver", "is_asked", "is_unasked", "other_is_open"),
        *("is_appointed", "is_of_unit", "is_free", "officer_is_of_unit", "has_none_elsewhere"),
        *("has_consent", "has_plan"),
        *("first_is_open_or_over", "is_no_third", "is_invited", "asks_for_no_third"),
        *("has_commitments", "commitments_are_kept", "is_broken", "is_admitted"),
        *("p3mi_is_known", "has_sanction"),
    ),
    handlers=("lapse_offer", "end_question"),
)
# From which action a ground counts that waits since an answer.
ANSWERS = "AnswerComplaint"
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
OFFICES = Offices.load(Path(__file__).with_name("offices.toml"))
