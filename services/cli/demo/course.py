"""The course of one matter: who does what on which working day.

Two rules keep it executable by a driver that steps the clock once per working day. What needs
another service to have heard something happens on a later day than what it hears of. And
protection answers an offer well before it lapses, or never.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from services.cli.demo.actions import (
    Accept,
    Action,
    Answer,
    Ask,
    Clarify,
    Close,
    Commitment,
    Decline,
    File,
    Mediate,
    Offer,
    Return,
    Triage,
)
from services.cli.demo.categories import GRAVEST, category
from services.cli.demo.habits import Habits, drawn
from services.cli.demo.plan import Filing
from services.process.calendar import add_months

DAYS_TO_COMPLETE_DOCUMENTS = timedelta(days=30)
MONTHS_TO_REPLY = 6


class Course:
    """Writes down the deeds of one filing as (working day, deed), in order."""

    def __init__(
        self, filing: Filing, days: Sequence[date], habits: Habits, offer_days: int, rng: Random
    ) -> None:
        self._filing, self._category = filing, category(filing.category)
        self._days, self._habits, self._rng = days, habits, rng
        self._offer_days = offer_days
        self._at = bisect_left(days, filing.filed_on)
        self.deeds: list[tuple[date, Action]] = []

    def run(self, reply: str, triaged_by: date) -> None:
        """Everything from filing to closing; `reply` is what protection does with a first offer.

        Triage is done by `triaged_by` however late the filing comes.
        """
        filing = self._filing
        self._do(File(filing.index))
        filed, last = self._at, bisect_right(self._days, triaged_by) - 1
        self._wait("triage")
        self._at = max(filed, min(self._at, last))
        self._do(Triage(filing.index, filing.category, self._category.severity))
        if filing.is_information:
            self._wait("information")
            self._answer_and_close("information_given")
        elif self._category.handed_to:
            self._hand_over(reply)
        else:
            self._keep(drawn(self._habits.complaint["kept"], self._rng))

    def _hand_over(self, reply: str) -> None:
        self._wait("offer")
        self._offer()
        match reply:
            case "ask":
                self._ask_first()
            case "decline":
                self._be_declined()
            case "lapse":
                self._at += self._offer_days
                self._offer_again()
            case _:
                self._wait("reply")
                self._work_on()

    def _ask_first(self) -> None:
        index = self._filing.index
        self._wait("ask")
        self._do(Ask(index, self._habits.days_to_clarify))
        self._wait("clarify")
        self._do(Clarify(index))
        self._wait("accept_after_clarifying")
        self._work_on()

    def _be_declined(self) -> None:
        code = drawn(self._habits.protection["declines"], self._rng)
        self._wait("reply")
        self._do(Decline(self._filing.index, code))
        if code in self._habits.protection["offered_again_after"]:
            self._offer_again()
        else:
            self._wait("clarification")
            self._answer_and_close(self._habits.complaint["declined"][code])

    def _offer_again(self) -> None:
        self._wait("offer_again")
        self._offer()
        self._wait("reply")
        self._work_on()

    def _work_on(self) -> None:
        """Protection accepts, works, mediates where that is fit, and returns the result."""
        index, protection = self._filing.index, self._habits.protection
        self._do(Accept(index))
        if self._habits.is_mediated(self._filing.category):
            self._wait("mediate")
            outcome = drawn(protection["outcomes"], self._rng)
            self._do(Mediate(index, outcome, self._commitment(outcome)))
            self._wait("return_after_mediation")
            result = protection["results"][outcome]
        else:
            self._wait("return_without_mediation")
            result = drawn(protection["results_without_mediation"], self._rng)
        self._do(Return(index, result))
        self._wait("answer_after_return")
        self._end(result)

    def _commitment(self, outcome: str) -> Commitment | None:
        if outcome not in self._habits.protection["with_commitment"]:
            return None
        due_on = self._days[self._at + self._habits.days_to_keep_a_commitment]
        return Commitment(self._habits.amount(self._rng), due_on)

    def _end(self, result: str) -> None:
        """Complaint answers what came back; what was not settled waits six months for a reply."""
        if result != "not_settled":
            self._answer_and_close("demand_met")
            return
        self._do(Answer(self._filing.index))
        self._wait_until_after(add_months(self._days[self._at], MONTHS_TO_REPLY))
        self._do(Close(self._filing.index, "unsolvable"))

    def _keep(self, end: str) -> None:
        """Complaint clarifies by itself."""
        match end:
            case "open":
                return
            case "documents_incomplete":
                self._wait_until_after(self._filing.filed_on + DAYS_TO_COMPLETE_DOCUMENTS)
                self._do(Close(self._filing.index, end))
            case "withdrawn":
                self._wait("clarification")
                self._do(Close(self._filing.index, end))
            case _:
                self._wait("clarification")
                self._answer_and_close(end)

    def _answer_and_close(self, ground: str) -> None:
        self._do(Answer(self._filing.index))
        self._wait("close_after_answer")
        self._do(Close(self._filing.index, ground))

    def _offer(self) -> None:
        self._do(Offer(self._filing.index, self._category.handed_to))

    def _do(self, deed: Action) -> None:
        self.deeds.append((self._days[self._at], deed))

    def _wait(self, step: str) -> None:
        gravest = self._category.severity == GRAVEST
        self._at += self._habits.delay(step, self._rng, gravest=gravest)

    def _wait_until_after(self, day: date) -> None:
        """A clock that ends during `day` has ended on the next working day."""
        self._at = bisect_right(self._days, day)
