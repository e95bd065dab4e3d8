"""Which copy of Estafet a command works on: the one of its ESTAFET_* variables, else the local one.

A tool signs in as `auditor` (reads everything) or `admin`; both have their secrets beside the
services'. On a laptop the variables are made from the running copy under ESTAFET_HOME.
"""

import os
from pathlib import Path

from services.chassis.errors import NotAllowed
from services.chassis.settings import Settings


def variables(owner: str) -> dict[str, str]:
    """The ESTAFET_* variables of an owner: a service, the gateway, `admin` or `auditor`."""
    if "ESTAFET_KAFKA_BOOTSTRAP" in os.environ:
        return dict(os.environ)
    try:
        from infra.local.commands import stack_of
        from infra.local.layout import Layout
    except ModuleNotFoundError:
        raise NotAllowed(
            "set the ESTAFET_* variables: there is no local stack beside this command"
        ) from None
    layout = Layout.chosen()
    if not (layout.run / "ports.json").exists():
        raise NotAllowed(f"nothing has run under {layout.home}: `make up` starts a local copy")
    return stack_of(layout).environment(owner)


def settings_of(owner: str) -> Settings:
    """The settings by which a tool acts as an owner."""
    found = {
        name.removeprefix("ESTAFET_").lower(): value
        for name, value in variables(owner).items()
        if name.startswith("ESTAFET_")
    }
    if "secrets_dir" in found:
        found["secrets_dir"] = str(Path(found["secrets_dir"]).parent / owner)
    peers = found.pop("peers", "")
    settings = Settings.model_validate(found)
    if peers:
        settings.peers = Settings.model_validate_json(f'{{"peers": {peers}}}').peers
    return settings
