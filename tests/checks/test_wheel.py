"""What is installed is what the checkout has: code, law, texts, pages and figures."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.run import ROOT

pytestmark = pytest.mark.process

UV = Path(sys.executable).with_name("uv")
BUILD = (str(UV), "build", "--wheel", "--quiet", "--no-build-isolation", "--out-dir", "made")
FOR_PEOPLE_WHO_READ_CODE = "README.md"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Made in a copy: a build leaves its marks in the folder that it is run in."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    without_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "services", tmp_path / "services", ignore=without_bytecode)
    subprocess.run([*BUILD, "--python", sys.executable], cwd=tmp_path, check=True)
    (made,) = (tmp_path / "made").glob("*.whl")
    return made


def files_of_the_checkout() -> Iterator[str]:
    for path in (ROOT / "services").rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and path.name != FOR_PEOPLE_WHO_READ_CODE:
            yield path.relative_to(ROOT).as_posix()


def test_a_wheel_holds_every_file_of_the_services(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("services/")}
    assert packed == set(files_of_the_checkout())
