"""The number by which people follow their complaint: ADU-XXXX-XXXX-C.

Eight random characters (40 bits, never a counter, so that nobody can guess or count them) in
Crockford's base32, which leaves out I, L, O and U, and one check character. The check is the sum
of the characters, as elements of GF(2^5) with x^5 + x^2 + 1, each times 2^position: it finds every
single wrong character and every two that were swapped, so that a slip of the pen on paper or
telephone is told at once.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "ADU"
_LENGTH = 8
_READ_AS = str.maketrans("OIL", "011")


def new_number() -> str:
    """A fresh number, from the operating system's randomness."""
    return _written("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def normal(text: str) -> str | None:
    """A number as people type it, in its written form; None when no number reads like that."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    body = plain.removeprefix(PREFIX).translate(_READ_AS)
    if len(body) != _LENGTH + 1 or any(character not in ALPHABET for character in body):
        return None
    written = _written(body[:_LENGTH])
    return written if written[-1] == body[-1] else None


def _written(body: str) -> str:
    return f"{PREFIX}-{body[:4]}-{body[4:]}-{_check(body)}"


def _check(body: str) -> str:
    total = 0
    for character in body:
        total = _doubled(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def _doubled(element: int) -> int:
    shifted = element << 1
    return shifted ^ 0b100101 if shifted & 0b100000 else shifted
