"""Where invented people live: towns by their INSEE code, postcodes, and the bodies of a département.

Codes have the right shape and départements; whether a town bears them is not asked.
"""

from dataclasses import dataclass
from random import Random

_NEIGHBOUR, _OTHER_NEIGHBOUR = "51", "54"
_STREETS = (
    "DE LA GARE",
    "DES LILAS",
    "DU 8 MAI 1945",
    "DE L'ÉGLISE",
    "DU CHÂTEAU",
    "FRANÇOIS INVENTÉ",
)
_TOWNS = ("VILLE INVENTÉE", "BOURG-SANS-NOM", "FAÇADE-SUR-RIEN", "HAMEAU IMAGINAIRE")


def town(rng: Random, departement: str, *, here: bool) -> str:
    """Draw a town, here or in another département: the five characters of its INSEE code."""
    place = departement if here else elsewhere(departement)
    if len(place) == 3:
        return f"{place}{rng.randint(1, 32):02d}"
    return f"{place}{rng.randint(1, 450):03d}"


def elsewhere(departement: str) -> str:
    """Name another département."""
    return _OTHER_NEIGHBOUR if departement == _NEIGHBOUR else _NEIGHBOUR


def postcode(rng: Random, departement: str) -> str:
    """Draw a postcode. Corsica never changed its own: both halves still begin with 20."""
    head = "20" if departement in {"2A", "2B"} else departement
    return f"{head}{rng.randint(10, 99)}0"[:5]


def partner(departement: str) -> str:
    """Write a département on the three characters of IDEPARTE: `008`, `02A`, `974`."""
    return departement.zfill(3)


def fund(departement: str) -> str:
    """Number the CAF of a département, on three figures."""
    numbers = {"2A": "201", "2B": "202"}
    return numbers.get(departement, f"{departement}1"[:3])


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a household; `rank` is 01 for the present one, 02 and 03 for those before."""

    rank: str
    number: str
    street: str
    town: str
    postcode: str
    town_name: str


def address(rng: Random, departement: str, rank: int, *, here: bool = True) -> Address:
    """Draw an address."""
    place = departement if here else elsewhere(departement)
    return Address(
        f"{rank:02d}",
        f"{rng.randint(1, 120)}",
        rng.choice(_STREETS),
        town(rng, departement, here=here),
        postcode(rng, place),
        rng.choice(_TOWNS),
    )
