"""How Alembic runs our migrations: on the connection that services.chassis.migrate gives it."""

from alembic import context

from services.chassis.migrate import VERSIONS

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSIONS,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
