"""Where protection's cases, and what they begin, stand for the table of workflow.toml."""

from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.handover.acting import done, standing, stands_by_custody
from services.handover.custody import Custody
from services.process.acts import Allowed, Guards, Standing
from services.protection.domain.case import Case, CaseStatus
from services.protection.domain.repatriation import Repatriation
from services.protection.store import SERVICE
from services.protection.workflow import LAW

CASE, SANCTION, REPATRIATION = "case", "sanction", "repatriation"
REFERRED, WITH_MINISTRY = "referred", "with_ministry"
RECOMMENDED = "recommended"
UNDER_WAY, ARRIVED = "under_way", "arrived"


def act_on(uow: UnitOfWork, where: Standing, action: str, guards: Guards | None = None) -> Allowed:
    """What protection's table allows is written down; NotAllowed."""
    return done(uow, LAW, where, action, guards)


def of_case(case: Case, custody: Custody, now: datetime) -> Standing:
    """Where a case stands; its matter may be with a ministry."""
    state: str = case.status
    if case.status is CaseStatus.OPEN and custody.holder.service != SERVICE:
        state = WITH_MINISTRY
    elif case.status is CaseStatus.OPEN and custody.open_offer:
        state = REFERRED
    return standing(CASE, case.case_id, state, case.opened_at, now)


def of_sanction(custody: Custody, now: datetime) -> Standing:
    """Where a recommended sanction stands."""
    state = stands_by_custody(custody, RECOMMENDED, SERVICE)
    return standing(SANCTION, custody.matter_id, state, custody.opened_at, now)


def of_repatriation(home: Repatriation, custody: Custody, now: datetime) -> Standing:
    """Where somebody's way home stands."""
    here = ARRIVED if home.arrived_on else UNDER_WAY
    state = stands_by_custody(custody, here, SERVICE)
    return standing(REPATRIATION, home.matter_id, state, custody.opened_at, now)
