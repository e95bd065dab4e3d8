"""`estafet triage`: a table in, the same table with suggestions out, or what is wrong with it."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.chassis.errors import Invalid
from services.cli.main import app
from services.complaint import commands
from services.complaint.triage.table import COLUMNS, read_table, write_table

_FOLDER = TemporaryDirectory()


def written(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    path.write_bytes(content)
    return path


def suggested(path: Path) -> list[dict[str, str]]:
    out = io.StringIO()
    write_table(read_table(path), out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_every_column_is_kept_and_the_suggestions_stand_beside(tmp_path: Path) -> None:
    path = written(b'id,text,from\n7,"saya dipukul, tolong",ibu\n8,,x\n', tmp_path)
    first, second = suggested(path)
    assert list(first) == ["id", "text", "from", *COLUMNS]
    assert (first["id"], first["from"], first["crisis"], first["severity"]) == (
        "7",
        "ibu",
        "1",
        "4",
    )
    assert (second["crisis"], second["abstained"], second["categories"]) == ("0", "1", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: no column text; it has no columns"),
        (b"id,isi\n1,a\n", "line 1: no column text; it has id, isi"),
        (b"text,text\na,b\n", "line 1: column text is there twice"),
        (b"text,crisis\na,b\n", "line 1: column crisis is a column of the result"),
        (b"id,text\n1,a\n2,b,c\n", "line 3: 3 cells for 2 columns"),
        (b'id,text\n1,"a"b\n', "line 2: "),
        (b"id,text\n1,a\n2,caf\xe9\n", "line 3, byte 6 of the line: not UTF-8"),
    ],
)
def test_what_is_no_such_table_is_told_by_line(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as raised:
        read_table(written(content, tmp_path))
    assert said in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        read_table(tmp_path / "none.csv")


def test_a_byte_order_mark_nul_and_other_line_ends_do_not_matter(tmp_path: Path) -> None:
    content = "\ufefftext\r\nsaya\0dipukul\u2028majikan\r\n".encode()
    [row] = suggested(written(content, tmp_path))
    assert row["crisis"] == "1"


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), max_size=4))
def test_any_texts_come_back_as_they_were(texts: list[str]) -> None:
    source = io.StringIO()
    writer = csv.writer(source, lineterminator="\n")
    writer.writerows([["no", "text"], *(["1", text] for text in texts)])
    path = Path(_FOLDER.name) / "any.csv"
    path.write_text(source.getvalue(), encoding="utf-8", newline="")
    assert [row["text"] for row in suggested(path)] == texts


def test_the_command_writes_a_file_or_prints(tmp_path: Path) -> None:
    path, out = written(b"text\nsaya disekap\n", tmp_path), tmp_path / "out.csv"
    commands.add_to(app, lambda _service: None)
    printed = CliRunner().invoke(app, ["triage", str(path)])
    kept = CliRunner().invoke(app, ["triage", str(path), "--out", str(out)])
    assert (printed.exit_code, kept.exit_code) == (0, 0)
    assert out.read_text(encoding="utf-8") == printed.stdout


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = written(b"text\na\n", tmp_path)
    with pytest.raises(Invalid, match="cannot be written"):
        commands.triage_texts(path, tmp_path / "none" / "out.csv")
