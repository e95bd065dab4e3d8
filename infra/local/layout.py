"""Where things lie: the checkout and the state folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / "build"
JARS = BUILD / "jars"
HELM = BUILD / "helm"


@dataclass(frozen=True)
class Layout:
    """The folders of one running copy, all under its home."""

    home: Path

    @classmethod
    def chosen(cls) -> Layout:
        """The home named by ESTAFET_HOME, else `.estafet` in the checkout."""
        named = os.environ.get("ESTAFET_HOME")
        return cls(Path(named).absolute() if named else CHECKOUT / ".estafet")

    @property
    def demo(self) -> Layout:
        """The home of the demo's own copy."""
        return Layout(self.home / "demo")

    @property
    def has_run(self) -> bool:
        """Whether a copy has ever been started here."""
        return (self.run / "ports.json").exists()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def spans(self) -> Path:
        return self.home / "spans"

    def evidence(self, service: str) -> Path:
        return self.home / "evidence" / service

    def messages(self, service: str) -> Path:
        """Where messages to people end up, since a copy writes to nobody."""
        return self.data / "messages" / service

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def make(self) -> None:
        """Make the folders; the home is for its owner only, since it holds data and secrets."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        for folder in (self.data, self.logs, self.run, self.secrets, self.spans):
            folder.mkdir(exist_ok=True)


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file in one step, so that a kill leaves the old or the new one, never half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
