"""Names as two files can compare them: capitals without accents, one space between words.

1. NFKD, marks dropped, œ, æ and ß opened (NFKD leaves them whole), capitals raised, and everything but
   the letters A to Z becomes one space; particles stay, a compound first name stays whole.
2. A word that stands for "no name" (INCONNU, SNP, XX, SANS NOM...) and a name without letters are none.
3. A name read in the wrong encoding (`LÃ©a`) is not repaired: it is another name, and `garbled` tells it.

Source: expected results, point 11; facts on linkage, section 3.4.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

# Letters that decomposition does not split, in the order they are replaced.
OPENED: Mapping[str, str] = MappingProxyType(
    {
        "œ": "OE",
        "Œ": "OE",
        "æ": "AE",
        "Æ": "AE",
        "ß": "SS",
        "ẞ": "SS",
        "ø": "O",
        "Ø": "O",
        "ł": "L",
        "Ł": "L",
    }
)
PLACEHOLDERS = frozenset(
    {
        "INCONNU",
        "INCONNUE",
        "SANS NOM",
        "SANS PRENOM",
        "SNP",
        "X",
        "XX",
        "XXX",
        "NON RENSEIGNE",
        "NON CONNU",
    }
)
# UTF-8 read as latin-1: an accented letter becomes these two characters.
_GARBLED = "Ã[\u0080-\u00bf]|Å[\u0080-\u00bf\u0152\u0153\u0160\u0178]"


def normalised(name: pl.Expr) -> pl.Expr:
    """Give the comparable form of a column of names, null where there is none."""
    letters = (
        name.str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_many(list(OPENED), list(OPENED.values()))
        .str.to_uppercase()
        .str.replace_all("[^A-Z]+", " ")
        .str.strip_chars(" ")
    )
    return pl.when(~letters.is_in(["", *sorted(PLACEHOLDERS)])).then(letters)


def normal(name: str | None) -> str | None:
    """Give the comparable form of one name: the same as `normalised`."""
    if name is None:
        return None
    decomposed = unicodedata.normalize("NFKD", name)
    bare = (letter for letter in decomposed if unicodedata.category(letter)[0] != "M")
    opened = "".join(OPENED.get(letter, letter) for letter in bare)
    letters = re.sub("[^A-Z]+", " ", opened.upper()).strip(" ")
    return None if not letters or letters in PLACEHOLDERS else letters


def garbled(name: pl.Expr) -> pl.Expr:
    """Whether a name bears the marks of a wrong encoding."""
    return name.str.contains(_GARBLED)
