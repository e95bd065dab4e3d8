"""One demo from its start to its exit code."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from infra.local.commands import Refused, ending_on_sigterm, megabytes
from infra.local.jars import JarsFailed
from infra.local.ports import PortTaken
from infra.local.processes import StartFailed
from infra.local.stack import Stack
from services.cli.demo import outputs, outputs_process, outputs_relay
from services.cli.demo.custodies import Key
from services.cli.demo.deeds import Deeds
from services.cli.demo.door import Addresses, DemoFailed, Door
from services.cli.demo.expected import expected
from services.cli.demo.faults import Fault, plant
from services.cli.demo.latency import Latency
from services.cli.demo.ministries import Ministries
from services.cli.demo.placements import with_placements
from services.cli.demo.plan import Plan, build_plan
from services.cli.demo.queues import Queues
from services.cli.demo.quiet import Quiet
from services.cli.demo.readmodel import rebuild
from services.cli.demo.replay import Replay, Spent
from services.cli.demo.script import Script, build_script, with_officers
from services.cli.demo.shown import Shown
from services.cli.demo.stage import Stage, home_of

HOLDS, FAILS, IMPOSSIBLE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Options:
    """What the command was asked for. `keep` None: as fits."""

    fault: str
    scale: int
    months: tuple[int, ...]
    information: int
    placements: int
    home: Path | None
    keep: bool | None

    @property
    def stays_up(self) -> bool:
        if self.keep is not None:
            return self.keep
        return not self.fault and (sys.stdout.isatty() or not os.environ.get("CI"))


@dataclass
class Played:
    """What a replay left behind in the driver."""

    ids: dict[Key, str]
    told: dict[str, tuple[int, int]]
    latency: Latency
    spent: Spent
    memory: int
    calls: int
    repeats: int


def run(options: Options) -> int:
    """Carry a demo out and print its outputs; returns the exit code."""
    started = monotonic()
    try:
        with ending_on_sigterm():
            return _run(options, started)
    except (DemoFailed, Refused, StartFailed, PortTaken, JarsFailed) as problem:
        print(f"estafet demo: {problem}", file=sys.stderr)
        return IMPOSSIBLE
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED


def _run(options: Options, started: float) -> int:
    plan = build_plan(options.scale, information=options.information)
    if options.months:
        plan = plan.only(*options.months)
    matters = with_officers(build_script(plan))
    script = with_placements(matters, plan.months, options.placements, plan.seed)
    home = home_of(options.home)
    stage = Stage(home, script.days[0].on)
    outputs.console.print(outputs.FICTIONAL)
    with stage.running(keep=options.stays_up) as stack:
        ready = monotonic()
        with _door(stack) as door:
            played = _play(stage, stack, door, plan, script)
            done = monotonic()
            if options.fault:
                where = plant(Fault(options.fault), stack.admin_dsn, door)
                outputs.console.print(f"\nplanted: {options.fault} at {where}")
            holds = _outputs(stack, door, plan, script, played, options.placements)
        _times(stage, played, (started, ready, done))
        if options.stays_up:
            outputs.console.print("\nIt stays up. `make down` stops it, `make demo` starts anew.")
    return HOLDS if holds else FAILS


def _door(stack: Stack) -> Door:
    layout = stack.layout
    return Door(Addresses(stack.url("gateway"), stack.url("identity"), layout.secrets))


def _play(stage: Stage, stack: Stack, door: Door, plan: Plan, script: Script) -> Played:
    latency, ministries = Latency(), Ministries(stage.layout.home / "partners")
    deeds = Deeds(plan, door, Queues(door), ministries)
    quiet = Quiet(stage.clock)
    replay = Replay(stage.clock, quiet, deeds, latency)
    memory = 0
    try:
        ministries.open()
        with Shown(script) as shown:
            for day in replay.run(script):
                if shown.day(day):
                    memory = max(memory, sum(each.memory_bytes() for each in stack.processes))
        told = ministries.told()
    finally:
        latency.close()
        quiet.close()
        ministries.close()
    ids = deeds.papers.ids
    return Played(ids, told, latency, replay.spent, memory, door.calls, door.repeats)


def _outputs(
    stack: Stack, door: Door, plan: Plan, script: Script, played: Played, one_in: int
) -> bool:
    model, world = rebuild(stack.admin_dsn), expected(script)
    holding = {
        "figures": outputs.figures(model, plan),
        "placements": outputs_relay.placements(model, plan, world, one_in),
        "holders": outputs_relay.hand_overs(model, world, played.ids),
        "ministries": outputs_relay.ministries(played.told),
    }
    holding["journey"] = outputs_relay.journey(model.ledger, script)
    holding["process"] = outputs_process.process(world.process, model.ledger, door)
    holding["accounts"] = outputs.audited()
    outputs.speed(played.latency)
    urls = {name: stack.url(name) for name in ("gateway", "zipkin")}
    outputs.links(urls, model.ledger, str(stack.layout.home))
    outputs.heading("Whether it holds")
    for what, holds in holding.items():
        outputs.console.print(f"{what:10} {'yes' if holds else 'NO'}")
    return all(holding.values())


def _times(stage: Stage, played: Played, at: tuple[float, float, float]) -> None:
    started, ready, done = at
    spent, now = played.spent, monotonic()
    outputs.console.print(
        f"\n{now - started - stage.downloads:.0f} s in all, downloads of {stage.downloads:.0f} s "
        f"apart: start-up {ready - started - stage.downloads:.0f}, replay {done - ready:.0f} "
        f"(deeds {spent.acting:.0f}, queues {spent.looking:.0f}, until quiet "
        f"{spent.settling:.0f}), outputs {now - done:.0f}\n"
        f"{played.calls:,} HTTP calls, {played.repeats} of them repeats; "
        f"memory (PSS) of all processes up to {megabytes(played.memory)}"
    )
