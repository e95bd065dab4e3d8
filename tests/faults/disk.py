"""A small disk for PostgreSQL alone: a tmpfs in a mount namespace, as root or as anybody who may.

Nothing of it is seen outside, and nothing stays when the process that holds it has ended.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.postgres import ordinary_user
from infra.local.stack import Stack

ROOM_MEGABYTES = 96
_HOLD = """
set -e
mkdir "$1"
mount -t tmpfs -o "size=$3m" tmpfs "$1"
cp -a "$2/." "$1"
mount --bind "$1" "$2"
echo ready
exec sleep infinity
"""


def _as_holder() -> list[str]:
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]


def why_not() -> str:
    """Why no such disk can be made here; empty when it can."""
    tried = subprocess.run(
        [*_as_holder(), "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if tried.returncode == 0 else (tried.stderr.strip() or "unshare failed")


@dataclass(frozen=True)
class Disk:
    """The disk, and the process that holds it."""

    holder: subprocess.Popen[str]
    path: Path

    @property
    def _seen_from_outside(self) -> Path:
        return Path(f"/proc/{self.holder.pid}/root{self.path}")

    @property
    def _ballast(self) -> Path:
        return self._seen_from_outside / "ballast"

    def copy_to(self, folder: Path) -> None:
        """Have a folder hold what lies on the disk, and nothing else."""
        shutil.rmtree(folder)
        shutil.copytree(self._seen_from_outside, folder, symlinks=True)

    def fill(self) -> None:
        """Leave no byte of room."""
        with self._ballast.open("wb", buffering=0) as file:
            size = 2**20
            while size:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2

    def make_room(self) -> None:
        """As an operator would."""
        self._ballast.unlink()


@contextmanager
def a_small_disk(stack: Stack) -> Iterator[Disk]:
    """PostgreSQL goes on with its data on a small disk, and afterwards where it was before; it is
    started again for that."""
    process, folder = stack.process("postgres"), stack.postgres.folder
    process.stop()
    path = stack.layout.home / "disk"
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 2**20
    holder = subprocess.Popen(
        [*_as_holder(), "sh", "-c", _HOLD, "sh", path, folder, str(used + ROOM_MEGABYTES)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n", "the disk could not be made"
        own, disk = process.program, Disk(holder, path)
        process.program = replace(own, command=_inside(holder.pid, own))
        process.start()
        process.wait()
        yield disk
        process.stop()
        process.program = own
        disk.copy_to(folder)
        process.start()
        process.wait()
    finally:
        holder.kill()
        holder.wait()


def _inside(holder: int, program: object) -> list[str]:
    """PostgreSQL's command where the disk is seen, as a user that is not root."""
    command = list(program.command)  # type: ignore[attr-defined] # a Program
    enter = ["nsenter", "--target", str(holder), "--mount"]
    if os.geteuid() != 0:
        enter += ["--user", "--preserve-credentials"]
    at = next(index for index, word in enumerate(command) if word.endswith("postgres"))
    return [*enter, "--", "unshare", "--user", f"--map-user={ordinary_user()}", "--", *command[at:]]
