"""The development issuer: tokens that verify, secrets that must fit, keys that overlap."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from infra.identity.__main__ import Issuer, routes
from infra.identity.clients import Client
from infra.identity.keys import SigningKeys
from infra.identity.tokens import mint
from infra.local.loopback import server
from infra.local.secret_files import SecretFiles
from tests.support.plain_http import NO_TLS

OFFICER = Client("officer", "officer:1", ("case_officer",), "protection", "kp2mi", "pelindungan")


@contextmanager
def issuing(secrets: SecretFiles) -> Iterator[str]:
    made = server(0, {})
    url = f"http://127.0.0.1:{made.server_port}"
    issuer = Issuer(secrets, url)
    issuer.clients.make_secrets()
    made.RequestHandlerClass.routes = routes(issuer)  # type: ignore[attr-defined] # our own handler
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield url
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def secrets(tmp_path: Path) -> SecretFiles:
    return SecretFiles(tmp_path / "secrets")


def ask(url: str, client_id: str, client_secret: str) -> httpx.Response:
    form = {"client_id": client_id, "client_secret": client_secret}
    return httpx.post(
        f"{url}/token", data={"grant_type": "client_credentials", **form}, verify=NO_TLS
    )


def verified(url: str, token: str, **options: Any) -> dict[str, Any]:
    """The claims, checked as a stranger would: from the discovery document alone."""
    configuration = httpx.get(f"{url}/.well-known/openid-configuration", verify=NO_TLS).json()
    keys = jwt.PyJWKSet.from_dict(httpx.get(configuration["jwks_uri"], verify=NO_TLS).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    checks = {"audience": "estafet", "issuer": configuration["issuer"], **options}
    return jwt.decode(token, key, algorithms=["ES256"], **checks)


def test_an_officers_token_verifies_and_says_who_it_is(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        secret = secrets.get("identity", "officer-complaint")
        token = ask(url, "officer-complaint", secret).json()["access_token"]
        claims = verified(url, token)
    assert claims["sub"] == "officer:complaint-1"
    assert claims["roles"] == ["complaint_officer"]
    told = claims["service"], claims["organisation"], claims["unit"]
    assert told == ("complaint", "kp2mi", "layanan_pengaduan")
    assert claims["exp"] - claims["iat"] == 600


def test_a_service_signs_in_with_its_own_secret(secrets: SecretFiles) -> None:
    secrets.make_for_service("protection")
    with issuing(secrets) as url:
        secret = secrets.get("protection", "client_secret")
        token = ask(url, "protection", secret).json()["access_token"]
        claims = verified(url, token)
    assert (claims["sub"], claims["service"]) == ("service:protection", "protection")


@pytest.mark.parametrize("client_id", ["officer-complaint", "nobody", "", "../identity", "gateway"])
@pytest.mark.parametrize("client_secret", ["wrong", ""])
def test_a_secret_that_does_not_fit_gets_no_token(
    secrets: SecretFiles, client_id: str, client_secret: str
) -> None:
    with issuing(secrets) as url:
        answer = ask(url, client_id, client_secret)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_another_grant_is_refused(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        answer = httpx.post(f"{url}/token", data={"grant_type": "password"}, verify=NO_TLS)
    assert answer.json() == {"error": "unsupported_grant_type"}


def test_a_token_made_before_a_rotation_still_verifies(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        old = mint(secrets, url, OFFICER)
        SigningKeys(secrets).rotate()
        new = mint(secrets, url, OFFICER)
        assert verified(url, old)["sub"] == verified(url, new)["sub"] == "officer:1"
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]


def test_a_token_from_before_two_rotations_has_no_key_any_more(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        old = mint(secrets, url, OFFICER)
        SigningKeys(secrets).rotate()
        SigningKeys(secrets).rotate()
        with pytest.raises(KeyError):
            verified(url, old)


def test_an_expired_token_can_be_made_for_a_test(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        expired = mint(secrets, url, OFFICER, lifetime_seconds=-1)
        with pytest.raises(jwt.ExpiredSignatureError):
            verified(url, expired)


def test_private_keys_are_never_published(secrets: SecretFiles) -> None:
    with issuing(secrets) as url:
        (key,) = httpx.get(f"{url}/jwks.json", verify=NO_TLS).json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


@pytest.mark.process
def test_it_does_not_run_in_production(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.identity", "--port", "0", "--secrets", str(tmp_path)]
    environment = {**os.environ, "ESTAFET_ENVIRONMENT": "production"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "does not run in production" in ran.stderr
