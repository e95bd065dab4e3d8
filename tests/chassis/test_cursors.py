"""A lean cursor describes what psycopg's own does."""

import psycopg
import pytest

from infra.local.stack import Stack
from services.chassis.cursors import LeanCursor

pytestmark = pytest.mark.database

QUERIES = ("SELECT 1 AS one, 'two' AS two, now() AS three", "SET application_name TO 'lean'")


@pytest.mark.parametrize("query", QUERIES)
def test_columns_have_the_names_and_types_that_psycopg_finds(stack: Stack, query: str) -> None:
    with psycopg.connect(stack.admin_dsn) as plain:
        known = plain.execute(query.encode()).description
    with psycopg.connect(stack.admin_dsn, cursor_factory=LeanCursor) as lean:
        found = lean.execute(query.encode()).description
    assert [each[:2] for each in found or ()] == [each[:2] for each in known or ()]
    assert (found is None) == (known is None)
