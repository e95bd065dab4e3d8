"""A request_id whose answer is forgotten after 7 days stays known, so that it never acts again."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"

SPENT = """
CREATE TABLE command_spent (
    caller text NOT NULL,
    rpc text NOT NULL,
    request_id uuid NOT NULL,
    PRIMARY KEY (caller, rpc, request_id)
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(SPENT)
