"""No personal data on topics, in logs, in spans, in errors or in another's answers."""

from __future__ import annotations

import base64
import re
import secrets
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import Any

import pytest

from services.chassis import catalogue
from tests.contract.calls import http
from tests.journeys.calls import Channels, Outcome, methods
from tests.journeys.canaries import (
    Canaries,
    Leak,
    everywhere,
    leaks,
    misplaced,
    partner_topics,
    personal_fields,
)
from tests.journeys.clarification import ABOUT, ClarificationStory
from tests.journeys.homecoming import Homecoming
from tests.journeys.people import Person
from tests.journeys.referral import ReferralStory
from tests.journeys.relay import Relay
from tests.journeys.sanction import SanctionStory
from tests.journeys.sms import bring
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMPLAINT = "complaint.v1.ComplaintService."
EMPOWERMENT = "empowerment.v1.EmpowermentService."
EXCHANGE = "exchange.v1.ExchangeService."
PLACEMENT = "placement.v1.PlacementService."
PROTECTION = "protection.v1.ProtectionService."
NOBODY = "0190a000-0000-7000-8000-000000000000"
AGREED = "MEDIATION_OUTCOME_AGREED"


@dataclass
class Run:
    """A run through all rpcs with a canary in every personal field.

    `errors` are the bodies of refusals, `answers` what was told, each with who was told.
    """

    relay: Relay
    canaries: Canaries = field(default_factory=Canaries)
    called: set[str] = field(default_factory=set)
    errors: list[tuple[str, bytes]] = field(default_factory=list)
    parts: list[tuple[str, bytes]] = field(default_factory=list)
    others: list[tuple[str, bytes]] = field(default_factory=list)

    def whole_journey(self) -> Story:
        """From filing to reopening, over a question and a refusal."""
        story = Story(self.relay)
        story.file(plan=self.a_plan("FileComplaint"), **self.of(COMPLAINT + "FileComplaint"))
        story.complaint_act("contact_plan", plan=self.a_plan("SetContactPlan"))
        self.brings(story)
        missing = self.of(COMPLAINT + "RequestDocuments")
        story.complaint_act("request_documents", documents=["contract"], **missing)
        story.complaint_act("receive_documents")
        story.complaint_act("ask_why", **self.of(COMPLAINT + "AskWhy"))
        story.triage().offer()
        self.canaries.add("FileComplaintResponse.number", story.number)
        self.canaries.add("FileComplaintResponse.secret", story.secret)
        story.offer_act("decline", code="not_ours", **self.of(PROTECTION + "DeclineOffer"))
        story.wait_for_stage("TRIAGED")
        story.offer().offer_act("ask", **self.of(PROTECTION + "AskAboutOffer"))
        until(lambda: story.seen()["question_note_id"])
        story.complaint_act("clarify", **self.of(COMPLAINT + "ClarifyOffer"))
        until(lambda: (story.queued() or {}).get("answer_note_id"))
        story.accept()
        story.case_act("mediate", outcome=AGREED, **self.of(PROTECTION + "HoldMediation"))
        story.case_act("return", result="settled", **self.of(PROTECTION + "ReturnCase"))
        story.wait_for_stage("RETURNED")
        story.complaint_act("answer", **self.of(COMPLAINT + "AnswerComplaint"))
        told = self.of(COMPLAINT + "CloseComplaint")
        story.complaint_act("close", ground="demand_met", **told)
        told = self.of(COMPLAINT + "AnswerSurvey")
        story.complaint_act("survey", score=2, solved=False, **told)
        story.complaint_act("reopen", code="not_satisfied")
        story.offer()
        story.complaint_act("withdraw")
        return story

    def a_plan(self, rpc: str) -> dict[str, Any]:
        """A contact plan whose mailbox and code word are canaries."""
        mailbox = f"kenari{secrets.token_hex(8)}"
        # Letters only, as a code word must be.
        word = "kenari" + "".join(secrets.choice(ascii_lowercase) for _ in range(14))
        self.canaries.add(f"{rpc}.plan.ways.address", mailbox)
        self.canaries.add(f"{rpc}.plan.code_word", word)
        way = {"channel": "email", "address": f"{mailbox}@contoh.example", "safe": True}
        return {"ways": [way], "zone": "Asia/Jakarta", "code_word": word}

    def brings(self, story: Story) -> None:
        """A gateway brings what somebody has written; the head of a unit has a mailbox."""
        text, mailbox = (f"kenari{secrets.token_hex(12)}" for _ in range(2))
        self.canaries.add("ReceiveMessage.payload", text)
        bring(self.relay, "+6281100000041", text, f"c-{story.number}")
        self.canaries.add("SetStaffContact.email", mailbox)
        head = self.relay.officer("coordinator-complaint")
        head.post("/v1/units/menteri:contact", email=f"{mailbox}@contoh.example")

    def a_sanction(self) -> SanctionStory:
        """From a worker's registration to a sanction file that is closed."""
        agency = SanctionStory(self.relay).register(workers=0)
        agency.start(**self.of(PLACEMENT + "RegisterWorker"))
        agency.file(country="MYS").triage().offer().accept()
        agency.recommend(**self.of(PROTECTION + "RecommendSanction"))
        asked = self.of(PLACEMENT + "AskAboutOffer")["text"]
        agency.settle_question(asked, self.of(PROTECTION + "ClarifySanction")["text"])
        agency.decline(**self.of(PLACEMENT + "DeclineOffer"))
        agency.sanction_act("drop", **self.of(PROTECTION + "DropSanction"))
        agency.recommend().take_up()
        path = f"/v1/placement/sanctions/{agency.file_id}:close"
        agency.place(path, **self.of(PLACEMENT + "CloseSanctionFile"))
        self.a_worker_in_process(agency)
        return agency

    def a_worker_in_process(self, agency: SanctionStory) -> None:
        """The agency is locked, and protection asks about its worker."""
        agency.recommend().take_up().lock()
        (matter_id,) = agency.journeys
        agency.worker_reply(matter_id, "ask", text="siapa?")
        until(lambda: agency.waits_here(matter_id))
        path = f"/v1/placement/matters/{matter_id}:clarify"
        agency.place(path, **self.of(PLACEMENT + "ClarifyWorkerMatter"))

    def a_homecoming(self) -> Homecoming:
        """From the plane to what became of them."""
        story = Homecoming(self.relay)
        story.file(country="SAU").triage().offer().accept()
        story.link().repatriate().arrive("income")
        asked = self.of(EMPOWERMENT + "AskAboutOffer")["text"]
        story.settle_question(asked, self.of(PROTECTION + "ClarifyReturnee")["text"])
        story.decline(**self.of(EMPOWERMENT + "DeclineOffer"))
        story.home_act("close", **self.of(PROTECTION + "CloseRepatriation"))
        story.repatriate().arrive("income").take_on()
        outcome = self.of(EMPOWERMENT + "RecordOutcome")
        story.plan_act("outcome", outcome="earning", **outcome)
        return story

    def a_clarification(self) -> ClarificationStory:
        """An agency that is heard twice, breaks its promise, and is no more than recommended for a
        sanction."""
        story = ClarificationStory(self.relay).begin()
        stranger = self.relay.person()
        story.invite(**self.of(COMPLAINT + "InviteP3mi"))
        guess = {"clarification_id": story.clarification_id}
        guess |= self.of(COMPLAINT + "OpenClarification")
        self.refused(stranger, f"{ABOUT}:open", guess)
        self.canaries.add("InviteP3miResponse.secret", story.link)
        self.canaries.add("OpenClarificationResponse.token", story.open().agency.token)
        day = story.in_days(7)[:10]
        story.agency_act("ask_date", wished_on=day, **self.of(COMPLAINT + "AskAnotherDate"))
        objection = self.of(COMPLAINT + "ObjectToInvitation")
        story.agency_act("object", objection="OBJECTION_OTHER", **objection)
        content = self.of(COMPLAINT + "AddFile")["content"]
        picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + content.encode()).decode()
        story.agency_act("add_file", media_type="image/png", content=picture)
        said = self.of(COMPLAINT + "AnswerInvitation")
        said["commitments"] = [story.promise() | {"what": said["commitments"]}]  # type: ignore[assignment] # a list
        story.agency_act("answer", **said)
        self.read(story.agency, "GetInvitation", f"{ABOUT}/{story.clarification_id}")
        self.read_clarification(story)
        story.hold("SECOND", absent=True)
        self.canaries.add("the link on the page", story.invite().link)
        (token,) = set(re.findall(r'name="token" value="([^"]+)"', story.open_page()))
        self.canaries.add("the token on the page", token)
        self.hear(story)
        story.pass_days(2)
        story.confirm("BROKEN", **self.of(COMPLAINT + "ConfirmCommitment"))
        story.recommend(**self.of(COMPLAINT + "RecommendSanction"))
        story.reply("ask", text="bukti?")
        story.wait_for_sanction("asked")
        told = self.of(COMPLAINT + "ClarifySanction")
        story.complaint_act("clarify_sanction", **told)
        until(lambda: story.sanction_offer().get("answer_note_id"))
        story.reply("decline", code="incomplete")
        story.wait_for_sanction("declined")
        story.complaint_act("drop_sanction", **self.of(COMPLAINT + "DropSanction"))
        return story

    def hear(self, story: ClarificationStory) -> None:
        """The second session, with somebody who is not among its parties first."""
        told = self.of(COMPLAINT + "HoldClarification")
        parties = [
            {"role": "PARTY_ROLE_OFFICER", "name": "Petugas Contoh"},
            {"role": "PARTY_ROLE_P3MI", "name": told["parties"]},
        ]
        held: dict[str, Any] = {
            "parties": parties,
            "said": [{"by": told["parties"], "said": told["said"]}],
            "commitments": [story.promise(0) | {"what": told["commitments"]}],
            "asked": told["asked"],
            "admitted": "ADMISSION_ADMITTED",
        }
        path = f"/v1/complaints/{story.complaint_id}:hold_clarification"
        wrong = {"held_at": story.in_days(0), "place": "online", "parties": parties[1:]}
        self.refused(
            story.complaint_officer,
            path,
            held | wrong | {"outcome": "CLARIFICATION_OUTCOME_SETTLED"},
        )
        story.hold("SETTLED", **held)

    def read_clarification(self, story: ClarificationStory) -> None:
        """All that complaint shows of it, papers and files."""
        officer, own = story.complaint_officer, f"/v1/complaints/{story.complaint_id}"
        self.read(officer, "GetClarification", f"{own}/clarification", purpose="a test")
        for document in story.clarification()["documents"]:
            path = f"{own}/documents/{document['document_id']}"
            self.read(officer, "GetDocument", path, purpose="a test")
            reference = officer.get(path, purpose="a test")["reference"]
            self.canaries.add("GetDocumentResponse.reference", reference)
            assert self.relay.person().post("/v1/files:open", reference=reference)["content"]
        wrong = self.of(COMPLAINT + "OpenFile")
        self.refused(self.relay.person(), "/v1/files:open", wrong)

    def a_referral(self) -> ReferralStory:
        """A worker who departs and whose case two ministries deal with, by letter and by topic."""
        story = ReferralStory(self.relay)
        story.file(country="MYS").triage().offer().accept()
        story.travel(**self.of(PLACEMENT + "RegisterWorker"))
        story.refer("bpjs").enter("ask", **self.of(EXCHANGE + "AskAboutOffer"))
        story.wait_for_offer("asked").case_act("clarify", **self.of(PROTECTION + "ClarifyReferral"))
        story.hears(story.bpjs, "clarified")
        story.enter("decline", code="not_ours", **self.of(EXCHANGE + "DeclineOffer"))
        asked = f"kenari{secrets.token_hex(12)}"
        self.canaries.add("what kemlu asked", asked)
        story.wait_for_offer("declined").refer().write(story.kemlu, "ask", text=asked)
        story.wait_for_offer("asked").case_act("clarify", **self.of(PROTECTION + "ClarifyReferral"))
        story.hears(story.kemlu, "clarified")
        story.enter("accept")
        story.hears(story.kemlu, "confirmed")
        story.give_back(result="helped", **self.of(EXCHANGE + "ReturnReferral"))
        story.hears(story.kemlu, "ended")
        return story

    def read_referral(self, story: ReferralStory) -> None:
        """All that exchange and protection show of it."""
        liaison, own = story.liaison, story.find_referral()["referral_id"]
        self.read(story.case_officer, "GetCase", f"/v1/protection/cases/{story.case_id}")
        self.read(liaison, EXCHANGE + "ListOffers", "/v1/exchange/offers")
        self.read(liaison, "ListReferrals", "/v1/exchange/referrals")
        self.read(liaison, "GetReferral", f"/v1/exchange/referrals/{own}")
        for row in self.relay.rows("exchange", "SELECT matter_id, note_id FROM note"):
            path = f"/v1/exchange/matters/{row['matter_id']}/notes/{row['note_id']}"
            self.read(liaison, EXCHANGE + "GetNote", path, purpose="a test")

    def read_homecoming(self, story: Homecoming) -> None:
        """All that protection and empowerment show of it."""
        officer, case_officer = story.empowerment_officer, story.case_officer
        own = f"/v1/protection/repatriations/{story.home_id}"
        self.read(case_officer, "GetRepatriation", own)
        self.read(officer, EMPOWERMENT + "ListOffers", "/v1/empowerment/offers")
        self.read(officer, "ListPlans", "/v1/empowerment/plans")
        self.read(officer, "GetPlan", f"/v1/empowerment/plans/{story.plan_id}")
        self.read(story.placement_officer, "ListWishes", "/v1/placement/wishes")
        for row in self.relay.rows("empowerment", "SELECT matter_id, note_id FROM note"):
            path = f"/v1/empowerment/matters/{row['matter_id']}/notes/{row['note_id']}"
            self.read(officer, EMPOWERMENT + "GetNote", path, purpose="a test")

    def read_register(self, agency: SanctionStory) -> None:
        """All that placement shows."""
        officer, case_officer = agency.placement_officer, agency.case_officer
        (placement_id,) = agency.placements
        self.read(agency.stranger, "GetP3mi", f"/v1/p3mi/{agency.p3mi_id}")
        self.read(officer, "GetPlacement", f"/v1/placements/{placement_id}")
        shown = officer.get(f"/v1/placements/{placement_id}")["placement"]
        for reader in (officer, case_officer):
            self.read(reader, "GetWorker", f"/v1/workers/{shown['worker_id']}", purpose="a test")
        self.read(officer, PLACEMENT + "ListOffers", "/v1/placement/offers")
        self.read(officer, "ListWorkerMatters", "/v1/placement/matters")
        self.read(officer, "ListSanctionFiles", "/v1/placement/sanctions")
        self.read(case_officer, "ListOwnMatters", "/v1/protection/matters")
        self.read(officer, "GetSanctionFile", f"/v1/placement/sanctions/{agency.file_id}")
        own = f"/v1/protection/cases/{agency.case_id}/sanctions"
        self.read(case_officer, "ListSanctions", own)
        for row in self.relay.rows("placement", "SELECT matter_id, note_id FROM note"):
            path = f"/v1/placement/matters/{row['matter_id']}/notes/{row['note_id']}"
            self.read(officer, PLACEMENT + "GetNote", path, purpose="a test")

    def of(self, call: str) -> dict[str, str]:
        return self.canaries.of(call)

    def signed_in(self, story: Story) -> Person:
        """The complainant; one who guesses is refused."""
        self.refused(self.relay.person(), "/v1/access", self.of(COMPLAINT + "OpenAccess"))
        key = {"number": story.number, "secret": story.secret}
        token = self.relay.person().post("/v1/access", **key)["token"]
        self.canaries.add("OpenAccessResponse.token", token)
        return self.relay.person(token)

    def refused(self, person: Person, path: str, document: Any) -> None:
        """A call that ends with an error, whose body is kept."""
        answer = person.client.post(path, json=document)
        assert answer.status_code in range(400, 500), answer.text
        self.errors.append((f"error of {path}", answer.content))

    def read(self, person: Person, answer_of: str, path: str, **parameters: str) -> None:
        """A read that is allowed: what lies in fields that are not personal is kept."""
        document = person.get(path, **parameters)
        (method,) = [each for _, each in methods() if each.full_name.endswith(answer_of)]
        self.parts += misplaced(document, method.output_type)

    def read_everything(self, story: Story, complainant: Person) -> None:
        own, matter = f"/v1/complaints/{story.complaint_id}", story.complaint_id
        officer, case_officer = story.complaint_officer, story.case_officer
        for reader in (officer, complainant):
            self.read(reader, "GetStatus", f"{own}/status")
        self.read(officer, "GetComplaint", own, purpose="a test")
        self.read(officer, "ListComplaints", "/v1/complaints", page_size="200")
        self.read(case_officer, PROTECTION + "ListOffers", "/v1/protection/offers", page_size="200")
        for status in ("UNSPECIFIED", "RETURNED"):
            wanted = f"CASE_STATUS_{status}"
            self.read(case_officer, "ListCases", "/v1/protection/cases", status=wanted)
        self.read(case_officer, "GetCase", f"/v1/protection/cases/{story.case_id}")
        query = "SELECT note_id FROM note WHERE matter_id = %s"
        for row in self.relay.rows("complaint", query, matter):
            path = f"{own}/notes/{row['note_id']}"
            self.read(officer, COMPLAINT + "GetNote", path, purpose="a test")
        for row in self.relay.rows("protection", query, matter):
            path = f"/v1/protection/matters/{matter}/notes/{row['note_id']}"
            self.read(case_officer, PROTECTION + "GetNote", path, purpose="a test")

    def provoke_errors(self, story: Story) -> None:
        """Every way to be wrong, with canaries in what is sent."""
        filing = self.of(COMPLAINT + "FileComplaint")
        stranger = story.stranger
        for wrong in ({"country": "x"}, {"nonsense": filing["contact"]}, {"channel": "x"}):
            self.refused(stranger, "/v1/complaints", filing | wrong)
        for name, text in filing.items():
            self.refused(stranger, "/v1/complaints", filing | {name: [text]})
            self.refused(stranger, "/v1/complaints", filing | {name: text * 1000})
            self.refused(stranger, "/v1/complaints", filing | {"country": text})
        for call, path, person in acts(story):
            texts = self.of(call)
            known = {"request_id": str(uuid.uuid4()), "offer_no": 1, "code": "x" * 50}
            self.refused(person, path, texts | known)
            self.refused(person, path.replace(story.complaint_id, NOBODY), texts)
        self._malformed(stranger, filing["narrative"])

    def _malformed(self, stranger: Person, text: str) -> None:
        for content in (f'{{"narrative": "{text}', f'{{"narrative": "{text}"}} x', text):
            headers = {"Content-Type": "application/json"}
            answer = stranger.client.post("/v1/complaints", content=content, headers=headers)
            assert answer.status_code == 400
            self.errors.append(("error of a malformed body", answer.content))
        answer = stranger.client.get(f"/v1/complaints/{text}/status", params={"language": text})
        self.errors.append(("error of a path", answer.content))

    def as_another(self, story: Story) -> None:
        """All that another complainant and another's officer are told of this one."""
        another = Story(self.relay).file()
        key = {"number": another.number, "secret": another.secret}
        person = self.relay.person(self.relay.person().post("/v1/access", **key)["token"])
        ids = {"complaint_id": story.complaint_id, "matter_id": story.complaint_id}
        for service, method in methods():
            verb, path = http(method)
            for name, value in (ids | {"case_id": story.case_id, "note_id": NOBODY}).items():
                path = path.replace(f"{{{name}}}", value)
            path = re.sub(r"\{\w+\}", NOBODY, path)
            answer = person.client.request(verb, path, json={} if verb == "post" else None)
            self.others.append((f"{service} {method.name} to another", answer.content))
        own = f"/v1/complaints/{another.complaint_id}/status"
        self.others.append(("their own status", person.client.get(own).content))


