"""`estafet document`: whether a file is one of our documents, and what it says."""

import json
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.errors import Invalid

document_app = typer.Typer(no_args_is_help=True, help="Statements and minutes: verify, show.")
File = Annotated[Path, typer.Argument(help="A document's PDF.")]
Key = Annotated[Path | None, typer.Option("--key", help="The signer's public key as PEM.")]


@document_app.command("verify")
def verify_document(file: File, key: Key = None) -> None:
    """Say whether a file is a genuine document, every byte of it; exit code 1 if it is not."""
    from services.chassis.settings import Settings
    from services.documents.signing import SIGNERS, signer_named
    from services.documents.verify import verify

    signers = [*SIGNERS.values(), signer_named(Settings().document_signer)]
    found = verify(_content(file), _content(key) if key else None, signers)
    typer.echo(f"{file}: {found.verdict}: {found.said}")
    if found.document:
        typer.echo(f"what it says it is: {found.document.kind} on {found.document.matter_number}")
        typer.echo(f"hash of its content: {found.digest}")
    if not found.genuine:
        raise typer.Exit(1)


@document_app.command("show")
def show_document(file: File) -> None:
    """Print what is attached to a document, proven or not."""
    from services.documents.verify import document_in

    document, digest = document_in(_content(file))
    typer.echo(json.dumps(document.model_dump(mode="json"), indent=2, ensure_ascii=False))
    typer.echo(f"hash {digest}; whether this is genuine is said by `document verify`", err=True)


@document_app.command("key")
def show_key(service: str) -> None:
    """Print the public key that a service's documents are signed with here."""
    from services.cli.environment import settings_of
    from services.documents.signing import signer_named

    settings = settings_of(service)
    signer = signer_named(settings.document_signer).of(settings.secret("service_key"))
    typer.echo(signer.public_key().decode(), nl=False)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from None
