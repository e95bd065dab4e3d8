"""Downloads through jgo. Apart from jars.py, since importing jgo takes longer than a warm start
of the whole class path may."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver

from infra.local.jars import Jar, JarsFailed, sha256_of
from infra.local.layout import JARS
from infra.local.progress import Progress

ATTEMPTS = 3
Report = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def bring(missing: Sequence[Jar]) -> None:
    """Download jars into build/jars, each held to its hash."""
    JARS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS, prefix=".new-") as folder, Progress() as progress:
        bar = progress.bar("jars", sum(jar.size for jar in missing))
        context = maven(Path(folder), lambda _file, _size: bar.part())
        for jar in missing:
            _bring(jar, context)


def maven(cache: Path, report: Report | None = None) -> MavenContext:
    """Maven as the user has set it up for jgo; files arrive in the cache folder."""
    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    resolver = PythonResolver(progress_callback=report)
    return MavenContext(resolver=resolver, repo_cache=cache, remote_repos=remotes, timeout=60)


def _bring(jar: Jar, context: MavenContext) -> None:
    arrived = _download(artifact(context, jar.coordinate))
    found = sha256_of(arrived)
    if found != jar.sha256:
        raise JarsFailed(f"{jar.coordinate} has sha256 {found}, the lock says {jar.sha256}")
    jar.path.parent.mkdir(parents=True, exist_ok=True)
    # Only a checked file gets its name, and in one step: two setups may run side by side.
    arrived.replace(jar.path)


def _download(wanted: Artifact) -> Path:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return wanted.resolve()
        except (requests.RequestException, RuntimeError) as failed:
            if wanted.cached_path is not None:  # half a file would pass for the whole one
                wanted.cached_path.unlink(missing_ok=True)
            if attempt == ATTEMPTS:
                raise JarsFailed(f"{wanted} could not be downloaded: {failed}") from failed
    raise AssertionError("unreachable")


def artifact(context: MavenContext, coordinate: str) -> Artifact:
    group, name, version, *classifier = coordinate.split(":")
    return context.project(group, name).at_version(version).artifact(*classifier)
