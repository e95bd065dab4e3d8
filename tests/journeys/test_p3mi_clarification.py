"""Clarification with a placement agency, from the invitation to what comes of it.

Domain time moves on here, so it comes after `test_clocks`, whose dates are fixed.
"""

from __future__ import annotations

import base64
import re

import pytest

from services.documents.verify import Verdict, verify
from tests.journeys.clarification import A_PNG, ABOUT, AGENCY, ClarificationStory, a_story
from tests.journeys.people import Refused, refusal
from tests.journeys.relay import Relay
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]


def close(story: ClarificationStory, ground: str = "demand_met") -> str:
    """The complainant is answered, and the complaint ends; where it stands then."""
    story.complaint_act("answer", text="sudah dibayar (contoh)")
    story.complaint_act("close", ground=ground)
    return str(story.status()["stage"])


def test_an_agency_answers_and_it_is_settled_at_once(relay: Relay) -> None:
    story = a_story(relay).invite().open()
    assert story.invitation()["state"] == "INVITATION_STATE_INVITED"
    story.agency_act("add_file", media_type="image/png", content=A_PNG)
    made = story.answer(follow_up="Dibayar hari ini (contoh).")
    assert story.invitation()["digest"] == made["digest"]
    story.hold("SETTLED")
    assert relay.person().get(f"/v1/documents/{made['digest']}")["kind"] == "statement"
    assert close(story) == "STAGE_CLOSED"


def test_a_statement_can_be_opened_and_checked_by_whoever_has_a_reference(relay: Relay) -> None:
    story = a_story(relay).invite().open()
    made = story.answer()
    path = f"/v1/complaints/{story.complaint_id}/documents/{made['document_id']}"
    given = story.complaint_officer.get(path, purpose="a test")
    opened = relay.person().post("/v1/files:open", reference=given["reference"])
    found = verify(base64.b64decode(opened["content"]))
    assert (found.verdict, found.digest) == (Verdict.UNPROVEN, made["digest"])


def test_a_second_clarification_with_a_promise_that_is_kept_meets_the_demand(relay: Relay) -> None:
    story = a_story(relay).invite()
    story.hold("SECOND", absent=True)
    story.invite().open().answer()
    assert story.status()["stage"] == "STAGE_CLARIFICATION_2"
    story.hold("SETTLED", commitments=[story.promise()])
    closing = f"/v1/complaints/{story.complaint_id}:close"
    assert refusal(story.complaint_officer, closing, ground="demand_met") == "COMMITMENT_OPEN"
    story.confirm("KEPT")
    assert close(story) == "STAGE_CLOSED"


def test_a_promise_that_is_broken_and_admitted_is_placements_without_a_mediation(
    relay: Relay,
) -> None:
    story = a_story(relay).broken().recommend()
    path = f"/v1/complaints/{story.sanction_id}/notes/{story.sanction_offer()['note_id']}"
    assert "Tidak dibayar" in story.placement_officer.get(path, purpose="a test")["text"]
    story.reply("accept")
    story.wait_for_sanction("accepted")
    assert story.status()["stage"] == "STAGE_CLARIFICATION_2"
    mediated = "SELECT 1 FROM matter WHERE matter_id = %s AND holder_service = 'protection'"
    assert not relay.rows("complaint", mediated, story.complaint_id)


def test_a_promise_that_is_broken_and_not_admitted_goes_to_mediation(relay: Relay) -> None:
    story = a_story(relay).broken("ADMISSION_DENIED")
    asked = f"/v1/complaints/{story.complaint_id}:recommend_sanction"
    told = {"violation": "broken_commitment", "text": "(contoh)"}
    with pytest.raises(Refused, match=r"NOT_ADMITTED: .*Art 18\(4\)"):
        story.complaint_officer.post(asked, **told)
    story.offer().accept()
    assert story.wait_for_stage("HANDED_OVER")["holder"]["service"] == "protection"


def test_an_agency_that_is_silent_is_late_and_the_session_is_held_without_it(relay: Relay) -> None:
    story = a_story(relay).invite()
    story.pass_clock()
    until(lambda: "miss" in story.history())
    story.hold("SECOND", absent=True)
    assert refusal(relay.person(), f"{ABOUT}:open", **story_key(story)) == "INVITATION_OVER"
    assert story.invite().status()["stage"] == "STAGE_CLARIFICATION_2"


def story_key(story: ClarificationStory) -> dict[str, str]:
    return {"clarification_id": story.clarification_id, "secret": story.link}


def test_an_agency_asks_for_another_date_and_is_invited_for_it(relay: Relay) -> None:
    story = a_story(relay).invite().open()
    wished_on = story.in_days(7)[:10]
    story.agency_act("ask_date", wished_on=wished_on, text="Direktur di luar negeri (contoh).")
    assert story.clarification()["wished_on"] == wished_on
    story.invite(days=7)
    with pytest.raises(Refused, match="LINK_RENEWED"):
        story.invitation()
    assert story.open().invitation()["state"] == "INVITATION_STATE_INVITED"


def test_an_agency_objects_and_the_officer_reads_why(relay: Relay) -> None:
    story = a_story(relay).invite().open()
    told = {"objection": "OBJECTION_NOT_OUR_WORKER", "text": "Bukan pekerja kami (contoh)."}
    story.agency_act("object", **told)
    seen = story.clarification()
    assert (seen["objection"], seen["objection_text"]) == (told["objection"], told["text"])


def test_a_link_opens_once_and_a_fresh_one_ends_it(relay: Relay) -> None:
    story = a_story(relay).invite().open()
    assert refusal(relay.person(), f"{ABOUT}:open", **story_key(story)) == "LINK_USED"
    before = story_key(story)
    story.renew().open()
    assert refusal(relay.person(), f"{ABOUT}:open", **before) == "WRONG_SECRET"


def test_an_agency_sees_no_other_clarification_and_no_complaint(relay: Relay) -> None:
    own, other = a_story(relay).invite().open(), a_story(relay).invite()
    for path in (
        f"{ABOUT}/{other.clarification_id}",
        f"/v1/complaints/{own.complaint_id}/status",
        f"/v1/complaints/{own.clarification_id}/status",
    ):
        with pytest.raises(Refused, match="PERMISSION"):
            own.agency.get(path)


def test_an_agency_does_all_of_it_on_the_page(relay: Relay) -> None:
    story = a_story(relay).invite()
    seen = story.open_page()
    assert "Mengapa gaji belum dibayar? (contoh)" in seen
    key = dict(re.findall(r'name="(clarification_id|token|request_id)" value="([^"]+)"', seen))
    files = {"file": ("bukti.png", base64.b64decode(A_PNG), "image/png")}
    sent = story.agency.client.post("/klarifikasi/berkas", data=key, files=files)
    assert sent.status_code == 200
    wish = {"wished_on": story.in_days(7)[:10], "wish": "libur (contoh)"}
    story.on_page("/tanggal", **key, **wish)
    objection = {"objection": "OBJECTION_OTHER", "objection_text": "bukan kami (contoh)"}
    story.on_page("/keberatan", **key, **objection)
    answer = {"name": AGENCY, "explanation": "Dana terlambat (contoh)."}
    assert "Surat pernyataan Anda sudah kami terima." in story.on_page("/jawaban", **key, **answer)
    kinds = [each["kind"] for each in story.clarification()["documents"]]
    assert kinds == ["statement", "file"]
