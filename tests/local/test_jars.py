"""A jar that is not the one that was locked is refused by name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.local import jars, jars_download
from infra.local.jars import Jar, JarsFailed

COORDINATE = "org.example:baton:1.0"
LOCKED = b"the jar that was locked"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository of the user's own; the path is where it keeps the jar."""
    folder = tmp_path / "repository" / "org/example/baton/1.0"
    folder.mkdir(parents=True)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "repository"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        settings = tmp_path / ".config" / "jgo.conf"
        settings.parent.mkdir()
        settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        yield folder / "baton-1.0.jar"
        server.shutdown()


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jar:
    """A locked jar that is not here yet."""
    monkeypatch.setattr(jars, "JARS", tmp_path / "jars")
    monkeypatch.setattr(jars_download, "JARS", tmp_path / "jars")
    return Jar("relay", COORDINATE, hashlib.sha256(LOCKED).hexdigest(), len(LOCKED))


def test_the_locked_jar_is_brought(jar: Jar, repository: Path) -> None:
    repository.write_bytes(LOCKED)
    jars_download.bring([jar])
    assert jar.path.read_bytes() == LOCKED


def test_a_tampered_jar_is_refused_by_name(jar: Jar, repository: Path) -> None:
    repository.write_bytes(LOCKED.replace(b"was locked", b"was forged"))
    with pytest.raises(JarsFailed, match=f"{COORDINATE} has sha256 .* the lock says {jar.sha256}"):
        jars_download.bring([jar])
    assert list(jar.path.parent.parent.rglob("*.jar")) == []


def test_a_jar_that_is_nowhere_is_named(jar: Jar, repository: Path) -> None:
    with pytest.raises(JarsFailed, match=r"baton.* could not be downloaded"):
        jars_download.bring([jar])
