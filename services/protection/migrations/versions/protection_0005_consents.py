"""Which ministries whoever complained agrees to have asked."""

from alembic import op

revision = "protection_0005"
down_revision = "protection_0004"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(
        "ALTER TABLE known_matter ADD COLUMN consents text[] DEFAULT '{}' NOT NULL,"
        " ADD COLUMN dissents text[] DEFAULT '{}' NOT NULL"
    )
    op.execute("ALTER TABLE protection_case ADD COLUMN consents text[] DEFAULT '{}' NOT NULL")
