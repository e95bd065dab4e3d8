"""Run the development issuer: `python -m infra.identity --port N --secrets FOLDER`; with
`--rotate` instead of a port it makes a new signing key, also while the issuer runs. In a container
others reach it by `--host 0.0.0.0 --url http://identity:N`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from urllib.parse import parse_qsl

from infra.identity.clients import Clients
from infra.identity.keys import ALGORITHM, SigningKeys
from infra.identity.tokens import LIFETIME_SECONDS, mint
from infra.local.loopback import Answer, Request, Routes, as_json, log, serve_until_told, server
from infra.local.ports import LOOPBACK
from infra.local.secret_files import SecretFiles


class Issuer:
    """The pages of an OIDC server that a client and a verifier need."""

    def __init__(self, secrets: SecretFiles, url: str) -> None:
        self.secrets = secrets
        self.url = url
        self.clients = Clients.known(secrets)

    def configuration(self, _request: Request) -> Answer:
        return as_json(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks.json",
                "token_endpoint": f"{self.url}/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
            }
        )

    def keys(self, _request: Request) -> Answer:
        return as_json(SigningKeys(self.secrets).published())

    def token(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode("utf-8", errors="replace")))
        if form.get("grant_type", "client_credentials") != "client_credentials":
            return as_json({"error": "unsupported_grant_type"}, 400)
        client = self.clients.signed_in(form.get("client_id", ""), form.get("client_secret", ""))
        if client is None:
            log("token_refused", client=form.get("client_id", "")[:80])
            return as_json({"error": "invalid_client"}, 401)
        token = mint(self.secrets, self.url, client)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}
        return as_json(answer, Cache_Control="no-store")

    def health(self, _request: Request) -> Answer:
        return as_json({"keys": len(SigningKeys(self.secrets).all())})


def routes(issuer: Issuer) -> Routes:
    return {
        ("GET", "/.well-known/openid-configuration"): issuer.configuration,
        ("GET", "/jwks.json"): issuer.keys,
        ("POST", "/token"): issuer.token,
        ("GET", "/healthz"): issuer.health,
    }


def serve(issuer: Issuer, port: int, host: str) -> None:
    issuer.clients.make_secrets()
    log("issuer_listens", port=port, key=SigningKeys(issuer.secrets).newest().key_id)
    serve_until_told(server(port, routes(issuer), host))


def main() -> None:
    if os.environ.get("ESTAFET_ENVIRONMENT") == "production":
        raise SystemExit("the development issuer does not run in production: use a real one")
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--secrets", type=Path, required=True)
    arguments.add_argument("--host", default=LOOPBACK)
    arguments.add_argument("--url", default="", help="its name in tokens; default: on loopback")
    what = arguments.add_mutually_exclusive_group(required=True)
    what.add_argument("--port", type=int)
    what.add_argument("--rotate", action="store_true")
    given = arguments.parse_args()
    secrets = SecretFiles(given.secrets)
    if given.rotate:
        log("key_rotated", key=SigningKeys(secrets).rotate().key_id)
    else:
        url = given.url or f"http://{LOOPBACK}:{given.port}"
        serve(Issuer(secrets, url), given.port, given.host)


if __name__ == "__main__":
    main()
