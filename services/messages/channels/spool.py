"""A folder in the place of a channel: one JSON file per message, for one machine and for tests."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from services.messages.channels.outlet import Delivered, Later, Parcel, Result


@dataclass
class Spool:
    """Writes into `folder`/CHANNEL; a repeat replaces its own file."""

    folder: Path
    can_be_neutral: bool = True

    def send(self, parcel: Parcel) -> Result:
        told = {**asdict(parcel), "until": parcel.until.isoformat()}
        try:
            folder = self.folder / parcel.channel
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            with os.fdopen(handle, "w") as file:
                json.dump(told, file, ensure_ascii=False, indent=1)
            Path(name).replace(folder / f"{parcel.key}.json")
        except OSError:
            return Later("spool_away", is_away=True)
        return Delivered()

    def close(self) -> None:
        """Nothing is open."""
