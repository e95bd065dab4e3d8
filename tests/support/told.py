"""What processes are told, by the code's own declarations: settings, files, signer, channels."""

from __future__ import annotations

from functools import cache

from pydantic_settings import BaseSettings

from infra.local.discovery import discover
from services.chassis.__main__ import classes_of
from services.chassis.evidence import EvidenceFiles
from services.chassis.settings import NOT_DEPLOYED
from services.complaint.papers import DocumentSigner
from services.gateway.settings import DoorSettings
from services.messages.sending import Messenger
from services.messages.settings import MessageSettings

DEPUTIES = discover().serving


def variables_of(*settings: type[BaseSettings]) -> set[str]:
    """The variables that settings read."""
    return {
        f"{each.model_config['env_prefix']}{name}".upper()
        for each in settings
        for name in each.model_fields
    }


OF_MESSAGES = variables_of(MessageSettings)
ALL = variables_of(DoorSettings, MessageSettings)
DEPLOYED = ALL - {f"ESTAFET_{name}".upper() for name in NOT_DEPLOYED}


@cache
def _has(provider: type) -> frozenset[str]:
    return frozenset(
        deputy
        for deputy in DEPUTIES
        for cls in classes_of(deputy, "api")
        for name in dir(cls)
        if isinstance(getattr(cls, name), provider)
    )


KEEP_FILES = _has(EvidenceFiles)
SIGN_DOCUMENTS = _has(DocumentSigner)
TELL_PEOPLE = frozenset(
    deputy
    for deputy in DEPUTIES
    for cls in classes_of(deputy, "reactions")
    if issubclass(cls, Messenger)
)
