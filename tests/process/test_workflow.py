"""Law as data: what a workflow.toml says, and what is wrong with one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.process.calendar import Span
from services.process.checks import Names
from services.process.law import Law, WorkflowError
from tests.process.laws import ART, SMALL, a_law

MONDAY = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)


def test_a_clock_counts_its_span(tmp_path: Path) -> None:
    clock = a_law(tmp_path).base.clocks["reply"]
    assert clock.due_at(MONDAY, 3) == datetime(2024, 3, 7, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "verified", "regulation"),
    [(ART, "true", ART), ("a proposal", "false", "belum diverifikasi: a proposal")],
)
def test_a_figure_that_no_article_gives_is_marked(
    tmp_path: Path, source: str, verified: str, regulation: str
) -> None:
    cited, other = f'"{ART}"\nverified = true', f'"{source}"\nverified = {verified}'
    told = SMALL.replace(f"source = {cited}", f"source = {other}")
    assert a_law(tmp_path, told).base.clocks["reply"].regulation == regulation


def test_a_ground_may_have_to_wait(tmp_path: Path) -> None:
    ground = a_law(tmp_path).base.grounds["silent"]
    assert ground.wait is not None
    wait = ground.wait
    assert (wait.value, wait.span, wait.since) == (15, Span.WORKING_DAYS, "answered_at")
    assert ground.names == {"id": "diam", "en": "silent"}


ENDS = 'at = { 100 = "end_reply" }'
AT_80 = 'at = { 80 = "end_reply", 100 = "end_reply" }'
AT_0 = 'at = { 0 = "remind", 100 = "end_reply" }'
MISS_80 = 'at = { 80 = "miss", 100 = "end_reply" }'
WARN_100 = 'at = { 100 = "warn" }'
BOTH = f'{ENDS}\nallows = "Ask"'
ASK = 'moves = { open = "asked" }'
RECEIPT = 'evidence = ["receipt"]'
UNKNOWN = "Perban BP2MI 6/2024 Art 99"
TWICE = "[clocks.reply]\nvalue = 3\n[grounds.silent]"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (ENDS, "", "clock reply: needs what is done at its end (at.100), or what it allows"),
        (ENDS, BOTH, "clock reply: needs what is done at its end (at.100), or what it allows"),
        (ENDS, 'allows = "Sing"', "clock reply: allows Sing, which is no action"),
        (ENDS, AT_80, "clock reply: end_reply is done at 100 % only; a step is one of remind,"),
        (ENDS, AT_0, "clock reply: 0 % is no step of it"),
        (ENDS, MISS_80, "clock reply: miss at 80 %: its end, and only that, is a miss"),
        (ENDS, WARN_100, "clock reply: warn at 100 %: its end, and only that, is a miss"),
        (ENDS, f'{ENDS}\nruns_in = ["lost"]', "clock reply: lost is no state"),
        ('clocks = ["reply"]', 'clocks = ["nap"]', "extension papers: nap is no clock"),
        ("[grounds.silent]", "[ground.silent]", "ground: Extra inputs are not permitted"),
        ("matter.states.open]", "matter.state.open]", "process.matter.state: Extra inputs"),
        (ART, UNKNOWN, f"clock reply: {UNKNOWN} is no article of regulations.toml"),
        ("final = true", "final = false", "state ended of matter has no exit: no action leads out"),
        ('begins = "open"', 'begins = "ended"', "state open of matter is never reached"),
        ('roles = ["clerk"]', "roles = []", "action Ask of matter: needs roles"),
        (ASK, 'moves = { open = "lost" }', "action Ask of matter: lost is no state"),
        (ASK, "", "action Ask of matter: neither begins anything nor moves it"),
        ("value = 15", "value = 0", "clocks.reply.value: Input should be greater than 0"),
        ('refusal = "IS_OPEN"', 'refusal = "is open"', "process.matter.states.open.refusal"),
        ("final = true", "finall = true", "process.matter.states.ended.finall"),
        ("[grounds.silent]", "[grounds.reply]", "clock reply: a ground has the same name"),
        (
            RECEIPT,
            'evidence = ["nap"]',
            "action End: nap is no evidence; the file has receipt, reply",
        ),
        (RECEIPT, "", "evidence receipt: nothing needs it"),
        ("ends = true", "", "ground silent: needs reply, but no action ends by a ground"),
        ('refusal = "NO_REPLY"', "", "evidence.reply.refusal: Field required"),
        (
            'refusal = "NO_RECEIPT"\nsource',
            'refusal = "NO_RECEIPT"\nsort',
            "evidence.receipt.source",
        ),
        (
            f'RECEIPT"\nsource = "{ART}"',
            f'RECEIPT"\nsource = "{UNKNOWN}"',
            f"evidence receipt: {UNKNOWN} is no article",
        ),
        ("[grounds.silent]", TWICE, "Cannot declare ('clocks', 'reply') twice"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_entry(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in SMALL
    changed = SMALL.replace(old, new, 1)
    with pytest.raises(WorkflowError) as wrong:
        a_law(tmp_path, changed)
    assert f"{tmp_path.name}/workflow.toml: " in str(wrong.value)
    assert told in str(wrong.value)


def test_two_processes_with_an_action_of_one_name_are_told(tmp_path: Path) -> None:
    again = SMALL[SMALL.index("[process.") :].replace("[process.matter", "[process.other")
    with pytest.raises(WorkflowError, match="action End: 2 processes have one of this name"):
        a_law(tmp_path, SMALL + again)


END = 'moves = { open = "ended", asked = "ended" }'
BACK = 'moves = { asked = "open" }'


def test_a_state_that_only_leads_to_itself_is_a_dead_end(tmp_path: Path) -> None:
    stuck = SMALL.replace(BACK, 'moves = { open = "open" }')
    with pytest.raises(WorkflowError) as wrong:
        a_law(tmp_path, stuck.replace(END, 'moves = { open = "ended" }'))
    told = "base: state asked of matter has no exit: no action leads out of it"
    assert str(wrong.value).endswith(f"/workflow.toml: {told}")


def test_states_that_only_lead_to_each_other_are_a_dead_end(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError) as wrong:
        a_law(tmp_path, SMALL.replace(END, 'moves = { ended = "ended" }'))
    for name in ("open", "asked"):
        told = f"base: state {name} of matter has no exit: no final state follows it"
        assert told in str(wrong.value)


def two_processes(runs_in: str) -> str:
    """Matters and things, both of which are open at first; where the clock of replies runs."""
    matter = SMALL[SMALL.index("[process.matter") :]
    other = matter.replace("process.matter", "process.thing").replace(".actions.", ".actions.Thing")
    twice = SMALL + other
    return twice.replace(ENDS, f"{ENDS}\nruns_in = {runs_in}", 1)


def test_where_two_processes_have_a_state_of_one_name_a_clock_names_the_process(
    tmp_path: Path,
) -> None:
    with pytest.raises(WorkflowError, match="clock reply: more than one process has a state open"):
        a_law(tmp_path, two_processes('["open"]'))
    clock = a_law(tmp_path, two_processes('["thing.open"]')).base.clocks["reply"]
    assert clock.may_run_in("thing", "open")
    assert not clock.may_run_in("matter", "open")


def test_guards_handlers_and_evidence_are_those_that_the_service_has(tmp_path: Path) -> None:
    a_law(tmp_path)
    path = tmp_path / "workflow.toml"
    evidence = {"matter": ("receipt", "reply")}
    known = Names(guards=("is_reachable",), handlers=("end_reply",), evidence=evidence)
    assert Law.load(path, known).base
    with pytest.raises(WorkflowError, match="no guard is called is_reachable"):
        Law.load(path, Names(handlers=known.handlers))
    with pytest.raises(WorkflowError, match="handler end_reply at 100 % does not exist"):
        Law.load(path, Names(guards=known.guards))
    with pytest.raises(WorkflowError, match="evidence reply: nobody knows whether it is on file"):
        Law.load(path, Names(known.guards, known.handlers, {"matter": ("receipt",)}))


def test_an_action_is_asked_for_the_evidence_alone_that_it_can_tell(tmp_path: Path) -> None:
    a_law(
        tmp_path,
        SMALL + "[[amendment]]\nname = 'more'\nregulation = 'contoh'\n"
        "[amendment.process.matter.actions.Ask]\nevidence = ['receipt']\n",
    )
    by_the_end = Names(("is_reachable",), ("end_reply",), {"End": ("receipt", "reply")})
    with pytest.raises(WorkflowError) as wrong:
        Law.load(tmp_path / "workflow.toml", by_the_end)
    told = "more: action Ask: Ask of matter cannot tell whether receipt is there"
    assert str(wrong.value).endswith(f"/workflow.toml: {told}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "actions.Answer]\nguards = { NOBODY_THERE = 'is_reachable' }",
            "action Answer of matter: the code does not ask is_reachable of it",
        ),
        (
            "actions.answered]\nevidence = ['receipt']",
            "action answered: others do it, so nobody is asked for receipt",
        ),
    ],
)
def test_an_amendment_asks_only_what_somebody_answers(
    tmp_path: Path, change: str, told: str
) -> None:
    amendment = "[[amendment]]\nname = 'more'\nregulation = 'contoh'\n[amendment.process.matter."
    with pytest.raises(WorkflowError) as wrong:
        a_law(tmp_path, SMALL + amendment + change)
    assert str(wrong.value).endswith(f"/workflow.toml: more: {told}")
