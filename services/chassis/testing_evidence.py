"""The fake of evidence: files in memory, in a FakeUnitOfWork. It passes the same suite as the real
one (tests/chassis/test_evidence.py)."""

from collections.abc import Sequence

from services.chassis import evidence
from services.chassis.evidence import Item, Reference
from services.chassis.testing import FakeUnitOfWork

KEY = "a fake's key"


class FakeEvidence:
    """Evidence beside a FakeUnitOfWork, which holds the files and undoes them with the rest."""

    def __init__(self, uow: FakeUnitOfWork, most: int = 10 * 1024 * 1024) -> None:
        self._uow = uow
        self._most = most

    def keep(self, matter_id: str, media_type: str, content: bytes) -> Item:
        evidence.check(media_type, content, self._most)
        item = evidence.item_of(self._uow, matter_id, media_type, content)
        self._uow.evidence[item.evidence_id] = item, content
        return item

    def items(self, matter_id: str) -> Sequence[Item]:
        return [item for item, _ in self._uow.evidence.values() if item.matter_id == matter_id]

    def reference(self, matter_id: str, evidence_id: str, purpose: str) -> Reference:
        item, _ = self._find(evidence_id)
        if item.matter_id != matter_id:
            raise evidence.no_such(evidence_id)
        read_id = self._uow.log_read(matter_id, purpose, evidence_id)
        return evidence.signed(KEY, evidence_id, read_id)

    def open(self, reference: str) -> tuple[Item, bytes]:
        evidence_id, _ = evidence.told_by(KEY, reference)
        return self._find(evidence_id)

    def erase(self, matter_id: str) -> int:
        erased = self.items(matter_id)
        for item in erased:
            del self._uow.evidence[item.evidence_id]
        return len(erased)

    def _find(self, evidence_id: str) -> tuple[Item, bytes]:
        try:
            return self._uow.evidence[evidence_id]
        except KeyError:
            raise evidence.no_such(evidence_id) from None
