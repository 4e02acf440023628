"""A key of how a name sounds in French: it brings candidates together, and never weighs anything.

1. Written for names already normalised: capitals A to Z and single spaces.
2. Every rule is a replacement expression, in this order; the engine has no look-ahead, so that a letter
   that must stay is captured and put back.
3. Digits stand for nasal vowels, X for the sound of "ch".
"""

import polars as pl

_ALWAYS: tuple[tuple[str, str], ...] = (
    (r" ", ""),
    ("SCH", "X"),
    ("SH", "X"),
    (r"CHR", "KR"),
    (r"CHL", "KL"),
    (r"CH", "X"),
    (r"PH", "F"),
    (r"BV", "V"),
    (r"DJ", "J"),
    (r"W", "V"),
    (r"Q", "K"),
    (r"KU([AEIO])", "K$1"),
    (r"GU([EIY])", "GH$1"),
    (r"SC([EIY])", "S$1"),
    (r"C([EIY])", "S$1"),
    (r"G([EIY])", "J$1"),
    (r"C", "K"),
    (r"H", ""),
    (r"Y", "I"),
    (r"AUL([TD])", "O$1"),
    ("EAU", "O"),
    ("AU", "O"),
    ("OEU", "E"),
    ("EU", "E"),
    ("OE", "E"),
    ("AI", "E"),
    ("EI", "E"),
    (r"OU", "U"),
    (r"EE+", "E"),
    (r"OIST", "OIT"),
    (r"AST", "AT"),
    (r"ESN", "EN"),
    (r"ILL", "I"),
    (r"GN", "N"),
    (r"MP?T", "NT"),
    (r"M([BP])", "N$1"),
    (r"(?:[AE]N)([^AEIOUN]|$)", "2$1"),
    (r"(?:IN|UN)([^AEIOUN]|$)", "1$1"),
    (r"ON([^AEIOUN]|$)", "3$1"),
    (r"Z", "S"),
    (r"X+S?", "X"),
)
# A name keeps three letters at least: short names lose nothing of what tells them apart.
_ENDINGS: tuple[tuple[str, str], ...] = (
    (r"(.{2}E)[RTS]+$", "$1"),
    (r"(.{2}[^S])[DTSP]+$", "$1"),
    (r"(.{3})E$", "$1"),
    (r"(.{3})S$", "$1"),
)
_ONCE = "ABDFGIJKLMNOPRSTUV"


def sounds(names: pl.Expr) -> pl.Expr:
    """The key of each name; null stays null. Meant for distinct names: it is the costly step."""
    key = names
    for pattern, written in _ALWAYS:
        key = key.str.replace_all(pattern, written, literal=pattern.isalpha())
    key = key.str.replace_many([2 * letter for letter in _ONCE], list(_ONCE))
    for pattern, written in _ENDINGS:
        key = key.str.replace(pattern, written)
    return key
