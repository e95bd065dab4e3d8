"""`estafet morning` as it is printed."""

import re

from estafet.insight.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.testing import A_MORNING
from services.cli.morning import OWED, told
from tests.insight.builders import COMPLAINT, HOUR, KEMLU, M1

CLOCK = "2024-03-04 16:00"
INTAKE = "kp2mi / layanan_pengaduan (complaint)"


def test_the_morning_is_printed_as_tables() -> None:
    offer = pb.OpenOffer(
        matter_id=M1,
        kind="exchange.referral",
        giver=COMPLAINT.to_proto(),
        receiver=KEMLU.to_proto(),
        clock=timestamp(A_MORNING + 6 * HOUR),
    )
    asked = pb.OpenOffer(asked=True)
    asked.MergeFrom(offer)
    owed = pb.Owed(
        party=KEMLU.to_proto(), held=2, held_since=timestamp(A_MORNING), to_answer=1, due=1
    )
    owed.to_return = 4
    result = pb.AwaitedResult(matter_id=M1, ministry=KEMLU.to_proto(), answer_by=offer.clock)
    morning = pb.GetMorningResponse(
        date="2024-03-04", offers=[offer, asked], total=3, results=[result], parties=[owed]
    )
    printed = [re.split(r"\s{2,}", line) for line in told(morning)]
    assert printed == [
        ["2024-03-04: 3 hand-overs whose clock ends by the end of the day"],
        ["clock (WIB)", "kind", "held by", "waits for", "matter"],
        [CLOCK, "exchange.referral", INTAKE, "kemlu (exchange)", M1],
        [CLOCK, "exchange.referral", INTAKE, f"{INTAKE}, to clarify", M1],
        ["and 1 more"],
        [""],
        ["results that ministries owe by the end of the day"],
        ["clock (WIB)", "ministry", "matter"],
        [CLOCK, "kemlu (exchange)", M1],
        [""],
        ["what each party owes"],
        ["party", "holds", *OWED[2:]],
        ["kemlu (exchange)", "2", "2024-03-04 10:00", "1", "0", "4", "1", "0"],
    ]
