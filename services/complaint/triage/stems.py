"""A rough stem, so that "dibayar" and "membayar" are one feature. Never shown to people."""

_SUFFIXES = ("kannya", "annya", "inya", "kan", "nya", "lah", "an", "in", "i")
_PREFIXES = (
    ("memper", ""), ("diper", ""), ("meny", "s"), ("peny", "s"), ("meng", ""), ("peng", ""),
    ("mem", "p"), ("pem", "p"), ("men", "t"), ("pen", "t"), ("ber", ""), ("ter", ""),
    ("per", ""), ("di", ""), ("me", ""), ("ke", ""), ("se", ""), ("pe", ""),
)  # fmt: skip
_SHORTEST = 3
_LOST_BEFORE_VOWEL = frozenset("aiueo")


def stem(word: str) -> str:
    """The stem of a word in usual spelling."""
    if len(word) <= 4 or not word.isalpha():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > _SHORTEST:
            word = word[: -len(suffix)]
            break
    for prefix, lost in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST:
            rest = word[len(prefix) :]
            return lost + rest if rest[0] in _LOST_BEFORE_VOWEL else rest
    return word
