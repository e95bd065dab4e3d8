"""Indonesia of the library `holidays`, without the other countries.

Its package of countries imports all 250 of them when any is asked for, which is 8 MB in every
process that counts working days. So the one module is loaded beneath an empty package, which is
taken away again: whoever wants the real one gets it.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import holidays

_COUNTRIES = "holidays.countries"


def indonesia() -> type[Any]:
    """The class of Indonesia's holidays."""
    if _COUNTRIES in sys.modules:
        return _its_class()
    empty = ModuleType(_COUNTRIES)
    empty.__path__ = [str(Path(holidays.__file__).with_name("countries"))]
    sys.modules[_COUNTRIES] = empty
    try:
        return _its_class()
    finally:
        del sys.modules[_COUNTRIES]


def _its_class() -> type[Any]:
    found: type[Any] = importlib.import_module(f"{_COUNTRIES}.indonesia").ID
    return found
