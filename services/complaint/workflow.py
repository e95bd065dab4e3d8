"""This service's law and units, read once: states and actions, clocks and closure grounds."""

from pathlib import Path

from services.chassis.identity import COMPLAINANT
from services.handover.custody import Party
from services.process.acts import Act
from services.process.checks import Names
from services.process.law import Law
from services.process.offices import Offices

PROCESS = "complaint"
# The kind of its matters, and the clock of what complaint has to do once one has come back.
KIND = "complaint"
FOLLOW_UP = "follow_up"
# Who holds what is filed.
HERE = Party("complaint", "kp2mi", "layanan_pengaduan")
# What the file may name: what an action needs (`domain`), what must be on file for it, and what
# ends a clock. Guards that one action asks of what it is called with:
OWN_GUARDS = (
    *("other_is_open", "is_appointed", "is_of_unit", "is_free", "officer_is_of_unit"),
    *("has_none_elsewhere", "first_is_open_or_over", "is_no_third"),
    *("is_invited", "asks_for_no_third", "has_sanction", "has_receiver", "has_ended"),
)
EVIDENCE = (
    *("requested_documents", "document_request", "consent", "contact_plan"),
    *("request", "attempt", "news", "reasons", "withdrawal"),
    *("minutes", "commitment", "broken_commitment", "admission", "agency", "kept_commitments"),
)
NAMES = Names(
    guards=("is_asked", "is_unasked", *OWN_GUARDS),
    handlers=("lapse_offer", "end_question"),
    # An officer's own acts are about no complaint.
    evidence={"complaint": EVIDENCE, "invitation": EVIDENCE},
)
# From which action a ground counts that waits since an answer.
ANSWERS = "AnswerComplaint"
# By which actions whoever complained is heard, themselves or by what they have told an officer;
# what is taken up again is, as a rule, what they do not agree with.
HEARD = (
    *("ReceiveMessage", "AskWhy", "RecordConsent", "SetContactPlan", "ReceiveDocuments"),
    *("ConfirmCommitment", "AnswerSurvey", "ReopenComplaint"),
)
# Of the contact plan only that it is still good, or that they doubt it themselves.
PLAN_DOUBTED = "DoubtContactPlan"
LAW = Law.load(Path(__file__).with_name("workflow.toml"), NAMES)
OFFICES = Offices.load(Path(__file__).with_name("offices.toml"))


def is_heard(act: Act) -> bool:
    """Whether whoever complained is heard by an act."""
    if act.action == PLAN_DOUBTED:
        return not act.reason or act.actor.startswith(f"{COMPLAINANT}:")
    return act.action in HEARD
