"""Whole numbers from shares: apportionment with a cap, and dealing that keeps both margins."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import floor
from random import Random

Affinity = Callable[[str, str], float]


def apportion(total: int, weights: Mapping[str, float], cap: int | None = None) -> Counter[str]:
    """Split `total` by weight into whole numbers (largest remainder), none above `cap`.

    Raises ValueError if the caps together cannot hold the total.
    """
    cap = total if cap is None else cap
    if total > cap * len(weights):
        raise ValueError(f"{total} do not fit into {len(weights)} places of at most {cap}")
    quotas = _capped_quotas(total, weights, cap)
    counts = Counter({key: floor(quota) for key, quota in quotas.items()})
    by_remainder = sorted(quotas, key=lambda key: counts[key] - quotas[key])
    roomy = [key for key in by_remainder if counts[key] < cap]
    counts.update(roomy[: total - counts.total()])
    return counts


def _capped_quotas(total: int, weights: Mapping[str, float], cap: int) -> dict[str, float]:
    """Proportional shares; what the cap cuts off goes to the others in proportion."""
    capped: set[str] = set()
    while True:
        left = total - cap * len(capped)
        weight = sum(w for key, w in weights.items() if key not in capped) or 1.0
        quotas = {k: cap if k in capped else left * w / weight for k, w in weights.items()}
        over = {key for key, quota in quotas.items() if quota > cap}
        if not over:
            return quotas
        capped |= over


def jittered(weights: Mapping[str, float], rng: Random) -> dict[str, float]:
    """The weights, each up to 40 % off, so that no two periods look alike."""
    return {key: weight * rng.uniform(0.6, 1.4) for key, weight in weights.items()}


def deal(rows: Iterable[str], pool: Counter[str], rng: Random, affinity: Affinity) -> list[str]:
    """Give each row one item of the pool, by affinity, without replacement.

    The pool is as large as the rows, so both margins hold exactly whatever is drawn. The rows that
    care most draw first, the answer is in the order of the rows.
    """
    rows, left = list(rows), Counter(pool)
    if left.total() != len(rows):
        raise ValueError(f"{left.total()} items cannot be dealt to {len(rows)} rows")
    places = rng.sample(range(len(rows)), len(rows))
    eagerness = {row: _eagerness(row, pool, affinity) for row in set(rows)}
    places.sort(key=lambda place: -eagerness[rows[place]])
    dealt = [""] * len(rows)
    for place in places:
        items = [item for item, count in left.items() if count]
        weights = [left[item] * affinity(rows[place], item) for item in items]
        dealt[place] = rng.choices(items, weights)[0]
        left[dealt[place]] -= 1
    return dealt


def _eagerness(row: str, pool: Counter[str], affinity: Affinity) -> float:
    """How much a row cares what it is dealt: 1 for a row that likes everything alike."""
    liked = [affinity(row, item) for item in pool]
    return max(liked) / min(liked) if liked else 1.0


def shuffled(counts: Counter[str], rng: Random) -> list[str]:
    """Every item as often as it is counted, in a random order."""
    items = sorted(counts.elements())
    rng.shuffle(items)
    return items
