"""What a case begins and gives on: recommended sanctions, and people who are brought home.

Each is a matter of its own under the case's, which protection opens, offers and, where nobody takes
it on, ends. The case's matter cannot close before it.
"""

from datetime import date

from services.chassis.errors import NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.handover import holding
from services.handover.custody import Offer, Party
from services.handover.receiving import must_be_offered_to
from services.handover.writing import held
from services.process.calendar import local_day
from services.process.entries import UNVERIFIED
from services.protection.domain.case import DANGER, Case
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction
from services.protection.workflow import WORKFLOW

SANCTION = "sanction"
REPATRIATION = "repatriation"
KINDS = (SANCTION, REPATRIATION)
# Who works with every matter of protection's; others read about what they are given.
OURS = frozenset({"case_officer", "complaint_officer"})
HERE = Party("protection", "kp2mi", "pelindungan")
PLACEMENT = Party("placement", "kp2mi", "pengawasan")
EMPOWERMENT = Party("empowerment", "kp2mi", "pemberdayaan")
# Belum diverifikasi: the article from general knowledge.
VITAL_INTEREST = f"{UNVERIFIED}: UU 27/2022 Art 20(2)d, danger to life without consent"
# Who answers for a ministry.
MINISTRIES = "exchange"


def case_of(uow: UnitOfWork, case_id: str) -> Case:
    """A case whose matter is held here, both locked: custody first."""
    held(uow, uow.read(Case, case_id).matter_id)
    return uow.get(Case, case_id)


def refer(uow: UnitOfWork, case: Case, ministry: str, request: str) -> Offer:
    """Offer the case's matter to a ministry, for whom exchange answers."""
    clock, brief = WORKFLOW.clocks["referral"], case.refer(request, ministry)
    receiver, due_at = Party(MINISTRIES, ministry), clock.due_at(uow.now)
    # The record says that it was danger to life, and no consent, by which the ministry was asked.
    by_consent = ministry in case.consents or case.severity != DANGER
    rule = clock.regulation if by_consent else f"{clock.regulation}; {VITAL_INTEREST}"
    return holding.offer(uow, case.matter_id, receiver, brief, due_at, rule)


def recommend(uow: UnitOfWork, case: Case, recommended: RecommendedSanction, text: str) -> Offer:
    """Begin the matter of a recommended sanction and offer it to placement."""
    recommended.note_id = uow.write_note(recommended.matter_id, text)
    uow.add(recommended)
    holding.open_child(uow, case.matter_id, recommended.matter_id, SANCTION, HERE)
    return offer_sanction(uow, recommended)


def offer_sanction(uow: UnitOfWork, recommended: RecommendedSanction) -> Offer:
    """Offer a recommended sanction to placement."""
    clock = WORKFLOW.clocks["sanction_offer"]
    due_at, brief = clock.due_at(uow.now), recommended.brief()
    return holding.offer(uow, recommended.matter_id, PLACEMENT, brief, due_at, clock.regulation)


def repatriate(uow: UnitOfWork, case: Case, matter_id: str, country: str) -> None:
    """Begin the matter of somebody who is to be brought home."""
    begun = case.repatriate(matter_id, country)
    uow.add(begun)
    holding.open_child(uow, case.matter_id, matter_id, REPATRIATION, HERE)
    uow.emit(begun.open())


def arrive(uow: UnitOfWork, matter_id: str, day: date, needs: tuple[str, ...]) -> Offer | None:
    """Somebody has come home: offered to empowerment if they need something, else it ends."""
    held(uow, matter_id)
    home = uow.get(Repatriation, matter_id)
    home.worker_id = uow.read(Case, home.case_id).worker_id
    uow.emit(home.arrive(day, needs, local_day(uow.now)))
    if needs:
        return offer_returnee(uow, home)
    end(uow, matter_id, "home")
    return None


def offer_returnee(uow: UnitOfWork, home: Repatriation) -> Offer:
    """Offer somebody who came home to empowerment, as whom the case knows them now."""
    home.worker_id = uow.read(Case, home.case_id).worker_id
    clock = WORKFLOW.clocks["returnee_offer"]
    due_at, brief = clock.due_at(uow.now), home.brief()
    return holding.offer(uow, home.matter_id, EMPOWERMENT, brief, due_at, clock.regulation)


def end(uow: UnitOfWork, matter_id: str, ground: str) -> None:
    """End a matter that a case has begun, on a ground of the workflow."""
    named = WORKFLOW.grounds[ground]
    holding.close(uow, matter_id, named.code, named.article)


def must_concern(uow: UnitOfWork, matter_id: str) -> None:
    """NotFound for an officer of another deputy who asks about a matter that is not given on, and
    for a service to which it was not offered."""
    must_be_offered_to(uow, matter_id)
    if "service" in uow.caller.roles:
        return
    if OURS.isdisjoint(uow.caller.roles) and not (
        uow.find(RecommendedSanction, matter_id) or uow.find(Repatriation, matter_id)
    ):
        raise NotFound(f"matter {matter_id} has no note for you")
