"""What a process is told: ESTAFET_* variables, and secrets from files only."""

from pathlib import Path

import pytest

from services.chassis import failpoints
from services.chassis.errors import NotAllowed
from services.chassis.settings import Environment, Settings


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    (tmp_path / "database_app").write_text("p@ss/word\n")
    (tmp_path / "kafka").write_text("secret")
    return tmp_path


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTAFET_ENVIRONMENT", "local")
    monkeypatch.setenv("ESTAFET_PEERS", '{"complaint": "127.0.0.1:1"}')
    monkeypatch.setenv("ESTAFET_HOME", "")
    settings = Settings()
    assert (settings.environment, settings.home) == (Environment.LOCAL, None)
    assert settings.peers == {"complaint": "127.0.0.1:1"}


def test_who_says_nothing_runs_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESTAFET_ENVIRONMENT", raising=False)
    settings = Settings()
    assert settings.environment is Environment.PRODUCTION
    assert not settings.movable_clock


def test_an_environment_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTAFET_ENVIRONMENT", "prod")
    with pytest.raises(ValueError, match="environment"):
        Settings()


def test_a_secret_is_its_files_text_without_the_line_end(secrets: Path) -> None:
    assert Settings(secrets_dir=secrets).secret("kafka") == "secret"
    assert Settings(secrets_dir=secrets).secret("database_app") == "p@ss/word"


def test_a_missing_secret_is_named_without_the_machines_paths(secrets: Path) -> None:
    with pytest.raises(NotAllowed, match=r"token_key\.pem") as refused:
        Settings(secrets_dir=secrets).secret("token_key.pem")
    assert str(secrets) not in str(refused.value)
    with pytest.raises(NotAllowed, match="ESTAFET_SECRETS_DIR is not set"):
        Settings(secrets_dir=None).secret("kafka")


def test_a_password_with_any_character_fits_into_the_url(secrets: Path) -> None:
    url = Settings(secrets_dir=secrets, database_port=5).database_url("complaint")
    where = "@127.0.0.1:5/estafet_complaint"
    assert url == f"postgresql+psycopg://complaint_app:p%40ss%2Fword{where}"


def test_a_printout_of_settings_holds_no_secret(secrets: Path) -> None:
    assert "p@ss" not in repr(Settings(secrets_dir=secrets))


def test_kafka_is_told_user_and_password(secrets: Path) -> None:
    options = Settings(secrets_dir=secrets, kafka_bootstrap="a:1,b:2").kafka("complaint")
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == (
        "complaint",
        "secret",
    )
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"


@pytest.mark.parametrize("environment", [Environment.PRODUCTION, Environment.LOCAL])
def test_an_armed_failpoint_is_nothing_outside_a_test(
    tmp_path: Path, environment: Environment
) -> None:
    """If it were something, it would end this test run."""
    (tmp_path / "failpoints").mkdir()
    (tmp_path / "failpoints" / "complaint-0.relay.before_send").write_text("0")
    failpoints.enable(Settings(environment=environment, home=tmp_path), "complaint-0")
    failpoints.reach("relay.before_send")
