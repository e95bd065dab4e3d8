"""What people type, as a document keeps it: what is signed is what can be read.

Unicode's composed form, lines ended by a line feed alone, and nothing invisible but what scripts
need: marks that steer the direction of text could show another order than the one that is signed.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

# Joiners and marks of Arabic, Indic and emoji text; all else that is invisible is left out.
_JOINING = frozenset("\u200c\u200d\u200e\u200f\u061c\u00ad")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\x0b\x0c]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
LONGEST = 20_000


def clean(value: object) -> object:
    """A text as a document keeps it; ValueError names a character that no document has."""
    if not isinstance(value, str):
        return value
    lines = (_SPACES.sub(" ", line).strip() for line in _LINE_ENDS.sub("\n", value).split("\n"))
    visible = "\n".join(lines)
    visible = "".join(each for each in visible if each in _JOINING or _kind(each) != "Cf")
    for each in visible:
        if each != "\n" and _kind(each) in ("Cc", "Cs"):
            raise ValueError(f"has the control character U+{ord(each):04X}: leave it out")
    return unicodedata.normalize("NFC", visible).strip()


def one_line(value: object) -> object:
    """As `clean`; a line's end becomes a space."""
    cleaned = clean(value)
    return " ".join(cleaned.split()) if isinstance(cleaned, str) else cleaned


def _kind(character: str) -> str:
    return unicodedata.category(character)


Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), BeforeValidator(clean)]
OptionalText = Annotated[str, StringConstraints(max_length=LONGEST), BeforeValidator(clean)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=2000), BeforeValidator(clean)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(one_line)]
OptionalLine = Annotated[str, StringConstraints(max_length=200), BeforeValidator(one_line)]
