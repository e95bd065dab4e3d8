"""Secrets: random, made once, read by their owner only."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.secret_files import SecretFiles, secrets_of


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    made = SecretFiles(tmp_path).get("complaint", "kafka")
    assert SecretFiles(tmp_path).get("complaint", "kafka") == made


def test_two_owners_have_different_secrets(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    assert secrets.get("complaint", "kafka") != secrets.get("protection", "kafka")


def test_only_the_owner_of_the_files_may_read_them(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path / "secrets")
    secrets.make_for_service("complaint")
    folder = secrets.of("complaint")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_service_gets_all_that_it_reads(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    secrets.make_for_service("complaint")
    assert {path.name for path in secrets.of("complaint").iterdir()} == secrets_of("complaint")


def test_the_token_key_of_a_service_is_a_p256_key(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    secrets.make_for_service("complaint")
    pem = (secrets.of("complaint") / "token_key.pem").read_bytes()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    assert isinstance(key.curve, SECP256R1)
