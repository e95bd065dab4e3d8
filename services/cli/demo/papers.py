"""What officers were answered and go on with: ids and numbers, by what they are about."""

from dataclasses import dataclass, field

from services.cli.demo.custodies import Key


@dataclass
class Papers:
    """`ids` are of matters; `offers` the numbers of offers as their givers were told; `work` the
    files, plans and cases that work on a matter. Workers and placements go by the placement; by the
    filing go the complainant's number and secret (`keys`), the agency's link, and what it promised.
    """

    ids: dict[Key, str] = field(default_factory=dict)
    offers: dict[Key, int] = field(default_factory=dict)
    work: dict[Key, str] = field(default_factory=dict)
    agencies: dict[int, str] = field(default_factory=dict)
    workers: dict[int, str] = field(default_factory=dict)
    placements: dict[int, str] = field(default_factory=dict)
    keys: dict[int, dict[str, str]] = field(default_factory=dict)
    links: dict[int, dict[str, str]] = field(default_factory=dict)
    commitments: dict[int, str] = field(default_factory=dict)
