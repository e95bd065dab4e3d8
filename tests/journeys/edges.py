"""The trace topology: every hop, (parent span, child span, how), Kafka edges included.

`test_edges.py` asserts each of them from exported spans, and that there is no other between
services. A hop by http starts with a person, and so does a ministry's message; one by a clock
starts with nobody: each begins a trace of its own. How the door calls a deputy is one hop by grpc:
the client's span stands for the one above it. What people do is written down once, and so is who
writes the custody log: every deputy reads it, and so does insight, which hears of all else as well.
"""

from __future__ import annotations

from tests.journeys.traces import CLOCK, PERSON, Edge

DEPUTIES = ("complaint", "empowerment", "exchange", "placement", "protection")
# Who reads the custody log: the read side, too.
READERS = (*DEPUTIES, "insight")

# What a person does at the door, and the rpc that does it.
ACTS = (
    ("POST /v1/complaints", "complaint FileComplaint"),
    ("POST /v1/complaints/{complaint_id}:triage", "complaint TriageComplaint"),
    ("POST /v1/complaints/{complaint_id}:request_documents", "complaint RequestDocuments"),
    ("POST /v1/complaints/{complaint_id}:receive_documents", "complaint ReceiveDocuments"),
    ("POST /v1/complaints/{complaint_id}:distribute", "complaint DistributeComplaint"),
    ("POST /v1/complaints/{complaint_id}:merge", "complaint MergeComplaint"),
    ("POST /v1/complaints/{complaint_id}:separate", "complaint SeparateComplaint"),
    ("POST /v1/complaints/{complaint_id}:survey", "complaint AnswerSurvey"),
    ("POST /v1/complaints/{complaint_id}:consent", "complaint RecordConsent"),
    ("POST /v1/complaints/{complaint_id}:ask_why", "complaint AskWhy"),
    ("POST /v1/complaints/{complaint_id}:contact_plan", "complaint SetContactPlan"),
    ("POST /v1/complaints/{complaint_id}:doubt_contact_plan", "complaint DoubtContactPlan"),
    ("POST /hooks/{channel}", "complaint ReceiveMessage"),
    ("POST /v1/units/{unit}:contact", "complaint SetStaffContact"),
    ("POST /v1/complaints/{complaint_id}:take", "complaint TakeComplaint"),
    ("POST /v1/complaints/{complaint_id}:assign", "complaint AssignComplaint"),
    ("POST /v1/officers", "complaint AppointOfficer"),
    ("POST /v1/officers:release", "complaint ReleaseOfficer"),
    ("POST /v1/complaints/{complaint_id}:offer", "complaint OfferComplaint"),
    ("POST /v1/complaints/{complaint_id}:refer", "complaint ReferComplaint"),
    ("POST /v1/complaints/{complaint_id}:withdraw", "complaint WithdrawOffer"),
    ("POST /v1/complaints/{complaint_id}:clarify", "complaint ClarifyOffer"),
    ("POST /v1/complaints/{complaint_id}:extend", "complaint ExtendOffer"),
    ("POST /v1/complaints/{complaint_id}:extend_clock", "complaint ExtendClock"),
    ("POST /v1/complaints/{complaint_id}:answer", "complaint AnswerComplaint"),
    ("POST /v1/complaints/{complaint_id}:close", "complaint CloseComplaint"),
    ("POST /v1/complaints/{complaint_id}:reopen", "complaint ReopenComplaint"),
    ("POST /v1/complaints/{complaint_id}:link", "complaint LinkPerson"),
    ("POST /v1/complaints/{complaint_id}:unlink", "complaint UnlinkPerson"),
    ("POST /v1/complaints/{complaint_id}:invite", "complaint InviteP3mi"),
    ("POST /v1/complaints/{complaint_id}:renew_invitation", "complaint RenewInvitation"),
    ("POST /v1/complaints/{complaint_id}:hold_clarification", "complaint HoldClarification"),
    ("POST /v1/complaints/{complaint_id}:confirm_commitment", "complaint ConfirmCommitment"),
    ("POST /v1/complaints/{complaint_id}:recommend_sanction", "complaint RecommendSanction"),
    ("POST /v1/complaints/{complaint_id}:clarify_sanction", "complaint ClarifySanction"),
    ("POST /v1/complaints/{complaint_id}:drop_sanction", "complaint DropSanction"),
    ("POST /v1/clarifications/{clarification_id}:answer", "complaint AnswerInvitation"),
    ("POST /v1/clarifications/{clarification_id}:ask_date", "complaint AskAnotherDate"),
    ("POST /v1/clarifications/{clarification_id}:object", "complaint ObjectToInvitation"),
    ("POST /v1/clarifications/{clarification_id}:add_file", "complaint AddFile"),
    ("POST /v1/empowerment/offers/{matter_id}:accept", "empowerment AcceptOffer"),
    ("POST /v1/empowerment/offers/{matter_id}:decline", "empowerment DeclineOffer"),
    ("POST /v1/empowerment/offers/{matter_id}:ask", "empowerment AskAboutOffer"),
    ("POST /v1/empowerment/plans/{plan_id}:enrol", "empowerment EnrolReturnee"),
    ("POST /v1/empowerment/plans/{plan_id}:wish", "empowerment RecordWish"),
    ("POST /v1/empowerment/plans/{plan_id}:outcome", "empowerment RecordOutcome"),
    ("POST /v1/exchange/offers/{matter_id}:accept", "exchange AcceptOffer"),
    ("POST /v1/exchange/offers/{matter_id}:decline", "exchange DeclineOffer"),
    ("POST /v1/exchange/offers/{matter_id}:ask", "exchange AskAboutOffer"),
    ("POST /v1/exchange/referrals/{referral_id}:return", "exchange ReturnReferral"),
    ("POST /v1/p3mi", "placement RegisterP3mi"),
    ("POST /v1/p3mi/{p3mi_id}:lift", "placement LiftLock"),
    ("POST /v1/workers", "placement RegisterWorker"),
    ("POST /v1/workers/{worker_id}:erase", "placement EraseWorker"),
    ("POST /v1/placements", "placement StartPlacement"),
    ("POST /v1/placements/{placement_id}:depart", "placement RecordDeparture"),
    ("POST /v1/placements/{placement_id}:return", "placement RecordReturn"),
    ("POST /v1/placements/{placement_id}:stop", "placement StopPlacement"),
    ("POST /v1/placement/offers/{matter_id}:accept", "placement AcceptOffer"),
    ("POST /v1/placement/offers/{matter_id}:decline", "placement DeclineOffer"),
    ("POST /v1/placement/offers/{matter_id}:ask", "placement AskAboutOffer"),
    ("POST /v1/placement/sanctions/{file_id}:lock", "placement LockP3mi"),
    ("POST /v1/placement/sanctions/{file_id}:close", "placement CloseSanctionFile"),
    ("POST /v1/placement/matters/{matter_id}:offer", "placement OfferWorkerMatter"),
    ("POST /v1/placement/matters/{matter_id}:clarify", "placement ClarifyWorkerMatter"),
    ("POST /v1/protection/offers/{matter_id}:accept", "protection AcceptOffer"),
    ("POST /v1/protection/offers/{matter_id}:decline", "protection DeclineOffer"),
    ("POST /v1/protection/offers/{matter_id}:ask", "protection AskAboutOffer"),
    ("POST /v1/protection/cases/{case_id}:mediate", "protection HoldMediation"),
    ("POST /v1/protection/cases/{case_id}:return", "protection ReturnCase"),
    ("POST /v1/protection/cases/{case_id}:refer", "protection ReferCase"),
    ("POST /v1/protection/cases/{case_id}:clarify", "protection ClarifyReferral"),
    (
        "POST /v1/protection/cases/{case_id}:recommend_sanction",
        "protection RecommendSanction",
    ),
    ("POST /v1/protection/sanctions/{matter_id}:offer", "protection OfferSanction"),
    ("POST /v1/protection/sanctions/{matter_id}:clarify", "protection ClarifySanction"),
    ("POST /v1/protection/sanctions/{matter_id}:drop", "protection DropSanction"),
    ("POST /v1/protection/cases/{case_id}:repatriate", "protection OpenRepatriation"),
    ("POST /v1/protection/repatriations/{matter_id}:arrive", "protection RecordArrival"),
    ("POST /v1/protection/repatriations/{matter_id}:offer", "protection OfferReturnee"),
    ("POST /v1/protection/repatriations/{matter_id}:clarify", "protection ClarifyReturnee"),
    ("POST /v1/protection/repatriations/{matter_id}:close", "protection CloseRepatriation"),
)

