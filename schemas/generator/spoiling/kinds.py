"""One way to spoil a record, and the few that every layout shares.

1. A record is its cells (CSV) or its physical lines (XML). `fits` says whether it can be spoiled so,
   and the spoiled record differs from the clean one.
2. `code` is what the contract must answer, at `column`; None for what it must not even notice.
3. A whole-file kind spoils a copy of its own: a file refused whole hides everything else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from schemas.codes import Code
from schemas.generator import nir

Record = list[str]
Fits = Callable[[Record], bool]
MARK = "\x9c"  # œ as Windows writes it: a control character in ISO-8859
TWICE = "doublon"


@dataclass(frozen=True, slots=True)
class Kind:
    """A defect of one flow."""

    name: str
    column: str | None
    code: Code | None
    fits: Fits
    spoil: Callable[[Record, Random], Record]


def wrong_key(number: str) -> str:
    """Give a NIR a key that is not its own, whether it came with its key or not."""
    return nir.with_wrong_key(number[:13])


def too_short(number: str) -> str:
    """Cut a NIR to fourteen figures, or twelve."""
    return nir.with_key(number[:13])[:14]


def impossible(day: str) -> str:
    """Write a day that no calendar has, in the order of this one."""
    french = day[2:3] == "/"
    return f"31/02/{day[6:10]}" + day[10:] if french else f"{day[:4]}-02-31" + day[10:]


def marked(word: str) -> str:
    """Put a byte of Windows in a word."""
    return word[:3] + MARK + word[3:]
