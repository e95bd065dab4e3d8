"""What git must not hold is found."""

from pathlib import Path

import pytest

from infra.local import tracked

HOSTS = ("mirror.example",)


def problems(folder: Path, name: str, content: bytes) -> list[str]:
    (folder / name).write_bytes(content)
    return list(tracked.problems(folder, name, HOSTS))


@pytest.mark.parametrize("name", ["events_pb2.py", "events_pb2.pyi", "kafka.jar", "x.pyc"])
def test_generated_files_are_found(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, name, b"") == [
        f"{name}: generated or binary files are made, not tracked"
    ]


def test_binary_files_are_found(tmp_path: Path) -> None:
    assert problems(tmp_path, "logo", b"\x89\x00") == ["logo: a binary file"]


@pytest.mark.parametrize("path", ["home/ani/estafet", "Users/ani", "root/.cache"])
def test_paths_of_one_machine_are_found(tmp_path: Path, path: str) -> None:
    line = f"x\nsee /{path}\n".encode()
    assert problems(tmp_path, "notes.md", line) == ["notes.md:2: a path of one machine"]


@pytest.mark.parametrize("host", ["pypi" + ".org", "registry.npmjs" + ".org", "mirror.example"])
def test_hosts_of_package_registries_are_found(tmp_path: Path, host: str) -> None:
    line = f"https://{host}/simple".encode()
    assert problems(tmp_path, "a.lock", line) == ["a.lock:1: the host of a package registry"]


def test_ordinary_text_is_left_alone(tmp_path: Path) -> None:
    text = b"GET /v1/complaints, $HOME/work, https://www.apache.org/licenses/ and <repo>/home\n"
    assert problems(tmp_path, "README.md", text) == []
