"""A table of texts in, the same table with suggestions out."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from services.chassis.errors import Invalid
from services.complaint.triage.suggestion import Suggestion, suggest

TEXT = "text"
COLUMNS = (
    "categories",
    "severity",
    "crisis",
    "indicators",
    "tppo",
    "phase",
    "abstained",
    "because",
)
_LONGEST_CELL = 64 * 1024 * 1024
_LEFT_OUT = "only the beginning and the end of this long text were read"


@dataclass(frozen=True)
class Table:
    """Columns and rows of a CSV file."""

    columns: Sequence[str]
    rows: Sequence[dict[str, str]]


def read_table(path: Path) -> Table:
    """The rows of a CSV file; Invalid with line and column when it is no such table."""
    text = _decoded(path)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader, [])
        _check_columns(path, columns)
        rows = [_row(path, reader.line_num, columns, cells) for cells in reader if cells]
    except csv.Error as error:
        raise Invalid(f"{path}, line {reader.line_num}: {error}", reason="BAD_CSV") from None
    return Table(columns, rows)


def write_table(table: Table, file: TextIO) -> int:
    """Write every row with its suggestion, and return how many there were."""
    writer = csv.DictWriter(file, [*table.columns, *COLUMNS], lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in with_suggestions(table):
        writer.writerow(row)
        count += 1
    return count


def with_suggestions(table: Table) -> Iterator[dict[str, str]]:
    """Each row with the columns of its suggestion."""
    for row in table.rows:
        yield {**row, **cells(suggest(row[TEXT]))}


def cells(suggestion: Suggestion) -> dict[str, str]:
    """A suggestion as cells."""
    because = [str(reason) for reason in suggestion.reasons]
    if not suggestion.is_whole:
        because.append(_LEFT_OUT)
    return {
        "categories": " ".join(suggestion.categories),
        "severity": str(suggestion.severity),
        "crisis": str(int(suggestion.is_crisis)),
        "indicators": " ".join(suggestion.screening.indicators),
        "tppo": suggestion.screening.tppo,
        "phase": suggestion.phase,
        "abstained": str(int(suggestion.has_abstained)),
        "because": " | ".join(because),
    }


def _decoded(path: Path) -> str:
    """The text of a file. NUL is no character of a CSV: it is read as a space."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}", reason="BAD_FILE") from None
    try:
        return content.decode("utf-8-sig").replace("\0", " ")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        where = f"{path}, line {line}, byte {column} of the line"
        raise Invalid(f"{where}: not UTF-8", reason="NOT_UTF8") from None


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    named = ", ".join(columns) or "no columns"
    if TEXT not in columns:
        raise Invalid(f"{path}, line 1: no column {TEXT}; it has {named}", reason="NO_COLUMN")
    for name in columns:
        if columns.count(name) > 1 or name in COLUMNS:
            said = "is there twice" if columns.count(name) > 1 else "is a column of the result"
            raise Invalid(f"{path}, line 1: column {name} {said}", reason="BAD_COLUMN")


def _row(path: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise Invalid(
            f"{path}, line {line}: {len(cells)} cells for {len(columns)} columns",
            reason="BAD_ROW",
        )
    return dict(zip(columns, cells, strict=True))
