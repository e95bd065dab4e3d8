"""How many examples a property is tried on, and how long a fault is kept up."""

import os

# Said by the stage `property` of the test run, which repeats the marked tests in depth.
IN_DEPTH = "ESTAFET_IN_DEPTH"
# Said by the stage `faults`; without it each scenario is cut short.
IN_FULL = "ESTAFET_FAULTS_IN_FULL"


def examples(quick: int, in_depth: int) -> int:
    """A few beside the quick tests, many in the stage `property`."""
    return in_depth if IN_DEPTH in os.environ else quick
