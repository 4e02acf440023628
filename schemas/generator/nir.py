"""The number of a person who does not exist: right key, and a town code given to no town.

1. Thirteen characters: sex, year, month, place of birth, order. The key is 97 - (n mod 97).
2. Towns 950 to 989 (90 to 98 overseas, where three characters name the département) were never
   given by INSEE, nor countries 950 to 989: nobody can bear one of these numbers.
3. A number beginning with 7 or 8 is provisional; it is built like the others.
"""

from datetime import date
from random import Random

# Corsican letters count as 19 and 18 in the key.
_CORSICA = {"2A": "19", "2B": "18"}
_BIRTHPLACES = ("59", "69", "13", "2A", "2B", "971", "974", "99")


def key(nir13: str) -> str:
    """Compute the two digits that follow the thirteen characters."""
    place = nir13[5:7]
    digits = nir13[:5] + _CORSICA.get(place, place) + nir13[7:]
    return f"{97 - int(digits) % 97:02d}"


def with_key(nir13: str) -> str:
    """Write the number on fifteen characters."""
    return nir13 + key(nir13)


def with_wrong_key(nir13: str) -> str:
    """Write the number on fifteen characters, with a key that is not its own."""
    return f"{nir13}{int(key(nir13)) % 97 + 1:02d}"


def draw(rng: Random, *, born: date, woman: bool, departement: str, provisional: bool) -> str:
    """Draw thirteen characters that agree with the sex and the month of birth."""
    sex = ("8" if woman else "7") if provisional else ("2" if woman else "1")
    place = departement if rng.random() < 0.7 else rng.choice(_BIRTHPLACES)
    town = f"{rng.randint(950, 989)}" if len(place) == 2 else f"{rng.randint(90, 98)}"
    return f"{sex}{born:%y%m}{place}{town}{rng.randint(1, 999):03d}"