# A clock goes with the record that ends it: each of these has run because nobody acted.
CLOCKS = (
    "complaint lapse_offer",
    "complaint end_question",
    "placement lapse_offer",
    "placement end_question",
    "protection lapse_offer",
    "protection end_question",
    "exchange end_silence",
    "placement begin_worker_matter",
    "placement end_worker_matter",
    "placement release_p3mi",
)

# Who writes the custody log, which every deputy reads, the writer too: it is told of its own
# records in the order of the log.
CUSTODY = (
    "complaint FileComplaint",
    "complaint TakeComplaint",
    "complaint AssignComplaint",
    "complaint ReleaseOfficer",
    "complaint MergeComplaint",
    "complaint SeparateComplaint",
    "complaint OfferComplaint",
    "complaint ReferComplaint",
    "complaint WithdrawOffer",
    "complaint ClarifyOffer",
    "complaint ExtendOffer",
    "complaint CloseComplaint",
    "complaint ReopenComplaint",
    "complaint RecommendSanction",
    "complaint ClarifySanction",
    "complaint DropSanction",
    "complaint decide_reply",
    "complaint follow_custody",
    "complaint lapse_offer",
    "complaint end_question",
    "empowerment RecordOutcome",
    "exchange ReturnReferral",
    "exchange take_answer",
    "exchange end_silence",
    "placement LockP3mi",
    "placement CloseSanctionFile",
    "placement OfferWorkerMatter",
    "placement ClarifyWorkerMatter",
    "placement begin_worker_matter",
    "placement end_worker_matter",
    "placement decide_reply",
    "placement lapse_offer",
    "placement end_question",
    "protection ReturnCase",
    "protection ReferCase",
    "protection ClarifyReferral",
    "protection RecommendSanction",
    "protection OfferSanction",
    "protection ClarifySanction",
    "protection DropSanction",
    "protection OpenRepatriation",
    "protection RecordArrival",
    "protection OfferReturnee",
    "protection ClarifyReturnee",
    "protection CloseRepatriation",
    "protection decide_reply",
    "protection lapse_offer",
    "protection end_question",
)

