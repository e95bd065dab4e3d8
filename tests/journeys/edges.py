"""The trace topology: one line per hop, (parent span, child span, how), Kafka edges included.

`test_edges.py` asserts each of them from exported spans, and that there is no other between
services. A hop by http starts with a person, one by a clock with nobody: each begins a trace of its
own. How the door calls a deputy is one hop by grpc: the client's span stands for the one above it.
"""

from __future__ import annotations

from tests.journeys.traces import CLOCK, PERSON, Edge

HTTP: tuple[Edge, ...] = (
    (PERSON, "POST /v1/complaints", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:triage", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:offer", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:withdraw", "http"),
    (PERSON, "POST /v1/protection/offers/{matter_id}:decline", "http"),
    (PERSON, "POST /v1/protection/offers/{matter_id}:ask", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:clarify", "http"),
    (PERSON, "POST /v1/protection/offers/{matter_id}:accept", "http"),
    (PERSON, "POST /v1/protection/cases/{case_id}:mediate", "http"),
    (PERSON, "POST /v1/protection/cases/{case_id}:return", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:answer", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:close", "http"),
    (PERSON, "POST /v1/complaints/{complaint_id}:reopen", "http"),
)

CLOCKS: tuple[Edge, ...] = (
    (CLOCK, "complaint lapse_offer", "clock"),
    (CLOCK, "complaint end_question", "clock"),
)

GRPC: tuple[Edge, ...] = (
    ("POST /v1/complaints", "complaint FileComplaint", "grpc"),
    ("POST /v1/complaints/{complaint_id}:triage", "complaint TriageComplaint", "grpc"),
    ("POST /v1/complaints/{complaint_id}:offer", "complaint OfferComplaint", "grpc"),
    ("POST /v1/complaints/{complaint_id}:withdraw", "complaint WithdrawOffer", "grpc"),
    ("POST /v1/protection/offers/{matter_id}:decline", "protection DeclineOffer", "grpc"),
    ("POST /v1/protection/offers/{matter_id}:ask", "protection AskAboutOffer", "grpc"),
    ("POST /v1/complaints/{complaint_id}:clarify", "complaint ClarifyOffer", "grpc"),
    ("POST /v1/protection/offers/{matter_id}:accept", "protection AcceptOffer", "grpc"),
    ("POST /v1/protection/cases/{case_id}:mediate", "protection HoldMediation", "grpc"),
    ("POST /v1/protection/cases/{case_id}:return", "protection ReturnCase", "grpc"),
    ("POST /v1/complaints/{complaint_id}:answer", "complaint AnswerComplaint", "grpc"),
    ("POST /v1/complaints/{complaint_id}:close", "complaint CloseComplaint", "grpc"),
    ("POST /v1/complaints/{complaint_id}:reopen", "complaint ReopenComplaint", "grpc"),
)

# From one service to the other.
KAFKA: tuple[Edge, ...] = (
    ("complaint FileComplaint", "protection follow_custody", "kafka"),
    ("complaint TriageComplaint", "protection follow_severity", "kafka"),
    ("complaint OfferComplaint", "protection follow_custody", "kafka"),
    ("complaint WithdrawOffer", "protection follow_custody", "kafka"),
    ("complaint lapse_offer", "protection follow_custody", "kafka"),
    ("complaint end_question", "protection follow_custody", "kafka"),
    ("protection DeclineOffer", "complaint decide_reply", "kafka"),
    ("protection AskAboutOffer", "complaint decide_reply", "kafka"),
    ("complaint decide_reply", "protection follow_custody", "kafka"),
    ("complaint ClarifyOffer", "protection follow_custody", "kafka"),
    ("protection AcceptOffer", "complaint decide_reply", "kafka"),
    ("protection follow_custody", "complaint show_case_opened", "kafka"),
    ("protection HoldMediation", "complaint show_mediation_held", "kafka"),
    ("protection ReturnCase", "complaint follow_custody", "kafka"),
    ("complaint CloseComplaint", "protection follow_custody", "kafka"),
    ("complaint ReopenComplaint", "protection follow_custody", "kafka"),
)

# A service reads its own records, too: it is told of them in the order of the log.
OWN: tuple[Edge, ...] = (
    ("complaint FileComplaint", "complaint follow_custody", "kafka"),
    ("complaint OfferComplaint", "complaint follow_custody", "kafka"),
    ("complaint WithdrawOffer", "complaint follow_custody", "kafka"),
    ("complaint lapse_offer", "complaint follow_custody", "kafka"),
    ("complaint end_question", "complaint follow_custody", "kafka"),
    ("protection DeclineOffer", "protection decide_reply", "kafka"),
    ("protection AskAboutOffer", "protection decide_reply", "kafka"),
    ("complaint decide_reply", "complaint follow_custody", "kafka"),
    ("complaint ClarifyOffer", "complaint follow_custody", "kafka"),
    ("protection AcceptOffer", "protection decide_reply", "kafka"),
    ("protection ReturnCase", "protection follow_custody", "kafka"),
    ("complaint CloseComplaint", "complaint follow_custody", "kafka"),
    ("complaint ReopenComplaint", "complaint follow_custody", "kafka"),
)

EDGES = frozenset((*HTTP, *CLOCKS, *GRPC, *KAFKA, *OWN))

# What one human act set off by itself, without a break, as the order of its hops: one trace.
ACCEPTING = (
    "POST /v1/protection/offers/{matter_id}:accept",
    "protection AcceptOffer",
    "complaint decide_reply",
    "protection follow_custody",
    "complaint show_case_opened",
)
