"""Tables on a terminal: columns as wide as what is in them, and nothing cut off."""

from collections.abc import Iterator, Sequence

import typer


def lines(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """A heading and a line for each row."""
    texts = [list(heads), *([str(value) for value in row] for row in rows)]
    widths = [max(len(row[number]) for row in texts) for number in range(len(heads))]
    for row in texts:
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def show(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    for line in lines(heads, rows):
        typer.echo(line)
