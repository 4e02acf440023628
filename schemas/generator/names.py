"""Names nobody bears, put together from syllables so that a leak of one is unmistakable.

1. At least eight letters, never a French word nor a word of this program.
2. Some carry accents, a few the ligature œ, which ISO-8859-15 knows and ISO-8859-1 does not.
3. `spelling` writes a name as one partner or another would; `plain` is the ASCII capital form.
"""

import unicodedata
from random import Random

# fmt: off
_SURNAME = (
    "Vrez", "Kolm", "Zald", "Trisk", "Ouldr", "Bresk", "Quelm", "Drunz", "Gwizh", "Plozk", "Skarn",
    "Huldr", "Yrgav", "Tchem", "Mrouk", "Vorzh", "Kreul", "Fnost", "Dzork", "Blimz", "Grouz",
    "Stulv", "Wrenk", "Zmoul",
)
_MIDDLE = (
    "and", "arè", "ébo", "iko", "olu", "uma", "ézi", "ôra", "iné", "aku", "oeli", "œva", "una",
    "éki", "oza", "yra", "ado", "emu",
)
_ENDING = (
    "varc", "douz", "lquet", "zhin", "brok", "gnast", "muek", "rdolf", "stoul", "vnik", "xandr",
    "ltzer", "kloum", "pzarn",
)
_FIRST = (
    "Yzal", "Ovrik", "Zelm", "Thuzy", "Kwen", "Brizh", "Ulvan", "Ozmel", "Xandy", "Muzel", "Dvora",
    "Jykel", "Ruzka", "Ivzen",
)
_FIRST_MIDDLE = ("adé", "iro", "uné", "elva", "ozo", "yka", "ïna", "amu", "éli", "oru")
_FIRST_ENDING = (
    "zhelle", "vrik", "lduz", "mzane", "rkoul", "gnia", "ztor", "xine", "vdane", "lkyr",
)
# fmt: on


def surname(rng: Random) -> str:
    """Draw a family name."""
    return "".join(rng.choice(part) for part in (_SURNAME, _MIDDLE, _MIDDLE, _ENDING))


def first_name(rng: Random) -> str:
    """Draw a first name."""
    return rng.choice(_FIRST) + rng.choice(_FIRST_MIDDLE) + rng.choice(_FIRST_ENDING)


def plain(word: str) -> str:
    """Write in capitals, without accents, ligature opened."""
    opened = word.replace("œ", "oe").replace("Œ", "OE")
    return unicodedata.normalize("NFD", opened).encode("ascii", "ignore").decode().upper()


def spelling(rng: Random, word: str) -> str:
    """Write as somebody typed it: capitals without accents, capitals with, or as in a sentence."""
    return rng.choice((plain(word), word.upper(), word))


def latin(word: str) -> str:
    """Write for ISO-8859-1, which has accents but no ligature."""
    return word.replace("œ", "oe").replace("Œ", "OE")
