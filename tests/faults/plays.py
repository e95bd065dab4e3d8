"""What people do with a matter, and what strangers try.

Stories go through the deputies that hand over to each other. `anything` tries every command of
every service with fields made from the protos: a service that comes later is tried without a
change here.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from estafet.protection.v1 import service_pb2 as protection
from google.protobuf.descriptor import MethodDescriptor

from services.chassis import catalogue
from tests.faults.crew import Course, Person
from tests.faults.lines import Refused
from tests.journeys.calls import request_for

COMPLAINT = "complaint_officer"
CASE = "case_officer"
PLACEMENT = "placement_officer"
EMPOWERMENT = "empowerment_officer"
LIAISON = "liaison_officer"
MINISTRIES = ("kemlu", "bpjs")
A_DAY = "2024-03-04"
# What is so only until the other side's news has come.
NOT_YET = {
    *("OFFER_NOT_FOUND", "OFFER_NOT_ASKED", "OFFER_ANSWERED", "OFFER_OPEN"),
    *(
        "NO_CONSENT",
        "CASE_NOT_OPEN",
        "FILE_NOT_OPEN",
        "PLAN_NOT_OPEN",
        "REFERRAL_NOT_OPEN",
        "CUSTODY_BEHIND",
        "NOT_HOLDER",
        "CHILD_OPEN",
    ),
}
# Codes by gRPC and by HTTP of what is refused for a reason.
FOR_A_REASON = {
    *("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "PERMISSION_DENIED"),
    *("400", "403", "404", "409"),
}
WAIT = True
GO_ON = False
Way = Generator[bool, None, Any]


def hand_over(person: Person) -> Course:
    """File, triage, offer, and be accepted at the first or the second offer; some come back."""
    case_id, matter_id = yield from _get_accepted(person)
    if _one_in(person, 3):
        yield from _come_back(person, matter_id, case_id)
    person.finished.append(matter_id)


def go_round(person: Person) -> Course:
    """The same, and the case gives something on: through all deputies."""
    case_id, matter_id = yield from _get_accepted(person)
    yield from person.rng.choice((sanction, come_home, refer))(person, case_id)
    yield from _come_back(person, matter_id, case_id)
    person.finished.append(matter_id)


def wait_for_placement(person: Person) -> Course:
    """A case about somebody recommends a sanction, goes on, and comes back once placement, which
    may be away for long, has declined."""
    case_id, matter_id = yield from _get_accepted(person)
    about = {"complaint_id": matter_id, "worker_id": person.an_id()}
    person.act("complaint", "LinkPerson", COMPLAINT, **about)
    yield GO_ON
    asked = yield from _recommend(person, case_id, person.an_id())
    yield from person.rng.choice((come_home, refer))(person, case_id)
    while person.look("placement", "ListOffers", PLACEMENT) is None:
        yield WAIT
    yield from _not_pursued(person, asked)
    yield from _come_back(person, matter_id, case_id)
    person.finished.append(matter_id)


def _get_accepted(person: Person) -> Way:
    """The case of a complaint that protection has taken over, and its matter."""
    filed = person.act(
        "complaint",
        "FileComplaint",
        narrative="Gaji tidak dibayar (contoh).",
        urgent=_one_in(person, 9),
    )
    matter_id = filed.complaint_id
    yield GO_ON
    severity = person.rng.randint(1, 4)
    triaged: dict[str, Any] = {"category": "unpaid_wages", "severity": severity}
    person.act("complaint", "TriageComplaint", COMPLAINT, complaint_id=matter_id, **triaged)
    yield GO_ON
    before = person.rng.choice((None, None, None, _declined, _withdrawn, _asked, _extended))
    offer_no = yield from _offer(person, matter_id)
    if before is not None:
        offer_no = yield from before(person, matter_id, offer_no)
    return (yield from _accept(person, matter_id, offer_no)), matter_id


def place(person: Person) -> Course:
    """A worker is registered, starts with an agency or without one, departs or not, comes back."""
    worker = person.act("placement", "RegisterWorker", PLACEMENT, name="Contoh Fiktif")
    yield GO_ON
    p3mi_id = ""
    if _one_in(person, 3):
        p3mi_id = _an_agency(person)
        yield GO_ON
    ids = {"worker_id": worker.worker_id, "p3mi_id": p3mi_id}
    started = person.act("placement", "StartPlacement", PLACEMENT, **ids, country="MYS")
    own = {"placement_id": started.placement_id}
    yield GO_ON
    if _one_in(person, 3):
        person.act("placement", "StopPlacement", PLACEMENT, **own, code="withdrew")
        return
    person.act("placement", "RecordDeparture", PLACEMENT, **own, departed_on=A_DAY)
    yield GO_ON
    person.act("placement", "RecordReturn", PLACEMENT, **own, returned_on=A_DAY)


def _an_agency(person: Person) -> str:
    """One more placement agency; its id."""
    named = {"name": "PT Contoh Fiktif", "licence_no": f"fiktif {person.an_id()}"}
    return str(person.act("placement", "RegisterP3mi", PLACEMENT, **named).p3mi_id)


def sanction(person: Person, case_id: str) -> Course:
    """An agency is recommended for a sanction: that is declined and dropped, ends without one, or
    locks the agency, and protection is offered the matter of its worker in process."""
    p3mi_id = _an_agency(person)
    worker = person.act("placement", "RegisterWorker", PLACEMENT, name="Contoh Fiktif")
    ids = {"worker_id": worker.worker_id, "p3mi_id": p3mi_id}
    person.act("placement", "StartPlacement", PLACEMENT, **ids, country="MYS")
    yield GO_ON
    asked = yield from _recommend(person, case_id, p3mi_id)
    if _one_in(person, 3):
        yield from _not_pursued(person, asked)
        return
    offered = {"matter_id": asked.matter_id, "offer_no": asked.offer_no}
    taken = yield from _as_soon_as(person, "placement", "AcceptOffer", PLACEMENT, **offered)
    yield WAIT
    if _one_in(person, 2):
        end: dict[str, Any] = {"file_id": taken.file_id, "text": "Tidak (contoh)."}
        yield from _as_soon_as(person, "placement", "CloseSanctionFile", PLACEMENT, **end)
        return
    paper = {"decision_no": person.an_id(), "article": "contoh", "signatory": "contoh"}
    lock: dict[str, Any] = {"file_id": taken.file_id, **paper}
    yield from _as_soon_as(person, "placement", "LockP3mi", PLACEMENT, **lock)


def _recommend(person: Person, case_id: str, p3mi_id: str) -> Way:
    """The answer of a case that recommends a sanction."""
    told = {"p3mi_id": p3mi_id, "violation": "overcharging", "text": "Biaya (contoh)."}
    asked = yield from _as_soon_as(
        person, "protection", "RecommendSanction", CASE, case_id=case_id, **told
    )
    yield GO_ON
    return asked


def _not_pursued(person: Person, asked: Any) -> Way:
    """Placement declines what was asked, and protection lets it be."""
    no = {"offer_no": asked.offer_no, "code": "incomplete", "text": "Bukan (contoh)."}
    own = {"matter_id": asked.matter_id}
    yield from _as_soon_as(person, "placement", "DeclineOffer", PLACEMENT, **own, **no)
    yield WAIT
    yield from _as_soon_as(
        person, "protection", "DropSanction", CASE, **own, text="Tidak (contoh)."
    )


def come_home(person: Person, case_id: str) -> Course:
    """Somebody is brought home; whoever needs something goes on with empowerment."""
    home = yield from _as_soon_as(
        person, "protection", "OpenRepatriation", CASE, case_id=case_id, country="SAU"
    )
    yield GO_ON
    own: dict[str, Any] = {"matter_id": home.matter_id}
    needs = () if _one_in(person, 3) else ("income",)
    arrived = person.act("protection", "RecordArrival", CASE, **own, arrived_on=A_DAY, needs=needs)
    yield GO_ON
    if not needs:
        return
    offered = {**own, "offer_no": arrived.offer_no}
    taken = yield from _as_soon_as(person, "empowerment", "AcceptOffer", EMPOWERMENT, **offered)
    yield WAIT
    plan = {"plan_id": taken.plan_id}
    for rpc, fields in (
        ("EnrolReturnee", {"programme": "mentoring"}),
        ("RecordWish", {"country": "TWN"}),
        ("RecordOutcome", {"outcome": "earning"}),
    ):
        yield from _as_soon_as(person, "empowerment", rpc, EMPOWERMENT, **plan, **fields)
        yield GO_ON


def refer(person: Person, case_id: str) -> Course:
    """A ministry takes the case over and returns it: by its own messages, or by letters that the
    liaison officer enters; some decline."""
    ministry = person.rng.choice(MINISTRIES)
    said = {"ministry": ministry, "given": True, "how": "spoken"}
    shown = person.look("protection", "GetCase", CASE, case_id=case_id)
    while shown is None:
        yield WAIT
        shown = person.look("protection", "GetCase", CASE, case_id=case_id)
    about = {"complaint_id": shown.case.matter_id, **said}
    yield from _as_soon_as(person, "complaint", "RecordConsent", COMPLAINT, **about)
    asked = {"case_id": case_id, "ministry": ministry, "request": "consular_help"}
    referred = yield from _as_soon_as(person, "protection", "ReferCase", CASE, **asked)
    while (offered := _offer_to_ministry(person, case_id, referred.offer_no)) is None:
        yield WAIT
    if _one_in(person, 2):
        person.write(ministry, "accept", **offered)
        yield WAIT
        person.write(ministry, "return", **offered, result="helped", text="Sudah (contoh).")
        yield WAIT
        return
    if _one_in(person, 3):
        no: dict[str, Any] = {"code": "not_ours", "text": "Bukan (contoh)."}
        yield from _as_soon_as(person, "exchange", "DeclineOffer", LIAISON, **offered, **no)
        yield WAIT
        return
    taken = yield from _as_soon_as(person, "exchange", "AcceptOffer", LIAISON, **offered)
    yield WAIT
    end = {"referral_id": taken.referral_id, "result": "helped"}
    yield from _as_soon_as(person, "exchange", "ReturnReferral", LIAISON, **end)
    yield WAIT


def _offer_to_ministry(person: Person, case_id: str, offer_no: int) -> dict[str, Any] | None:
    """The offer as exchange has it, by what an answer names; None until it has."""
    shown = person.look("protection", "GetCase", CASE, case_id=case_id)
    token, more = "", shown is not None
    while more:
        asked = {"page_size": 200, "page_token": token}
        found = person.look("exchange", "ListOffers", LIAISON, **asked)
        for offer in found.offers if found else ():
            if (offer.matter_id, offer.offer_no) == (shown.case.matter_id, offer_no):
                return {"matter_id": offer.matter_id, "offer_no": offer_no}
        token = found.next_page_token if found else ""
        more = bool(token)
    return None


def anything(person: Person) -> Course:
    """Some command of some service about a finished matter, or about none that there is.

    It is done, or refused for a reason.
    """
    matter_id = person.rng.choice((*person.finished[-20:], person.an_id()))
    service = person.rng.choice(catalogue.deputies())
    commands = [
        method
        for method in catalogue.methods(service).values()
        if "request_id" in method.input_type.fields_by_name and _is_of_officers(method)
    ]
    method = person.rng.choice(commands)
    made = request_for(method, matter_id)
    fields = {field.name: value for field, value in made.ListFields() if field.name != "request_id"}
    permission = catalogue.permission(method)
    role = person.rng.choice(tuple(permission.roles)) if permission and permission.roles else ""
    try:
        person.act(service, method.name, role, **fields)
    except Refused as refused:
        if refused.code not in FOR_A_REASON:
            raise
    yield GO_ON


def _is_of_officers(method: MethodDescriptor) -> bool:
    """Others come in by a link or a signature of their own, which nobody has here."""
    permission = catalogue.permission(method)
    return permission is not None and bool(permission.roles)


# Half of the commands place people, which is most of what the nation does; half hand over.
ALL = (*(hand_over,) * 4, *(go_round,) * 2, *(place,) * 14, anything)
# So that every role of every deputy has something to do soon.
ALL_ROLES = (hand_over, go_round, go_round, place, anything)


def _offer(person: Person, matter_id: str) -> Way:
    offered = yield from _as_soon_as(
        person, "complaint", "OfferComplaint", COMPLAINT, complaint_id=matter_id
    )
    yield GO_ON
    return offered.offer_no


def _accept(person: Person, matter_id: str, offer_no: int) -> Way:
    taken = yield from _as_soon_as(
        person, "protection", "AcceptOffer", CASE, matter_id=matter_id, offer_no=offer_no
    )
    yield GO_ON
    return taken.case_id


def _declined(person: Person, matter_id: str, offer_no: int) -> Way:
    named: dict[str, Any] = {"matter_id": matter_id, "offer_no": offer_no, "code": "not_ours"}
    yield from _as_soon_as(
        person, "protection", "DeclineOffer", CASE, **named, text="Bukan (contoh)."
    )
    yield WAIT
    return (yield from _offer(person, matter_id))


def _withdrawn(person: Person, matter_id: str, _offer_no: int) -> Way:
    person.act("complaint", "WithdrawOffer", COMPLAINT, complaint_id=matter_id)
    yield GO_ON
    return (yield from _offer(person, matter_id))


def _asked(person: Person, matter_id: str, offer_no: int) -> Way:
    named: dict[str, Any] = {
        "matter_id": matter_id,
        "offer_no": offer_no,
        "text": "Bulan apa (contoh)?",
    }
    yield from _as_soon_as(person, "protection", "AskAboutOffer", CASE, **named)
    yield WAIT
    answer = {"complaint_id": matter_id, "text": "Maret (contoh)."}
    yield from _as_soon_as(person, "complaint", "ClarifyOffer", COMPLAINT, **answer)
    yield WAIT
    return offer_no


def _extended(person: Person, matter_id: str, offer_no: int) -> Way:
    longer = {"complaint_id": matter_id, "reason": "receiver_asks"}
    person.act("complaint", "ExtendOffer", COMPLAINT, **longer)
    yield GO_ON
    return offer_no


def _come_back(person: Person, matter_id: str, case_id: str) -> Course:
    """Mediation, the result back to complaint, the answer and the end."""
    outcome = protection.MEDIATION_OUTCOME_AGREED
    yield from _as_soon_as(
        person, "protection", "HoldMediation", CASE, case_id=case_id, outcome=outcome
    )
    yield GO_ON
    returned = {"case_id": case_id, "result": "settled"}
    yield from _as_soon_as(person, "protection", "ReturnCase", CASE, **returned)
    yield WAIT
    text = "Sudah dibayar (contoh)."
    yield from _as_soon_as(
        person, "complaint", "AnswerComplaint", COMPLAINT, complaint_id=matter_id, text=text
    )
    yield GO_ON
    yield from _as_soon_as(
        person,
        "complaint",
        "CloseComplaint",
        COMPLAINT,
        complaint_id=matter_id,
        ground="demand_met",
    )


def _as_soon_as(person: Person, service: str, rpc: str, role: str, /, **fields: Any) -> Way:
    """Act; as long as the other side's news has not come, wait and act anew."""
    while True:
        try:
            return person.act(service, rpc, role, **fields)
        except Refused as refused:
            if refused.code not in ("NOT_FOUND", "404") and refused.reason not in NOT_YET:
                raise
        yield WAIT


def _one_in(person: Person, many: int) -> bool:
    return person.rng.randrange(many) == 0
