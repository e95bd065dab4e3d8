"""The commands behind make: `python -m infra.local up | down | status | logs | clean`."""

from __future__ import annotations

import argparse
import sys

from infra.local import commands
from infra.local.jars import JarsFailed
from infra.local.layout import Layout
from infra.local.ports import PortTaken
from infra.local.processes import StartFailed


def main() -> int:
    given = arguments().parse_args()
    layout = Layout.chosen()
    try:
        return run(given, layout)
    except (StartFailed, PortTaken, JarsFailed, commands.Refused) as problem:
        print(f"estafet: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def run(given: argparse.Namespace, layout: Layout) -> int:
    if given.command == "up":
        commands.up(layout, infrastructure_only=given.infrastructure, foreground=given.foreground)
    elif given.command == "down":
        commands.down(layout)
    elif given.command == "status":
        return 0 if commands.status(layout) else 1
    elif given.command == "logs":
        commands.logs(layout, given.service, follow=given.follow)
    else:
        commands.clean(layout)
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True)
    up = command.add_parser("up", help="start everything and return")
    up.add_argument("--infrastructure", action="store_true", help="no services, no gateway")
    up.add_argument("--foreground", action="store_true", help="stay; Ctrl-C stops all in order")
    command.add_parser("down", help="stop everything in order")
    command.add_parser("status", help="what runs, and how much memory it has")
    logs = command.add_parser("logs", help="the end of a process's log")
    logs.add_argument("service", nargs="?", default="")
    logs.add_argument("--follow", action="store_true")
    command.add_parser("clean", help="remove the state and what was built")
    return parser


if __name__ == "__main__":
    sys.exit(main())
