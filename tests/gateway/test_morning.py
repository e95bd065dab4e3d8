"""The morning's page: for officers, in two languages, with nothing from outside."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from estafet.common.v1.party_pb2 import Party
from estafet.insight.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import Invalid, Refused, Unauthenticated
from services.gateway.languages import TEXTS
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import NOBODY, a_door

OFFICER = {"Authorization": "Bearer an-officer"}
MATTER = "0190d5c2-0000-7000-8000-000000000001"
INTAKE = Party(service="complaint", organisation="kp2mi", unit="layanan_pengaduan")
KEMLU = Party(service="exchange", organisation="kemlu")
# Monday 4 March 2024, 16:00 in Jakarta.
CLOCK = Timestamp(seconds=1709542800)


def a_morning() -> pb.GetMorningResponse:
    """Kemlu has to answer today, and intake has been asked."""
    one = pb.OpenOffer(matter_id=MATTER, kind="exchange.<referral>", giver=INTAKE, receiver=KEMLU)
    one.clock.CopyFrom(CLOCK)
    other = pb.OpenOffer(matter_id=MATTER, kind="k", giver=INTAKE, receiver=KEMLU, asked=True)
    other.clock.CopyFrom(CLOCK)
    owed = pb.Owed(party=KEMLU, held=7, held_since=CLOCK, to_answer=1, due=1, lapsed=3)
    owed.to_return = 5
    result = pb.AwaitedResult(matter_id=MATTER, ministry=KEMLU, answer_by=CLOCK)
    return pb.GetMorningResponse(
        date="2024-03-04", offers=[one, other], total=2, results=[result], parties=[owed]
    )


@pytest.fixture(scope="module")
def insight() -> Iterator[Deputy]:
    with Deputy(peers=("insight",)).serving() as deputy:
        yield deputy


@pytest.fixture(scope="module")
def door(insight: Deputy) -> Iterator[httpx.Client]:
    with a_door(NOBODY, peers={"insight": insight.address}) as client:
        yield client


@pytest.fixture(autouse=True)
def a_plain_morning(insight: Deputy) -> None:
    insight.calls.clear()
    insight.answers["GetMorning"] = lambda *_: a_morning()


def cells(text: str) -> list[list[str]]:
    """The rows of all tables, as they are heard."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    told = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in told]


def test_it_tells_what_ends_today_and_what_each_party_owes(door: httpx.Client) -> None:
    answer = door.get("/morning?lang=en", headers=OFFICER)
    assert answer.status_code == 200
    assert "This morning: Monday, March 4, 2024" in answer.text
    clock = "4 March 2024, 16:00 Jakarta time"
    intake = "kp2mi / layanan_pengaduan (complaint)"
    _, first, second, _, result, _, kemlu = cells(answer.text)
    assert first == [clock, "exchange.<referral>", intake, "kemlu (exchange)", MATTER]
    assert second == [clock, "k", intake, f"{intake}: answer a question", MATTER]
    assert result == [clock, "kemlu (exchange)", MATTER]
    assert kemlu == ["kemlu (exchange)", "7", clock, "1", "0", "5", "1", "3"]


def test_indonesian_comes_first(door: httpx.Client) -> None:
    text = door.get("/morning", headers=OFFICER).text
    assert '<html lang="id">' in text
    assert "Pagi ini: Senin, 04 Maret 2024" in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_its_own_words_are_all_there(door: httpx.Client, language: str) -> None:
    text = unescape(door.get(f"/morning?lang={language}", headers=OFFICER).text)
    words = TEXTS[language]["morning"]
    assert isinstance(words, dict)
    unsaid = ("none", "more", "nobody", "troubles")
    assert [word for name, word in words.items() if name not in unsaid and word not in text] == []


def test_the_officers_token_and_the_chosen_day_go_on_to_insight(
    door: httpx.Client, insight: Deputy
) -> None:
    door.get("/morning?date=2024-03-05", headers=OFFICER)
    [call] = insight.calls
    assert (call.request.date, call.metadata["authorization"]) == (
        "2024-03-05",
        "Bearer an-officer",
    )


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unauthenticated("no token"), 401, "for officers"),
        (Refused("no role"), 403, "for officers"),
        (Invalid("no day", reason="NO_SUCH_DAY"), 400, "no such day"),
        (KeyError("a bug"), 500, "Code for an operator"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_shown(
    door: httpx.Client, insight: Deputy, error: Exception, status: int, words: str
) -> None:
    insight.answers["GetMorning"] = refusing(error)
    answer = door.get("/morning?lang=en")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert 'role="alert"' in answer.text
    assert cells(answer.text) == []


def test_a_read_side_that_is_away_is_said_so() -> None:
    with a_door(NOBODY, peers={"insight": NOBODY}) as client:
        answer = client.get("/morning?lang=en", headers=OFFICER)
    assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)
    assert answer.headers["retry-after"]


def test_a_quiet_morning_says_so(door: httpx.Client, insight: Deputy) -> None:
    insight.answers["GetMorning"] = lambda *_: pb.GetMorningResponse(date="2024-03-04")
    text = door.get("/morning?lang=en", headers=OFFICER).text
    assert "None." in text
    assert "Nobody holds anything." in text


def test_every_column_has_a_head_and_nothing_comes_from_outside(door: httpx.Client) -> None:
    answer = door.get("/morning", headers=OFFICER)
    assert answer.text.count("<th ") == answer.text.count('scope="')
    assert re.findall(r'<label for="([^"]+)"', answer.text) == ["date"]
    assert not re.search(r"<script|javascript:|\son\w+=|https?://", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
