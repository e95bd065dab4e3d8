"""Where empowerment's plans stand for the table of workflow.toml."""

from datetime import datetime

from services.empowerment.domain import Plan
from services.empowerment.workflow import PLAN
from services.handover.acting import standing
from services.process.acts import Standing


def of_plan(plan: Plan, now: datetime) -> Standing:
    """Where a plan stands."""
    return standing(PLAN, plan.plan_id, plan.status, plan.opened_at, now)
