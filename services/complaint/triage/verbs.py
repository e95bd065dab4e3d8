"""The verb forms of a root, as people write them: dipukul, memukuli, mukulin, terpukul."""

_LOST = {"p": "m", "t": "n", "s": "ny", "k": "ng"}
_PREFIX = {"b": "mem", "v": "mem", "f": "mem", "d": "men", "c": "men", "j": "men", "z": "men"}
_SUFFIXES = ("", "i", "in", "kan", "an", "nya", "inya", "kannya", "ke", "e", "keun", "ken")
_UNCHANGED = frozenset("lmnrwy")


def verb_forms(root: str) -> frozenset[str]:
    """Every form of a verb but its bare root, which may be another word ("pukul": o'clock)."""
    nasal, informal = _nasal(root)
    stems = {"di" + root, "ke" + root, "ter" + root, nasal, informal, "pe" + nasal[2:]}
    if root.startswith("c"):
        stems.add("ny" + root[1:])
    if root.startswith("per"):
        stems.add("mem" + root)
    forms = {stem + suffix for stem in stems for suffix in _SUFFIXES}
    forms |= {root + suffix for suffix in ("i", "in", "kan") if not root.endswith("i")}
    return frozenset(forms - {root})


def _nasal(root: str) -> tuple[str, str]:
    """The active form, and the one without its first syllable ("memukul", "mukul")."""
    first = root[0]
    if first in _LOST:
        return "me" + _LOST[first] + root[1:], _LOST[first] + root[1:]
    if first in _UNCHANGED:
        return "me" + root, "nge" + root
    if first in _PREFIX:
        return _PREFIX[first] + root, "nge" + root
    return "meng" + root, "ng" + root
