"""Let the environment find this checkout and its generated code, from whatever folder a command
is called: `python -m infra.local.checkout_path`, part of `make setup`."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from infra.local.layout import BUILD, CHECKOUT


def main() -> None:
    path = Path(sysconfig.get_path("purelib")) / "estafet_checkout.pth"
    path.write_text(f"{CHECKOUT}\n{BUILD / 'protos'}\n")


if __name__ == "__main__":
    main()
