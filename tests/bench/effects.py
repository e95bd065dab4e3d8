"""The work that every consumer of the group `reactions` does for one record: one effect row of its
own, and one event of its own, stored with it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from estafet.protection.v1.events_pb2 import CaseOpened
from sqlalchemy.orm import registry

SERVICE = "protection"
TOPIC = "estafet.complaint.v1"

MAKE = """
CREATE TABLE bench_effect (
    effect_id uuid PRIMARY KEY,
    complaint_id text NOT NULL,
    category text NOT NULL,
    severity integer NOT NULL,
    noted_at timestamptz NOT NULL
)
"""

effect = sa.Table(
    "bench_effect",
    sa.MetaData(),
    sa.Column("effect_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
)


@dataclass(eq=False)
class Effect:
    """What a consumer writes down of a record."""

    effect_id: str
    complaint_id: str
    category: str
    severity: int
    noted_at: datetime


registry().map_imperatively(Effect, effect)


def answer_to(event: ComplaintTriaged) -> CaseOpened:
    """What a consumer tells the others in turn; its key has as many numbers as the event's."""
    return CaseOpened(
        case_id=f"case-{event.complaint_id}",
        matter_id=event.complaint_id,
        category=event.category,
        severity=event.severity,
    )
