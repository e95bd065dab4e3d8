"""Whether a journey went through everybody."""

import pytest

from services.cli.demo.outputs_relay import goes_through_everybody

DEPUTIES = {"complaint", "empowerment", "placement", "protection"}


@pytest.mark.parametrize(
    ("parties", "is_so"),
    [
        ({*DEPUTIES, "kemlu"}, True),
        ({*DEPUTIES, "kemlu", "bpjs"}, True),
        (DEPUTIES, False),
        ({*DEPUTIES, "kemlu"} - {"empowerment"}, False),
    ],
)
def test_everybody_is_all_deputies_and_a_ministry(parties: set[str], *, is_so: bool) -> None:
    assert goes_through_everybody(parties) is is_so
