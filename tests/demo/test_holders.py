from datetime import UTC, datetime, timedelta

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.cli.demo.custodies import Hop, Key
from services.cli.demo.expected import Expected, complaint
from services.cli.demo.holders import Seen, faults, hops
from services.cli.demo.latency import Latency
from services.handover.custody import Party
from services.handover.fold import Entry
from services.handover.ledger import Ledger

COMPLAINT = Party("complaint", "kp2mi")
PROTECTION = Party("protection", "kp2mi")
KEMLU = Party("exchange", "kemlu")
FILED: dict[Key, str] = {complaint(0): "m1"}
AT = datetime(2024, 9, 2, 2, tzinfo=UTC)


def offered(receiver: Party = PROTECTION, kind: str = "protection.case") -> pb.HandoverOffered:
    event = pb.HandoverOffered(
        matter_id="m1", giver=COMPLAINT.to_proto(), receiver=receiver.to_proto(), kind=kind
    )
    event.due_at.FromDatetime(AT + timedelta(days=3))
    return event


def a_ledger(*events: Message) -> Ledger:
    ledger = Ledger()
    opened = pb.MatterOpened(
        matter_id="m1", journey_id="m1", kind="complaint", holder=COMPLAINT.to_proto()
    )
    for number, event in enumerate((opened, *events), 1):
        ledger.take("m1", Entry(number, event, AT, "complaint", str(number)))
    return ledger


def seen(
    holder: str = "complaint", batons: tuple[str, ...] = ("complaint",), *, closed: bool = False
) -> Seen:
    services = ("complaint", "protection")
    return Seen(
        {name: {"m1": (holder, closed)} for name in services},
        {name: frozenset({"m1"} if name in batons else ()) for name in services},
    )


def a_world(**ends: int) -> Expected:
    """One complaint, held where it was filed, and its hand-overs by end."""
    world = Expected(filed=1, holders={complaint(0): "complaint"}, opened={complaint(0)})
    for end, count in ends.items():
        world.hops[Hop("complaint", "protection", "protection.case", end)] = count
    return world


def test_a_matter_that_all_agree_on_has_no_fault() -> None:
    assert not list(faults(a_ledger(), seen(), a_world(), FILED))


def test_an_offer_that_waits_counts_as_open() -> None:
    assert hops(a_ledger(offered())) == {("complaint", "protection", "protection.case", "open"): 1}
    assert not list(faults(a_ledger(offered()), seen(), a_world(open=1), FILED))


def test_a_hand_over_that_the_script_did_not_make_is_named() -> None:
    found = list(faults(a_ledger(offered()), seen(), a_world(), FILED))
    named = "protection.case from complaint to protection open"
    assert found == [f"1 hand-overs {named}, and the script has 0"]


def test_a_ministry_counts_by_its_own_name() -> None:
    referred = a_ledger(offered(KEMLU, "exchange.referral"))
    assert hops(referred) == {("complaint", "kemlu", "exchange.referral", "open"): 1}


def test_a_matter_that_the_script_did_not_open_is_named() -> None:
    world = a_world()
    world.opened.clear()
    (found,) = faults(a_ledger(), seen(), world, FILED)
    assert found == "1 matters complaint, and the script opens 0"


def test_a_service_that_sees_another_holder_is_named_with_the_record() -> None:
    found = list(faults(a_ledger(), seen(holder="protection"), a_world(), FILED))
    assert len(found) == 2
    assert found[0].startswith("estafet.custody.v1 m1 1: complaint says")


def test_two_batons_or_none_are_named_with_the_record() -> None:
    for batons, who in ((("complaint", "protection"), "complaint and protection"), ((), "nobody")):
        (found,) = faults(a_ledger(), seen(batons=batons), a_world(), FILED)
        assert found == f"estafet.custody.v1 m1 1: the log names complaint, and {who} has the baton"


def test_a_filing_without_a_matter_is_named() -> None:
    (found,) = faults(a_ledger(), seen(), a_world(), {**FILED, complaint(1): "m2"})
    assert found == "estafet.custody.v1 m2: nothing, and the script leaves it closed"


def test_percentiles_need_two_offers_and_name_seconds() -> None:
    assert Latency({("m1", 2): 0.1}).percentiles() == {}
    hundredths = {(f"m{n}", 2): n / 100 for n in range(101)}
    assert Latency(hundredths).percentiles() == {50: 0.5, 95: 0.95, 99: 0.99}
