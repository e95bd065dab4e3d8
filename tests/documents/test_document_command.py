"""`estafet document` as people use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.chassis.errors import Invalid, NotAllowed
from services.cli.document import document_app
from tests.documents.said import SECRET, a_statement, key, signed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pernyataan.pdf"
    path.write_bytes(signed(a_statement()))
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(key())
    return path


def verify(file: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(document_app, ["verify", str(file), *options])
    return result.exit_code, result.output


def test_a_genuine_file_ends_with_zero(file: Path, key_file: Path) -> None:
    assert verify(file, "--key", str(key_file))[0] == 0


def test_a_genuine_file_is_called_so(file: Path, key_file: Path) -> None:
    assert (
        f"{file}: genuine: every byte is as it was made" in verify(file, "--key", str(key_file))[1]
    )


def test_without_a_key_a_file_is_not_called_genuine(file: Path) -> None:
    code, said = verify(file)
    assert (code, "give the signer's public key" in said) == (1, True)


def test_a_changed_file_ends_with_one(file: Path, key_file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")
    code, said = verify(file, "--key", str(key_file))
    assert (code, "rendering changed" in said) == (1, True)


def test_what_a_document_says_is_printed(file: Path) -> None:
    said = CliRunner().invoke(document_app, ["show", str(file)]).stdout
    assert json.loads(said) == a_statement().model_dump(mode="json")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    asked = CliRunner().invoke(document_app, ["verify", str(tmp_path / "none.pdf")])
    assert isinstance(asked.exception, Invalid)
    assert "none.pdf cannot be read: No such file or directory" in str(asked.exception)


def test_a_file_of_somebody_else_shows_nothing(key_file: Path) -> None:
    asked = CliRunner().invoke(document_app, ["show", str(key_file)])
    assert "not one of ours: it is no PDF file" in str(asked.exception)


@pytest.fixture
def _secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "complaint").mkdir()
    (tmp_path / "complaint" / "service_key").write_text(SECRET)
    monkeypatch.setenv("ESTAFET_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("ESTAFET_SECRETS_DIR", str(tmp_path / "auditor"))


@pytest.mark.usefixtures("_secrets")
def test_the_key_of_a_services_documents_is_printed() -> None:
    printed = CliRunner().invoke(document_app, ["key", "complaint"]).stdout
    assert printed.encode() == key()


@pytest.mark.usefixtures("_secrets")
def test_the_key_of_a_service_without_a_secret_is_not_guessed() -> None:
    asked = CliRunner().invoke(document_app, ["key", "nobody"])
    assert isinstance(asked.exception, NotAllowed)
