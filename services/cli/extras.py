"""What a service brings to the command: modules of one name, found by their files.

Not by entry point: an image holds files and no installed distribution.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import services

NOT_SERVICES = ("chassis", "cli")


def modules_of_services(name: str) -> Iterator[Any]:
    """The module of this name of every service that has one."""
    [folder] = services.__path__
    for path in sorted(Path(folder).glob(f"*/{name}.py")):
        if path.parent.name not in NOT_SERVICES:
            yield importlib.import_module(f"services.{path.parent.name}.{name}")