def acts(story: Story) -> Iterator[tuple[str, str, Person]]:
    """The commands that carry a text: rpc, path, who calls."""
    own, officer, other = (
        f"/v1/complaints/{story.complaint_id}",
        story.complaint_officer,
        story.case_officer,
    )
    offers = f"/v1/protection/offers/{story.complaint_id}"
    yield COMPLAINT + "ClarifyOffer", f"{own}:clarify", officer
    yield COMPLAINT + "AnswerComplaint", f"{own}:answer", other
    yield PROTECTION + "DeclineOffer", f"{offers}:decline", other
    yield PROTECTION + "AskAboutOffer", f"{offers}:ask", other
    yield PROTECTION + "HoldMediation", f"/v1/protection/cases/{story.case_id}:mediate", other
    yield PROTECTION + "ReturnCase", f"/v1/protection/cases/{story.case_id}:return", other


@pytest.fixture(scope="module")
def run(relay: Relay) -> Run:
    made = Run(relay)
    story = made.whole_journey()
    complainant = made.signed_in(story)
    made.read_everything(story, complainant)
    made.read_register(made.a_sanction())
    made.read_homecoming(made.a_homecoming())
    made.read_clarification(made.a_clarification())
    made.read_referral(made.a_referral())
    made.provoke_errors(story)
    made.as_another(story)
    last = story.stranger.client.get("/healthz").headers["X-Trace-Id"]
    until(lambda: relay.stack.spans.find(trace_id=last))
    until(lambda: all(relay.is_sent(deputy) for deputy in catalogue.deputies()))
    return made


