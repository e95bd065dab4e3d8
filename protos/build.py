"""Make the Python of the protos in build/protos: `python protos/build.py [OUT]`.

Generated code is never committed (docs/decisions/0003). The folder is the proto package, so the
generated imports work as they are.
"""

import hashlib
import importlib.resources
import shutil
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VALIDATE = "buf/validate/validate.proto"


def sources() -> list[Path]:
    """Every proto of ours, in a stable order."""
    return sorted((ROOT / "estafet").rglob("*.proto"))


def fingerprint() -> str:
    """Changes when any proto or this script does."""
    digest = hashlib.sha256()
    for path in (*sources(), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def unpack_validate(folder: Path) -> None:
    """Put protovalidate's rules (out of Maven's jar) where protoc finds them."""
    sys.path.insert(0, str(ROOT.parent))
    from infra.local.jars import jar_path  # only a build needs the jar

    with zipfile.ZipFile(jar_path("protovalidate")) as jar:
        jar.extract(VALIDATE, folder)


def compile_into(out: Path) -> None:
    """Run protoc over our protos and protovalidate's."""
    import grpc_tools  # a build dependency
    from grpc_tools import protoc

    imports = out / "imports"
    unpack_validate(imports)
    google = str(importlib.resources.files(grpc_tools) / "_proto")
    api = str(Path(next(iter(__import__("google.api").__path__))).parent)
    flags = [f"-I{ROOT}", f"-I{imports}", f"-I{google}", f"-I{api}"]
    plugin = Path(sys.executable).parent / "protoc-gen-mypy"
    made = [f"--plugin=protoc-gen-mypy={plugin}", f"--python_out={out}", f"--mypy_out=quiet:{out}"]
    # The comments, which generated Python has not: the gateway's reference shows them.
    made += [f"--descriptor_set_out={out}/descriptors.binpb", "--include_source_info"]
    files = [str(path.relative_to(ROOT)) for path in sources()]
    if protoc.main(["protoc", *flags, *made, *files, VALIDATE]) != 0:
        raise SystemExit("protoc refused the protos; its messages are above")


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "build" / "protos"
    stamp = out / ".fingerprint"
    if stamp.exists() and stamp.read_text() == fingerprint():
        return
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    compile_into(out)
    stamp.write_text(fingerprint())


if __name__ == "__main__":
    main()