# Who answers an offer: every deputy reads it, and the giver decides. A ministry answers by its own
# message or by a letter; for one without an agreement exchange declines.
REPLIES = (
    "exchange AcceptOffer",
    "exchange DeclineOffer",
    "exchange AskAboutOffer",
    "exchange take_answer",
    "exchange follow_custody",
    "empowerment AcceptOffer",
    "empowerment DeclineOffer",
    "empowerment AskAboutOffer",
    "placement AcceptOffer",
    "placement DeclineOffer",
    "placement AskAboutOffer",
    "protection AcceptOffer",
    "protection DeclineOffer",
    "protection AskAboutOffer",
)

# Who tells what is no custody and no reply: insight hears it all.
TELLERS = (
    "complaint FileComplaint",
    "complaint RequestDocuments",
    "complaint MergeComplaint",
    "complaint AnswerSurvey",
    "complaint ReceiveMessage",
    "complaint RecordConsent",
    "complaint TriageComplaint",
    "complaint AnswerComplaint",
    "complaint CloseComplaint",
    "complaint LinkPerson",
    "complaint UnlinkPerson",
    "empowerment follow_custody",
    "empowerment EnrolReturnee",
    "empowerment RecordWish",
    "empowerment RecordOutcome",
    "placement RegisterP3mi",
    "placement LockP3mi",
    "placement LiftLock",
    "placement release_p3mi",
    "placement RegisterWorker",
    "placement EraseWorker",
    "placement StartPlacement",
    "placement RecordDeparture",
    "placement RecordReturn",
    "placement StopPlacement",
    "protection follow_custody",
    "protection HoldMediation",
    "protection OpenRepatriation",
    "protection RecordArrival",
)

# Who tells of a ministry's dates, which insight keeps.
REFERRALS = (
    "exchange follow_custody",
    "exchange ReturnReferral",
    "exchange take_answer",
    "exchange end_silence",
)

# What else one deputy tells another.
NEWS = (
    ("complaint TriageComplaint", "protection follow_severity"),
    ("complaint RecordConsent", "protection note_consent"),
    ("complaint LinkPerson", "protection note_worker"),
    ("complaint UnlinkPerson", "protection forget_worker"),
    ("empowerment RecordWish", "placement note_wish"),
    ("protection follow_custody", "complaint show_case_opened"),
    ("protection HoldMediation", "complaint show_mediation_held"),
    ("exchange follow_custody", "complaint show_referral"),
    ("exchange end_silence", "complaint show_reminder"),
    ("placement RecordDeparture", "exchange tell_ministries"),
    ("placement RecordReturn", "exchange tell_ministries"),
    ("placement EraseWorker", "exchange tell_ministries"),
    ("protection OpenRepatriation", "exchange tell_ministries"),
)

# Whom the deliverer of partner streams asks for what is personal.
OWNERS = ("complaint GetNote", "placement GetWorker", "protection GetNote")

HTTP = {(PERSON, route, "http") for route, _ in ACTS}
GRPC = {(route, rpc, "grpc") for route, rpc in ACTS}
FETCHED = {("exchange send_out", rpc, "grpc") for rpc in OWNERS}
BY_CLOCK = {(CLOCK, deed, "clock") for deed in CLOCKS}
KAFKA = {
    *((deed, f"{reader} follow_custody", "kafka") for deed in CUSTODY for reader in READERS),
    *((deed, f"{deputy} decide_reply", "kafka") for deed in REPLIES for deputy in DEPUTIES),
    *((deed, "insight note_record", "kafka") for deed in (*REPLIES, *TELLERS)),
    *((deed, "insight follow_referral", "kafka") for deed in REFERRALS),
    *((deed, reaction, "kafka") for deed, reaction in NEWS),
    (PERSON, "exchange take_answer", "kafka"),
}

EDGES: frozenset[Edge] = frozenset(HTTP | GRPC | FETCHED | BY_CLOCK | KAFKA)

# What an operator asks the read side, which asks every service there and then.
PARKED = "GET /v1/insight/parked"
ASKED: frozenset[Edge] = frozenset(
    {
        (PERSON, PARKED, "http"),
        (PARKED, "insight GetParked", "grpc"),
        *(("insight GetParked", f"{service} ReadParked", "grpc") for service in READERS),
    }
)

# What one human act set off by itself, without a break, as the order of its hops: one trace.
ACCEPTING = (
    "POST /v1/protection/offers/{matter_id}:accept",
    "protection AcceptOffer",
    "complaint decide_reply",
    "protection follow_custody",
    "complaint show_case_opened",
)
