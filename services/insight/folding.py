"""What custody records of a batch change here: the matters, and who held them when."""

from services.chassis.envelope import Record
from services.chassis.together import Rows
from services.handover.custody import Custody, Party
from services.handover.folding import Told, fold_all, holder_of
from services.insight.domain import Holding
from services.insight.store import last_holdings


def follow_all(rows: Rows, told: list[Told]) -> None:
    """Fold records in their order, and note whose each matter is from then on. BrokenLog."""
    last = last_holdings(rows.session, {record.key for record, _ in told})

    def hand_on(custody: Custody, held_by: Party | None, record: Record) -> None:
        """End the holding that there is, and begin the next one, unless the matter is closed."""
        if holder_of(custody) == held_by:
            return
        ended = last.get(custody.matter_id)
        since = ended.end(record.time) if ended else record.time
        if not custody.closed:
            begun = Holding(
                custody.matter_id, custody.custody_no, **vars(custody.holder), since=since
            )
            rows.add(begun)
            last[custody.matter_id] = begun

    fold_all(rows, told, hand_on)
