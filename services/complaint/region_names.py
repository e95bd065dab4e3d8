"""Names of regions as people spell them."""

import re
import unicodedata

# What people write before, after or within the name of a region.
_FILLERS = frozenset(
    (
        *("negeri", "negara", "bagian", "provinsi", "propinsi", "wilayah", "kawasan", "daerah"),
        *("kota", "prefektur", "emirat", "state", "province", "region", "city", "prefecture"),
        *("emirate", "the", "of", "al", "ar", "as", "ash", "ad"),
    )
)
# How many letters may be wrong in a name from that length on; shorter names are too alike.
_SLIPS = ((8, 2), (5, 1))


def folded(text: str) -> str:
    """A name without case, accents, spaces and the words that only say that it is a region."""
    return "".join(word for word in _words(text) if word not in _FILLERS)


def keys_of(text: str) -> set[str]:
    """A name without and with those words, which may be misspelt, too."""
    return {folded(text), "".join(_words(text))} - {""} if folded(text) else set()


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def slips_in(name: str) -> int:
    """How many letters may be wrong in a name, and it is still that name."""
    return next((slips for long, slips in _SLIPS if len(name) >= long), 0)


def may_be(asked: str, name: str) -> bool:
    """Whether one is of about the other's length: what is far from it need not be compared."""
    return abs(len(asked) - len(name)) <= slips_in(name)


def slips_between(one: str, other: str) -> int:
    """How many letters are wrong, left out, too many, or changed with the next."""
    before, last = list[int](), list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, wanted in enumerate(other, start=1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            pair = one[row - 2 : row], other[column - 2 : column]
            if row > 1 and column > 1 and pair[0] == pair[1][::-1]:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
