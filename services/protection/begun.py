"""What a case begins and gives on: recommended sanctions, and people who are brought home.

Each is a matter of its own under the case's, which protection opens, offers and, where nobody takes
it on, ends. The case's matter cannot close before it.
"""

from datetime import date

from services.chassis.errors import NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.handover import acting, holding
from services.handover.custody import Custody, Offer, Party
from services.handover.receiving import must_be_offered_to
from services.handover.writing import held, held_even_closed
from services.process.acts import Allowed
from services.process.calendar import local_day
from services.process.entries import UNVERIFIED
from services.protection.acting import REPATRIATION, SANCTION, act_on, of_case, of_repatriation
from services.protection.domain.case import IN_DANGER, WORKER_IN_PROCESS, Case
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction
from services.protection.workflow import LAW

KINDS = (SANCTION, REPATRIATION)
# Who works with every matter of protection's; others read about what they are given.
OURS = frozenset({"case_officer", "complaint_officer"})
HERE = Party("protection", "kp2mi", "pelindungan")
PLACEMENT = Party("placement", "kp2mi", "pengawasan")
EMPOWERMENT = Party("empowerment", "kp2mi", "pemberdayaan")
# Why a ministry is asked without consent. The article is from general knowledge.
WITHOUT_CONSENT = {
    IN_DANGER: f"{UNVERIFIED}: UU 27/2022 Art 20(2)d, danger to life without consent",
    WORKER_IN_PROCESS: f"{UNVERIFIED}: proposal of this project: placement gives it, unasked",
}
# Who answers for a ministry.
MINISTRIES = "exchange"


def case_of(uow: UnitOfWork, case_id: str) -> tuple[Case, Custody]:
    """A case whose matter is held here, both locked: custody first."""
    custody = held(uow, uow.read(Case, case_id).matter_id)
    return uow.get(Case, case_id), custody


def refer(uow: UnitOfWork, case: Case, custody: Custody, ministry: str, request: str) -> Offer:
    """Offer the case's matter to a ministry, for whom exchange answers."""
    basis = case.may_ask(ministry)
    on_file = {"consent": lambda: bool(basis)}
    allowed = act_on(uow, of_case(case, custody, uow.now), "ReferCase", on_file)
    clock = allowed.law.clocks["referral"]
    rule = clock.regulation
    if basis in WITHOUT_CONSENT:
        # The records say by what, and by no consent, the ministry was asked.
        allowed.without("consent", basis, WITHOUT_CONSENT[basis])
        rule = f"{rule}; {WITHOUT_CONSENT[basis]}"
    receiver, brief = Party(MINISTRIES, ministry), case.refer(request)
    return holding.offer(uow, case.matter_id, receiver, brief, allowed.starts(clock.name), rule)


def recommend(uow: UnitOfWork, case: Case, recommended: RecommendedSanction, text: str) -> Offer:
    """Begin the matter of a recommended sanction and offer it to placement."""
    is_open = {"case_is_open": lambda: case.is_open}
    matter_id = recommended.matter_id
    allowed = acting.begun(uow, LAW, SANCTION, matter_id, "RecommendSanction", is_open)
    recommended.note_id = uow.write_note(matter_id, text)
    uow.add(recommended)
    holding.open_child(uow, case.matter_id, matter_id, SANCTION, HERE)
    return offer_sanction(uow, recommended, allowed)


def offer_sanction(uow: UnitOfWork, recommended: RecommendedSanction, allowed: Allowed) -> Offer:
    """Offer a recommended sanction to placement, as was allowed."""
    clock = allowed.law.clocks["sanction_offer"]
    due_at, brief = allowed.starts(clock.name), recommended.brief()
    return holding.offer(uow, recommended.matter_id, PLACEMENT, brief, due_at, clock.regulation)


def repatriate(uow: UnitOfWork, case: Case, matter_id: str, country: str) -> None:
    """Begin the matter of somebody who is to be brought home."""
    is_open = {"case_is_open": lambda: case.is_open}
    acting.begun(uow, LAW, REPATRIATION, matter_id, "OpenRepatriation", is_open)
    begun = case.repatriate(matter_id, country)
    uow.add(begun)
    holding.open_child(uow, case.matter_id, matter_id, REPATRIATION, HERE)
    uow.emit(begun.open())


def arrive(uow: UnitOfWork, matter_id: str, day: date, needs: tuple[str, ...]) -> Offer | None:
    """Somebody has come home: offered to empowerment if they need something, else it ends."""
    home, custody = home_of(uow, matter_id)
    allowed = act_on(uow, of_repatriation(home, custody, uow.now), "RecordArrival")
    home.worker_id = uow.read(Case, home.case_id).worker_id
    uow.emit(home.arrive(day, needs, local_day(uow.now)))
    if needs:
        return offer_returnee(uow, home, allowed)
    acting.end(uow, custody, "home", allowed)
    return None


def home_of(uow: UnitOfWork, matter_id: str) -> tuple[Repatriation, Custody]:
    """Somebody's way home that is held here, even ended, both locked: custody first."""
    custody = held_even_closed(uow, matter_id)
    return uow.get(Repatriation, matter_id), custody


def offer_returnee(uow: UnitOfWork, home: Repatriation, allowed: Allowed) -> Offer:
    """Offer somebody who came home to empowerment, as whom the case knows them now."""
    home.worker_id = uow.read(Case, home.case_id).worker_id
    clock = allowed.law.clocks["returnee_offer"]
    due_at, brief = allowed.starts(clock.name), home.brief()
    return holding.offer(uow, home.matter_id, EMPOWERMENT, brief, due_at, clock.regulation)


def clarify(uow: UnitOfWork, matter_id: str, text: str, clock: str, allowed: Allowed) -> None:
    """Answer a receiver's question: the clock of the offer runs anew."""
    holding.clarify(uow, matter_id, text, allowed.starts(clock))


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
