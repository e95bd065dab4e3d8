"""How many examples a property is tried on."""

import os

# Said by the stage `property` of the test run, which repeats the marked tests in depth.
IN_DEPTH = "ESTAFET_IN_DEPTH"


def examples(quick: int, in_depth: int) -> int:
    """A few beside the quick tests, many in the stage `property`."""
    return in_depth if IN_DEPTH in os.environ else quick
