"""What officers, receivers, ministries and clocks may do with a complaint, by the code itself."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1 import custody_pb2 as log
from google.protobuf.message import Message

from services.chassis.identity import Caller
from services.chassis.permission import P3MI
from services.chassis.testing import a_caller, worker_factory
from services.complaint.clarification import Clarification
from services.complaint.officers import Officer
from services.complaint.reactions import ComplaintCustody
from services.complaint.workflow import HERE
from services.handover import writing
from services.handover.custody import DEFAULT_LIMITS, Custody, Offer, OfferState, Party
from services.handover.fold import Entry, fold
from tests.complaint.agency import at, the_parties
from tests.complaint.builders import api
from tests.complaint.histories import OFFICERS, Office, Step

KEMLU = Party("exchange", "kemlu")
GROUNDS = ("demand_met", "withdrawn", "invalid", "information_given")


def _command(name: str, **fields: object) -> Step:
    def act(office: Office, complaint_id: str, choice: int) -> None:
        office.uow.caller = a_caller(OFFICERS[choice % 2], "complaint_officer", "coordinator")
        request = getattr(pb, f"{name}Request")(complaint_id=complaint_id, **fields)
        getattr(api(office.uow), name)(request)

    return act


def _triage(office: Office, complaint_id: str, choice: int) -> None:
    code = ("unpaid_wages", "unpaid_wages", "overcharging", "information")[choice % 4]
    severity = 0 if code == "information" else 1 + choice % 4
    fields = {"category": code, "severity": severity}
    _command("TriageComplaint", **fields)(office, complaint_id, choice)


def _distribute(office: Office, complaint_id: str, choice: int) -> None:
    service = (pb.SERVICE_CONSULTATION, pb.SERVICE_CLAIM)[choice % 2]
    _command("DistributeComplaint", service=service)(office, complaint_id, choice)


def _close(office: Office, complaint_id: str, choice: int) -> None:
    ground = GROUNDS[choice % len(GROUNDS)]
    _command("CloseComplaint", ground=ground, text="(contoh)")(office, complaint_id, choice)
    office.seen[complaint_id].ends.append(ground)


def _merge(office: Office, complaint_id: str, choice: int) -> None:
    into = office.ids[choice % len(office.ids)]
    _command("MergeComplaint", into_id=into)(office, complaint_id, choice)
    office.seen[complaint_id].ends.append("merged")


def _again(name: str, **fields: object) -> Step:
    def act(office: Office, complaint_id: str, choice: int) -> None:
        _command(name, **fields)(office, complaint_id, choice)
        seen = office.seen[complaint_id]
        seen.reopened.add(seen.ends[-1])

    return act


def _survey(office: Office, complaint_id: str, choice: int) -> None:
    office.uow.caller = a_caller(OFFICERS[choice % 2])
    request = pb.AnswerSurveyRequest(complaint_id=complaint_id, score=1 + choice % 5)
    api(office.uow)._survey(request, solved=(True, False, None)[choice % 3])


def _assign(office: Office, complaint_id: str, choice: int) -> None:
    here = HERE.unit
    named = ((here, ""), ("coordinator", ""), *((here, officer_id) for officer_id in OFFICERS))
    unit, officer_id = named[choice % len(named)]
    _command("AssignComplaint", unit=unit, officer_id=officer_id)(office, complaint_id, choice)


def _leave(office: Office, _complaint_id: str, choice: int) -> None:
    office.uow.caller = a_caller("boss", "coordinator")
    officer_id = OFFICERS[choice % 2]
    if office.uow.read(Officer, officer_id).released_at is None:
        api(office.uow).ReleaseOfficer(pb.ReleaseOfficerRequest(officer_id=officer_id))
    else:
        back = pb.AppointOfficerRequest(officer_id=officer_id, unit=HERE.unit)
        api(office.uow).AppointOfficer(back)


def _extend_own(office: Office, complaint_id: str, choice: int) -> None:
    reason = ("word_awaited", "papers_abroad", "agency_asks")[choice % 3]
    _command("ExtendClock", reason=reason)(office, complaint_id, choice)


def _invite(office: Office, complaint_id: str, choice: int) -> None:
    meets_at = at(office.uow.now + timedelta(days=3))
    told = {"meets_at": meets_at, "place": "online", "asked": "mengapa?", "p3mi_name": "PT Contoh"}
    _command("InviteP3mi", **told)(office, complaint_id, choice)


def _invited(office: Office, complaint_id: str, choice: int) -> None:
    """What the agency does that was invited last: it asks for another date, or objects."""
    found = office.uow.find(Clarification, office.complaint(complaint_id).clarification_id)
    if found is None:
        return
    own = found.clarification_id
    office.uow.caller = Caller(found.subject, frozenset({P3MI}), matter_id=own)
    if choice % 2:
        api(office.uow).AskAnotherDate(
            pb.AskAnotherDateRequest(clarification_id=own, wished_on="2024-09-02", text="Libur.")
        )
    else:
        api(office.uow).ObjectToInvitation(
            pb.ObjectToInvitationRequest(
                clarification_id=own, objection=pb.OBJECTION_OTHER, text="Bukan kami."
            )
        )


def _hold(office: Office, complaint_id: str, choice: int) -> None:
    outcome = (pb.CLARIFICATION_OUTCOME_SECOND, pb.CLARIFICATION_OUTCOME_SETTLED)[choice % 2]
    told = {"held_at": at(office.uow.now), "place": "online", "parties": the_parties()}
    _command("HoldClarification", outcome=outcome, **told)(office, complaint_id, choice)


def _custody_step(
    write: Callable[[Office, Custody, Offer, int], None],
) -> Step:
    """What others do with an open offer."""

    def act(office: Office, complaint_id: str, choice: int) -> None:
        custody = office.custody(complaint_id)
        if custody.open_offer is not None and custody.holder.service == "complaint":
            write(office, custody, custody.open_offer, choice)

    return act


def _accept(office: Office, custody: Custody, offer: Offer, _choice: int) -> None:
    event = log.HandoverAccepted(matter_id=custody.matter_id, offer_no=offer.offer_no)
    event.giver.CopyFrom(custody.holder.to_proto())
    event.holder.CopyFrom(offer.receiver.to_proto())
    writing.write(office.uow, custody, event)


def _decline(office: Office, custody: Custody, offer: Offer, _choice: int) -> None:
    event = log.HandoverDeclined(
        matter_id=custody.matter_id, offer_no=offer.offer_no, code="not_ours"
    )
    writing.write(office.uow, custody, event)
    worker_factory(ComplaintCustody, uow=office.uow).on_refused(custody, offer)


def _inquire(office: Office, custody: Custody, offer: Offer, _choice: int) -> None:
    if offer.state is OfferState.OFFERED and office.uow.now < offer.due_at:
        event = log.HandoverAsked(matter_id=custody.matter_id, offer_no=offer.offer_no)
        event.answer_by.FromDatetime(office.uow.now + timedelta(days=30))
        writing.write(office.uow, custody, event)


def _lapse(office: Office, custody: Custody, offer: Offer, _choice: int) -> None:
    if offer.state is not OfferState.OFFERED:
        return
    office.uow.now = max(office.uow.now, offer.due_at)
    event = log.HandoverLapsed(
        matter_id=custody.matter_id, offer_no=offer.offer_no, lapses=custody.lapses + 1
    )
    writing.write(office.uow, custody, event)
    reactions = worker_factory(ComplaintCustody, uow=office.uow)
    named = reactions.coordinator(custody)
    if custody.lapses >= DEFAULT_LIMITS.lapses and named != custody.holder:
        writing.reassign(office.uow, custody, named, "silent")
    reactions.on_refused(custody, offer)


def _elsewhere(office: Office, custody: Custody, event: Message) -> None:
    """A record that whoever holds the matter has written."""
    entry = Entry(custody.custody_no + 1, event, office.uow.now, custody.holder.service)
    fold(custody, entry)


def _give_back(office: Office, complaint_id: str, choice: int) -> None:
    custody = office.custody(complaint_id)
    if custody.holder.service == "complaint" or len(custody.stack) != 1:
        return
    event = log.HandoverReturned(matter_id=complaint_id, result=("settled", "silent")[choice % 2])
    event.receiver.CopyFrom(custody.holder.to_proto())
    event.holder.CopyFrom(custody.stack[-1].to_proto())
    _elsewhere(office, custody, event)
    office.uow.receive_baton(complaint_id, custody.custody_no)
    worker_factory(ComplaintCustody, uow=office.uow).on_returned(custody, event)


def _refer_on(office: Office, complaint_id: str, _choice: int) -> None:
    custody = office.custody(complaint_id)
    if custody.holder.service != "protection":
        return
    offered = log.HandoverOffered(matter_id=complaint_id, kind="exchange.referral")
    offered.giver.CopyFrom(custody.holder.to_proto())
    offered.receiver.CopyFrom(KEMLU.to_proto())
    offered.due_at.FromDatetime(office.uow.now + timedelta(days=5))
    _elsewhere(office, custody, offered)
    accepted = log.HandoverAccepted(matter_id=complaint_id, offer_no=custody.custody_no)
    accepted.giver.CopyFrom(custody.holder.to_proto())
    accepted.holder.CopyFrom(KEMLU.to_proto())
    _elsewhere(office, custody, accepted)


STEPS: Mapping[str, Step] = {
    "triage": _triage,
    "request": _command("RequestDocuments", documents=["contract"], text="Mohon dilengkapi."),
    "receive": _command("ReceiveDocuments"),
    "distribute": _distribute,
    "offer": _command("OfferComplaint"),
    "refer": _command("ReferComplaint", ministry="kemlu", request="whereabouts"),
    "withdraw": _command("WithdrawOffer"),
    "clarify": _command("ClarifyOffer", text="Jawaban."),
    "extend": _command("ExtendOffer", reason="receiver_asks"),
    "extend_own": _extend_own,
    "answer": _command("AnswerComplaint", text="Jawaban."),
    "link": _command("LinkPerson", worker_id="w1"),
    "take": _command("TakeComplaint"),
    "assign": _assign,
    "leave": _leave,
    "close": _close,
    "merge": _merge,
    "separate": _again("SeparateComplaint"),
    "reopen": _again("ReopenComplaint", code="new_facts"),
    "survey": _survey,
    "invite": _invite,
    "invited": _invited,
    "hold": _hold,
    "accept": _custody_step(_accept),
    "decline": _custody_step(_decline),
    "inquire": _custody_step(_inquire),
    "lapse": _custody_step(_lapse),
    "give_back": _give_back,
    "refer_on": _refer_on,
}

# What is likely to come next where a complaint stands; anything else may be tried, too.
LIKELY: Mapping[str, tuple[str, ...]] = {
    "received": ("triage", "triage", "triage", "request", "take", "merge", "close"),
    "validation": ("receive", "receive", "answer", "close", "merge", "extend_own"),
    "triaged": (
        "offer",
        "refer",
        "distribute",
        "answer",
        "take",
        "assign",
        "close",
        "merge",
        "invite",
    ),
    "clarification_1": ("hold", "hold", "invited", "invite", "answer", "offer", "close"),
    "clarification_2": ("hold", "hold", "invited", "extend_own", "answer", "offer", "close"),
    "consultation": ("answer", "distribute", "offer", "refer", "close", "invite"),
    "claim": ("answer", "distribute", "offer", "refer", "close", "extend_own"),
    "offered": (
        *("accept", "accept", "accept", "decline", "inquire", "clarify", "lapse", "lapse"),
        *("extend", "withdraw", "assign"),
    ),
    "handed_over": ("give_back", "give_back", "refer_on", "answer"),
    "watched": ("give_back", "give_back", "answer"),
    "returned": ("answer", "close", "close", "offer", "distribute"),
    "closed": ("reopen", "survey", "survey"),
    "merged": ("separate",),
}
PAUSES = (0.1, 1, 9, 30, 80, 200, 800)


def a_history(seed: int, steps: int) -> Office:
    """A desk after so many tries, and some time later."""
    chance = Random(seed)  # noqa: S311 - a history, no secret
    office = Office()
    for number in range(steps):
        stages = [seen.stages[-1][0] for seen in office.seen.values()]
        which = chance.randrange(len(stages) or 1)
        likely = LIKELY[stages[which]] if stages and chance.random() < 0.9 else tuple(STEPS)
        is_new = number == 0 or chance.random() < 0.1
        step = None if is_new else STEPS[chance.choice(likely)]
        pause = timedelta(hours=chance.choice(PAUSES) * (0.5 + chance.random()))
        office.do(step, which, pause, chance.randrange(12))
    office.uow.now += timedelta(hours=chance.choice(PAUSES))
    return office
