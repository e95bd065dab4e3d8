"""What every test of empowerment has."""

from tests.support.tables import _fakes_know_no_last_act

__all__ = ["_fakes_know_no_last_act"]
