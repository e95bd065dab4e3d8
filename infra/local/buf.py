"""buf without a network: our protos and what they import, put together beside each other.

Lint, format and breaking rules are those of protos/buf.yaml. The last release is kept as the text
of its descriptors; `python -m tests.contract.release` writes it anew.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from infra.local.jars import jar_path
from infra.local.layout import BUILD, CHECKOUT

PROTOS = CHECKOUT / "protos"
RELEASED = CHECKOUT / "tests" / "contract" / "released.txtpb"
VALIDATE = "buf/validate/validate.proto"
GOOGLE = ("annotations.proto", "http.proto")
MODULES = "modules:\n  - path: protos\n  - path: imports\n"
OURS = "estafet/"


def lint() -> list[str]:
    """What buf's rules say against our protos."""
    with workspace() as folder:
        return complaints(buf(folder, "lint", "protos"))


def unformatted() -> list[str]:
    """How buf would format our protos; `python -m infra.local.buf` does so."""
    with workspace() as folder:
        return complaints(buf(folder, "format", "-d", "--exit-code", "protos"))


def breaking(kept: Path = RELEASED) -> list[str]:
    """What today's protos take away from the last release."""
    if not kept.exists():
        return [
            "no release is kept: `python -m tests.contract.release` keeps today's protos as one"
        ]
    with workspace() as folder:
        before = folder / "released.binpb"
        before.write_bytes(with_imports(released(kept), today(folder)).SerializeToString())
        return complaints(buf(folder, "breaking", "protos", "--against", before.name))


def released(kept: Path = RELEASED) -> FileDescriptorSet:
    """The descriptors of our protos in the last release."""
    know_our_options()
    return text_format.Parse(kept.read_text(), FileDescriptorSet())


def release() -> None:
    """Keep today's protos as the last release."""
    know_our_options()
    with workspace() as folder:
        ours = FileDescriptorSet(file=[f for f in today(folder).file if f.name.startswith(OURS)])
    RELEASED.write_text(text_format.MessageToString(ours))


def today(folder: Path) -> FileDescriptorSet:
    """The descriptors of our protos and all their imports, as buf reads them."""
    made = buf(folder, "build", "protos", "--exclude-source-info", "-o", "today.binpb")
    if made.returncode != 0:
        raise SystemExit("buf cannot read the protos:\n" + "\n".join(complaints(made)))
    return FileDescriptorSet.FromString((folder / "today.binpb").read_bytes())


def with_imports(ours: FileDescriptorSet, everything: FileDescriptorSet) -> FileDescriptorSet:
    """Descriptors of ours, completed with the imports out of a whole set."""
    others = [file for file in everything.file if not file.name.startswith(OURS)]
    return FileDescriptorSet(file=[*others, *ours.file])


def know_our_options() -> None:
    """Have the options in descriptors read as such, not as unknown fields."""
    for name in ("estafet.options.v1.options_pb2", "buf.validate.validate_pb2"):
        importlib.import_module(name)
    importlib.import_module("google.api.annotations_pb2")


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder in which buf finds our protos under protos/ and their imports under imports/."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="buf-") as name:
        folder = Path(name)
        shutil.copytree(PROTOS / "estafet", folder / "protos" / "estafet")
        google = folder / "imports" / "google" / "api"
        google.mkdir(parents=True)
        package = Path(next(iter(importlib.import_module("google.api").__path__)))
        for proto in GOOGLE:
            shutil.copy(package / proto, google)
        with zipfile.ZipFile(jar_path("protovalidate")) as jar:
            jar.extract(VALIDATE, folder / "imports")
        (folder / "buf.yaml").write_text((PROTOS / "buf.yaml").read_text() + MODULES)
        yield folder


def buf(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run buf in a workspace; its messages name the files as they lie in the checkout."""
    command = [str(Path(sys.executable).with_name("buf")), *arguments]
    environment = {"BUF_CACHE_DIR": str(folder / "cache"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def complaints(ran: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines of a command that failed; none of one that succeeded."""
    if ran.returncode == 0:
        return []
    return (ran.stdout + ran.stderr).splitlines() or [f"exit code {ran.returncode}"]


def format_protos() -> None:
    """Format our protos in place."""
    with workspace() as folder:
        problems = complaints(buf(folder, "format", "-w", "protos"))
        if problems:
            raise SystemExit("\n".join(problems))
        shutil.copytree(folder / "protos" / "estafet", PROTOS / "estafet", dirs_exist_ok=True)


if __name__ == "__main__":
    format_protos()