def test_every_personal_field_of_every_request_carried_a_canary(run: Run) -> None:
    assert personal_fields() - set(run.canaries.texts.values()) == set()


def test_nothing_personal_is_on_topics_in_logs_or_in_spans(run: Run, relay: Relay) -> None:
    places = list(everywhere(relay.stack))
    assert {place.split()[0] for place, _ in places} == {"topic", "log", "span"}
    assert leaks(run.canaries.texts, places) == set()


def test_on_ministries_topics_lies_what_their_agreements_name_and_nothing_else(
    run: Run, relay: Relay
) -> None:
    agreed = {
        "partner.kemlu.v1": ("RegisterWorker.name", "RegisterWorker.passport_no"),
        "partner.bpjs.v1": ("RegisterWorker.name", "RegisterWorker.nik"),
    }
    assert leaks(run.canaries.texts, partner_topics(relay.stack)) == {
        *(Leak(name, f"topic {topic}") for topic, names in agreed.items() for name in names),
        *(Leak("ClarifyReferral.text", f"topic {topic}") for topic in agreed),
        Leak("what kemlu asked", "topic partner.kemlu.inbox.v1"),
    }


def test_nothing_personal_is_in_errors(run: Run) -> None:
    assert len(run.errors) > 30
    assert leaks(run.canaries.texts, run.errors) == set()


