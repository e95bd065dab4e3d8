"""Ends a stack whose owner is gone. A test run that was killed cannot stop what it started; its
guard reads from a pipe that the owner holds open, and wakes when the system closes it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.local.layout import CHECKOUT, Layout
from infra.local.leftovers import stop_leftovers

LEAVE = b"leave"


@dataclass(frozen=True)
class Guard:
    """The guard of one home, as its owner sees it."""

    process: subprocess.Popen[bytes]

    @classmethod
    def over(cls, layout: Layout) -> Guard:
        command = [sys.executable, "-m", "infra.local.guard", str(layout.home)]
        return cls(
            subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, start_new_session=True)
        )

    def dismiss(self) -> None:
        """The owner has stopped everything itself."""
        self.process.communicate()

    def release(self) -> None:
        """The owner leaves everything running on purpose."""
        self.process.communicate(LEAVE)


def main() -> None:
    if sys.stdin.buffer.read() == LEAVE:
        return
    stop_leftovers(Layout(Path(sys.argv[1])), known=set())


if __name__ == "__main__":
    main()
