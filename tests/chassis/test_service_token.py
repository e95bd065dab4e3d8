"""A service's own token: bought once, kept until it is about to expire, and said when it cannot."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.secret_files import SecretFiles
from services.chassis.errors import Unavailable
from services.chassis.service_token import ServiceToken, fetch_with
from services.chassis.settings import Settings
from tests.local.test_identity import issuing, verified


class Issuer:
    """Gives numbered tokens of ten minutes, or fails."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.now = 1000.0
        self.fault: Exception | None = None
        self.token = ServiceToken(self.give, lambda: self.now)

    def give(self, seconds: float) -> Mapping[str, Any]:
        self.asked.append(seconds)
        if self.fault:
            raise self.fault
        return {"access_token": f"token-{len(self.asked)}", "expires_in": 600}


def test_a_token_is_bought_once() -> None:
    issuer = Issuer()
    assert [issuer.token.get(1) for _ in range(3)] == ["token-1"] * 3


@pytest.mark.parametrize(("later", "token"), [(539, "token-1"), (541, "token-2")])
def test_a_token_is_replaced_a_minute_before_it_expires(later: float, token: str) -> None:
    issuer = Issuer()
    issuer.token.get(1)
    issuer.now += later
    assert issuer.token.get(1) == token


@pytest.mark.parametrize(
    "fault", [OSError("refused"), ValueError("no JSON"), KeyError("access_token")], ids=repr
)
def test_without_a_token_the_call_is_unavailable(fault: Exception) -> None:
    issuer = Issuer()
    issuer.fault = fault
    with pytest.raises(Unavailable) as raised:
        issuer.token.get(1)
    assert raised.value.reason == "IDENTITY_DOWN"
    issuer.fault = None
    assert issuer.token.get(1) == "token-2"


def test_the_issuer_has_no_longer_than_the_call_has() -> None:
    issuer = Issuer()
    issuer.token.get(0.2)
    issuer.now += 600
    issuer.token.get(60)
    assert issuer.asked == [0.2, 3.0]


def test_who_waits_for_another_ones_token_waits_no_longer_than_its_call() -> None:
    issuer, entered, go_on = Issuer(), threading.Event(), threading.Event()

    def slow(_seconds: float) -> Mapping[str, Any]:
        entered.set()
        assert go_on.wait(10)
        return {"access_token": "slow", "expires_in": 600}

    issuer.token.fetch = slow
    first = threading.Thread(target=issuer.token.get, args=(5,))
    first.start()
    assert entered.wait(10)
    with pytest.raises(Unavailable):
        issuer.token.get(0.05)
    go_on.set()
    first.join()
    assert issuer.token.get(1) == "slow"


def test_the_development_issuer_gives_a_service_its_token(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    secrets.make_for_service("protection")
    with issuing(secrets) as url:
        settings = Settings(secrets_dir=tmp_path / "protection", identity_token_url=f"{url}/token")
        token = ServiceToken(fetch_with(settings, "protection")).get(5)
        assert verified(url, token)["sub"] == "service:protection"
