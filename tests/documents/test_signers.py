"""What every signer keeps, whoever provides it; and how one is chosen."""

import sys
from datetime import timedelta
from types import ModuleType

import pytest

from services.chassis.errors import NotAllowed
from services.documents.content import digest_of
from services.documents.signing import LocalSigner, Signature, Signer, signer_named
from tests.documents.provider import CertifiedProvider
from tests.documents.said import SECRET, SIGNED_AT, a_statement, some_minutes

SIGNERS = [LocalSigner, CertifiedProvider]
every_signer = pytest.mark.parametrize("kind", SIGNERS)
ANOTHER = "that is just as long as the other"


def signature_of(signer: Signer) -> Signature:
    return signer.sign(digest_of(a_statement()), a_statement(), SIGNED_AT)


@every_signer
def test_a_signature_fits_the_signers_key(kind: type[Signer]) -> None:
    signer = kind.of(SECRET)
    assert kind.fits(signature_of(signer), signer.public_key())


@every_signer
def test_a_signature_is_of_the_hash_that_was_given(kind: type[Signer]) -> None:
    assert signature_of(kind.of(SECRET)).digest == digest_of(a_statement())


@every_signer
def test_a_signature_says_who_made_it(kind: type[Signer]) -> None:
    made = signature_of(kind.of(SECRET))
    assert (made.signer, made.certified) == (kind.name, kind.certified)


@every_signer
def test_one_secret_has_one_key(kind: type[Signer]) -> None:
    assert kind.of(SECRET).public_key() == kind.of(SECRET).public_key()


@every_signer
def test_a_signature_does_not_fit_the_key_of_another_secret(kind: type[Signer]) -> None:
    assert not kind.fits(signature_of(kind.of(SECRET)), kind.of(ANOTHER).public_key())


@every_signer
@pytest.mark.parametrize(
    "changes",
    [
        {"digest": digest_of(some_minutes())},
        {"at": SIGNED_AT + timedelta(seconds=1)},
        {"certified": None},
        {"signer": "somebody"},
        {"algorithm": "none"},
        {"key_id": "0" * 32},
        {"value": "AAAA"},
        {"value": "A"},
    ],
    ids=str,
)
def test_nothing_of_a_signature_can_be_changed(
    kind: type[Signer], changes: dict[str, object]
) -> None:
    signer = kind.of(SECRET)
    if "certified" in changes:
        changes = {"certified": not kind.certified}
    changed = signature_of(signer).model_copy(update=changes)
    assert not kind.fits(changed, signer.public_key())


@every_signer
def test_a_signature_is_read_as_it_was_written(kind: type[Signer]) -> None:
    made = signature_of(kind.of(SECRET))
    assert Signature.model_validate_json(made.model_dump_json()) == made


@every_signer
@pytest.mark.parametrize("key", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(kind: type[Signer], key: bytes) -> None:
    with pytest.raises(NotAllowed, match="the key is no public key as PEM"):
        kind.fits(signature_of(kind.of(SECRET)), key)


def test_a_secret_that_can_be_guessed_signs_nothing() -> None:
    with pytest.raises(NotAllowed, match="has 6 characters; it needs 32"):
        LocalSigner("secret")


def test_the_local_signer_is_not_certified() -> None:
    assert not signature_of(LocalSigner(SECRET)).certified


def test_a_provider_is_chosen_by_its_name() -> None:
    assert signer_named("tests.documents.provider:CertifiedProvider") is CertifiedProvider


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bsre", "there is no signer bsre: say local or module:Class"),
        ("no.such.module:Signer", "the signer no.such.module:Signer cannot be loaded"),
        ("tests.documents.provider:Nobody", "Nobody cannot be loaded"),
        ("builtins:int", "builtins:int is no signer: it has no name, certified, of, sign"),
    ],
)
def test_a_signer_that_there_is_not_is_told(name: str, told: str) -> None:
    with pytest.raises(NotAllowed, match=told):
        signer_named(name)


def test_nobody_passes_for_the_local_signer(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("impostor")
    module.Signer = type("Signer", (CertifiedProvider,), {"name": "local"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "impostor", module)
    with pytest.raises(NotAllowed, match="calls itself local, which is another signer's name"):
        signer_named("impostor:Signer")