def test_nothing_personal_is_in_other_fields_of_an_answer(run: Run) -> None:
    assert run.parts
    assert leaks(run.canaries.texts, run.parts) == set()


def test_nothing_personal_is_told_to_others(run: Run) -> None:
    assert leaks(run.canaries.texts, run.others) == set()


def test_nothing_personal_reaches_the_read_side(run: Run, relay: Relay) -> None:
    tables = ("seen", "holding", "matter", "offer")
    rows = {table: relay.rows("insight", f"SELECT * FROM {table}") for table in tables}
    assert all(rows.values())
    places = [(table, repr(found).encode()) for table, found in rows.items()]
    assert leaks(run.canaries.texts, places) == set()


def test_what_is_told_to_the_right_reader_is_found_by_the_same_search(
    run: Run, relay: Relay
) -> None:
    texts = run.canaries.texts
    kept = relay.rows("complaint", "SELECT * FROM particulars")
    found = leaks(texts, [("the database", repr(kept).encode())])
    assert Leak("FileComplaint.narrative", "the database") in found


def test_a_build_that_leaks_is_caught(relay: Relay) -> None:
    """In each of four places: a log line, a span, an event, an error."""
    with_leaks = relay.stack.service_program("complaint", replica=1, roles="api,relay")
    command = [sys.executable, "-m", "tests.journeys.leaky", *with_leaks.command[3:]]
    process = relay.stack.run(replace(with_leaks, command=command))
    channels = Channels(relay.stack, complaint=relay.stack.ports.get("grpc_complaint_1"))
    places: list[tuple[str, bytes]] = []
    canaries = Canaries()
    for contact in ("", "given"):
        texts = canaries.of(COMPLAINT + "FileComplaint")
        outcome = filed(channels, texts if contact else texts | {"contact": ""})
        places.append(("error", outcome.text.encode()))
    channels.close()
    process.stop()
    assert leaks(canaries.texts, [*everywhere(relay.stack), *places]) >= {
        Leak("FileComplaint.complainant_name", "log complaint-1.log"),
        Leak("FileComplaint.worker_name", "span complaint FileComplaint"),
        Leak("FileComplaint.narrative", "topic estafet.complaint.v1"),
        Leak("FileComplaint.contact", "error"),
    }


def filed(channels: Channels, texts: dict[str, str]) -> Outcome:
    method = catalogue.methods("complaint")["FileComplaint"]
    request = catalogue.class_of(method.input_type)(request_id=str(uuid.uuid4()), **texts)
    return channels.call("complaint", method, request, token="")
