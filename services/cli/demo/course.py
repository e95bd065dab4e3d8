"""The course of one matter: who does what on which working day.

Two rules keep it executable by a driver that steps the clock once per working day. What needs
another service to have heard something happens on a later day than what it hears of. And
protection answers an offer well before it lapses, or never.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from services.cli.demo.actions import (
    Accept,
    Answer,
    Ask,
    Clarify,
    Close,
    Decline,
    Distribute,
    File,
    Mediate,
    Merge,
    Offer,
    ReceiveDocuments,
    RequestDocuments,
    Return,
    Survey,
    Triage,
)
from services.cli.demo.categories import GRAVEST, category
from services.cli.demo.clarifying import Commitment
from services.cli.demo.deals import HANDED_OVER, HELPED, Dealt
from services.cli.demo.giving_on import Agree, Identify
from services.cli.demo.habits import Habits, drawn
from services.cli.demo.hearing import Hearing
from services.cli.demo.onward import Onward
from services.cli.demo.plan import Filing
from services.cli.demo.walk import Walk
from services.process.calendar import add_months

CONSULTATION, CLAIM = "consultation", "claim"
DAYS_TO_COMPLETE_DOCUMENTS = timedelta(days=30)
MONTHS_TO_REPLY = 6
# Who gives so much of five says that it was solved.
SOLVED_FROM = 3


class Course(Walk):
    """Writes down the deeds of one filing."""

    def __init__(
        self, filing: Filing, days: Sequence[date], habits: Habits, offer_days: int, rng: Random
    ) -> None:
        self._filing, self._category = filing, category(filing.category)
        gravest = self._category.severity == GRAVEST
        super().__init__(days, filing.filed_on, habits, rng, gravest=gravest)
        self._offer_days = offer_days
        self._onward: Onward | None = None

    def run(self, dealt: Dealt, triaged_by: date) -> None:
        """Everything from filing to closing.

        Triage is done by `triaged_by` however late the filing comes.
        """
        self._onward = dealt.onward
        filing = self._filing
        self.do(File(filing.index, dealt.plan, dealt.twin_of))
        filed, last = self.at, bisect_right(self.days, triaged_by) - 1
        self.wait("triage")
        self.at = max(filed, min(self.at, last))
        self.do(Triage(filing.index, filing.category, self._category.severity))
        if dealt.twin_of is not None:
            self.do(Merge(filing.index, dealt.twin_of))
        elif filing.is_information:
            self.do(Distribute(filing.index, CONSULTATION))
            self.wait("information")
            self._answer_and_close("information_given")
        else:
            self._work(dealt)

    def _work(self, dealt: Dealt) -> None:
        """What complaint does with a complaint, by itself or by giving it on."""
        self._identify(dealt.onward)
        if dealt.is_incomplete:
            self.do(RequestDocuments(self._filing.index))
            self.wait("documents")
            self.do(ReceiveDocuments(self._filing.index))
        if dealt.hearing is not None:
            self._hear(dealt.hearing, dealt.reply)
        elif dealt.claim != HANDED_OVER:
            self._help_with_claim(dealt)
        elif self._category.handed_to:
            self._hand_over(dealt.reply)
        else:
            self._keep(drawn(self.habits.complaint["kept"], self.rng))

    def _identify(self, onward: Onward | None) -> None:
        """Whom it is about, and what they agree to, where their case will give something on."""
        if onward is None:
            return
        self.do(Identify(self._filing.index))
        if onward.ministry:
            self.do(Agree(self._filing.index, onward.ministry))

    def _hear(self, hearing: Hearing, reply: str) -> None:
        hearing.run(self)
        if hearing.hands_on:
            self._hand_over(reply)
        elif hearing.settles:
            self._answer_and_close("demand_met")
            self._ask_how_it_was()
        else:
            self._end("not_settled")

    def _ask_how_it_was(self) -> None:
        self.wait("survey")
        score = int(drawn(self.habits.clarification["scores"], self.rng))
        self.do(Survey(self._filing.index, score, score >= SOLVED_FROM))

    def _help_with_claim(self, dealt: Dealt) -> None:
        self.do(Distribute(self._filing.index, CLAIM))
        self.wait("claim")
        if dealt.claim == HELPED:
            self._answer_and_close("demand_met")
        else:
            self._hand_over(dealt.reply)

    def _hand_over(self, reply: str) -> None:
        self.wait("offer")
        self._offer()
        match reply:
            case "ask":
                self._ask_first()
            case "decline":
                self._be_declined()
            case "lapse":
                self.at += self._offer_days
                self._offer_again()
            case _:
                self.wait("reply")
                self._work_on()

    def _ask_first(self) -> None:
        index = self._filing.index
        self.wait("ask")
        self.do(Ask(index, self.habits.days_to_clarify))
        self.wait("clarify")
        self.do(Clarify(index))
        self.wait("accept_after_clarifying")
        self._work_on()

    def _be_declined(self) -> None:
        code = drawn(self.habits.protection["declines"], self.rng)
        self.wait("reply")
        self.do(Decline(self._filing.index, code))
        if code in self.habits.protection["offered_again_after"]:
            self._offer_again()
        else:
            self.wait("clarification")
            self._answer_and_close(self.habits.complaint["declined"][code])

    def _offer_again(self) -> None:
        self.wait("offer_again")
        self._offer()
        self.wait("reply")
        self._work_on()

    def _work_on(self) -> None:
        """Protection accepts, works, mediates where that is fit, and returns the result."""
        index = self._filing.index
        self.do(Accept(index))
        if self._onward is not None:
            self._onward.run(self)
        is_mediated = self.habits.is_mediated(self._filing.category)
        result = self._mediated() if is_mediated else self._handled()
        self.do(Return(index, result))
        self.wait("answer_after_return")
        self._end(result)

    @property
    def _is_shown(self) -> bool:
        """A journey through everybody comes to its end within a small demo, too."""
        return self._onward is not None and self._onward.is_everything

    def _mediated(self) -> str:
        if not self._is_shown:
            self.wait("mediate")
        outcomes = self.habits.protection["outcomes"]
        outcome = "agreed" if self._is_shown else drawn(outcomes, self.rng)
        self.do(Mediate(self._filing.index, outcome, self._commitment(outcome)))
        self.wait("return_after_mediation")
        return str(self.habits.protection["results"][outcome])

    def _handled(self) -> str:
        if self._is_shown:
            return "settled"
        self.wait("return_without_mediation")
        return drawn(self.habits.protection["results_without_mediation"], self.rng)

    def _commitment(self, outcome: str) -> Commitment | None:
        if outcome not in self.habits.protection["with_commitment"]:
            return None
        due_on = self.day_in(self.habits.days_to_keep_a_commitment)
        return Commitment(self.habits.amount(self.rng), due_on)

    def _end(self, result: str) -> None:
        """Complaint answers what came back; what was not settled waits six months for a reply."""
        if result != "not_settled":
            self._answer_and_close("demand_met")
            return
        self.do(Answer(self._filing.index))
        self.wait_until_after(add_months(self.day_in(0), MONTHS_TO_REPLY))
        self.do(Close(self._filing.index, "unsolvable"))

    def _keep(self, end: str) -> None:
        """Complaint works on it by itself."""
        if end == "documents_incomplete":
            self.do(RequestDocuments(self._filing.index))
            self.wait_until_after(self.day_in(0) + DAYS_TO_COMPLETE_DOCUMENTS)
            self.do(Close(self._filing.index, end))
            return
        self.do(Distribute(self._filing.index, CONSULTATION))
        match end:
            case "open":
                return
            case "withdrawn":
                self.wait("clarification")
                self.do(Close(self._filing.index, end))
            case _:
                self.wait("clarification")
                self._answer_and_close(end)

    def _answer_and_close(self, ground: str) -> None:
        self.do(Answer(self._filing.index))
        self.wait("close_after_answer")
        self.do(Close(self._filing.index, ground))

    def _offer(self) -> None:
        self.do(Offer(self._filing.index, self._category.handed_to))
