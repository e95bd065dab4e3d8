"""The one suite that every store of evidence passes. A new store is one more parameter."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.evidence_store import FolderStore, Missing, Store

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture(params=["folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return {"folder": FolderStore(tmp_path / "evidence")}[request.param]


def test_what_was_put_is_got(store: Store) -> None:
    store.put("a-name", b"\x00\xff")
    store.put("another-name", b"")
    assert (store.get("a-name"), store.get("another-name")) == (b"\x00\xff", b"")


def test_what_was_never_put_is_missing(store: Store) -> None:
    with pytest.raises(Missing, match="a-name"):
        store.get("a-name")


def test_what_was_put_never_changes(store: Store) -> None:
    store.put("a-name", b"first")
    with pytest.raises(FileExistsError):
        store.put("a-name", b"second")
    assert store.get("a-name") == b"first"


def test_what_was_deleted_is_missing_and_may_be_deleted_again(store: Store) -> None:
    store.put("a-name", b"x")
    for _ in range(2):
        store.delete("a-name")
    with pytest.raises(Missing):
        store.get("a-name")


def test_all_names_are_told_and_no_drafts_are_left(store: Store) -> None:
    for name in ("a-name", "other-name", "third"):
        store.put(name, b"x")
    assert sorted(store.names(SOON)) == ["a-name", "other-name", "third"]


def test_names_that_were_put_since_are_not_told(store: Store) -> None:
    store.put("a-name", b"x")
    assert list(store.names(datetime.now(UTC) - timedelta(hours=1))) == []


def test_an_empty_store_has_no_names(store: Store) -> None:
    assert list(store.names(SOON)) == []


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A name", "x" * 101, "naïve"])
def test_a_name_is_an_id_and_never_a_path(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="names are ids"):
        store.put(name, b"x")
