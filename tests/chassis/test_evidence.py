"""The one suite that holds the fake of evidence to the real one."""

from contextlib import suppress
from datetime import timedelta

import pytest

from services.chassis import evidence
from services.chassis.errors import Invalid, NotAllowed, NotFound, Refused
from services.chassis.evidence import MEDIA_TYPES, Item
from tests.chassis.shelves import Shelf

PNG = b"\x89PNG\r\n\x1a\n"
A_PHOTO = PNG + b"a bruise"


def kept(shelf: Shelf, content: bytes = A_PHOTO, matter_id: str = "m1") -> Item:
    with shelf.work() as files:
        return files.keep(matter_id, "image/png", content)


def a_reference(shelf: Shelf, item: Item) -> str:
    with shelf.work() as files:
        return files.reference(item.matter_id, item.evidence_id, "to see the injury").text


def test_what_was_kept_is_opened_by_its_reference(shelf: Shelf) -> None:
    item = kept(shelf)
    reference = a_reference(shelf, item)
    with shelf.work() as files:
        assert files.open(reference) == (item, A_PHOTO)


def test_a_reference_opens_its_file_again_until_it_expires(shelf: Shelf) -> None:
    reference = a_reference(shelf, kept(shelf))
    for _ in range(2):
        with shelf.work() as files:
            assert files.open(reference)[1] == A_PHOTO


def test_a_file_is_known_by_type_size_and_hash_and_by_no_name(shelf: Shelf) -> None:
    item = kept(shelf, PNG)
    assert (item.matter_id, item.media_type, item.size) == ("m1", "image/png", 8)
    assert item.sha256.hex() == "4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6"


def test_a_matters_files_are_listed_oldest_first(shelf: Shelf) -> None:
    first, _, last = kept(shelf), kept(shelf, matter_id="m2"), kept(shelf, PNG + b"2")
    with shelf.work() as files:
        assert list(files.items("m1")) == [first, last]


def test_a_reference_says_to_whose_data_and_why(shelf: Shelf) -> None:
    a_reference(shelf, kept(shelf))
    assert shelf.reads() == [("m1", "to see the injury")]


@pytest.mark.parametrize("matter_id", ["m2", ""])
def test_a_file_is_not_reached_through_another_matter(shelf: Shelf, matter_id: str) -> None:
    item = kept(shelf)
    with shelf.work() as files, pytest.raises(NotFound):
        files.reference(matter_id, item.evidence_id, "curious")
    assert shelf.reads() == []


def test_a_file_that_does_not_exist_gets_no_reference(shelf: Shelf) -> None:
    with shelf.work() as files, pytest.raises(NotFound) as refused:
        files.reference("m1", "0190a000-0000-7000-8000-000000000000", "to see")
    assert refused.value.reason == "EVIDENCE_NOT_FOUND"


def test_an_expired_reference_opens_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "REFERENCE_LIFE", timedelta(seconds=-2))
    reference = a_reference(shelf, kept(shelf))
    with shelf.work() as files, pytest.raises(Refused) as refused:
        files.open(reference)
    assert refused.value.reason == "REFERENCE_EXPIRED"


def changed(reference: str, part: int, text: str) -> str:
    parts = reference.split(".")
    parts[part] = text
    return ".".join(parts)


@pytest.mark.parametrize("part", range(4), ids=("evidence_id", "read_id", "expires", "seal"))
def test_a_reference_that_was_changed_opens_nothing(shelf: Shelf, part: int) -> None:
    reference = a_reference(shelf, kept(shelf))
    other = a_reference(shelf, kept(shelf, PNG + b"2"))
    forged = changed(reference, part, other.split(".")[part] if part != 2 else "9999999999")
    with shelf.work() as files, pytest.raises(Refused) as refused:
        files.open(forged)
    assert refused.value.reason == "REFERENCE_INVALID"


@pytest.mark.parametrize("nonsense", ["", ".", "a.b.c.d", "ü", "../../etc/passwd", "x" * 9000])
def test_what_is_no_reference_is_refused(shelf: Shelf, nonsense: str) -> None:
    with shelf.work() as files, pytest.raises(Refused):
        files.open(nonsense)


@pytest.mark.parametrize(
    ("media_type", "content", "reason"),
    [
        ("image/png", b"", "EVIDENCE_EMPTY"),
        ("image/png", PNG + b"x" * 993, "EVIDENCE_TOO_LARGE"),
        ("image/png", b"\xff\xd8\xff a jpeg", "EVIDENCE_TYPE"),
        ("text/html", b"<script>", "EVIDENCE_TYPE"),
        ("", PNG, "EVIDENCE_TYPE"),
    ],
)
def test_a_file_that_is_not_taken_is_refused_by_field(
    shelf: Shelf, media_type: str, content: bytes, reason: str
) -> None:
    with shelf.work() as files, pytest.raises(Invalid) as refused:
        files.keep("m1", media_type, content)
    assert refused.value.reason == reason
    assert refused.value.fields[0][0] in ("content", "media_type")


def test_a_file_may_be_as_large_as_the_limit(shelf: Shelf) -> None:
    assert kept(shelf, PNG + b"x" * 992).size == 1000


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_every_type_is_told_by_its_bytes(shelf: Shelf, media_type: str) -> None:
    with shelf.work() as files:
        for offset, sign in MEDIA_TYPES[media_type]:
            assert files.keep("m1", media_type, b"\0" * offset + sign + b"...").size


def test_what_was_undone_is_not_there(shelf: Shelf) -> None:
    with suppress(NotAllowed), shelf.work() as files:
        item = files.keep("m1", "image/png", A_PHOTO)
        files.reference("m1", item.evidence_id, "to see")
        raise NotAllowed("no")
    with shelf.work() as files:
        assert list(files.items("m1")) == []
    assert shelf.reads() == []


def test_what_was_erased_is_gone_for_references_too(shelf: Shelf) -> None:
    item, other = kept(shelf), kept(shelf, matter_id="m2")
    reference = a_reference(shelf, item)
    with shelf.work() as files:
        assert files.erase("m1") == 1
    with shelf.work() as files:
        assert (list(files.items("m1")), list(files.items("m2"))) == ([], [other])
        with pytest.raises(NotFound):
            files.open(reference)
