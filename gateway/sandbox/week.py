"""What an invented département's partners send in one week: a folder laid out like the samples.

`cnaf/coordonnees-allocataire*.txt` by HubEE (the file with defects first: the clean one replaces it),
`pe/PECG*.xml` and `cd/CD-PARCOURS_*.csv` by SFTP. What has no contract yet is named, and not sent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway.errors import Misconfigured

CD_NAME = re.compile(
    r"CD-PARCOURS_(?P<departement>[0-9]{2}|2[AB]|9[78][0-9])_(?P<day>[0-9]{8})_[0-9]{6}_V[0-9]+\.csv"
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file one partner sends."""

    partner: str
    path: Path


@dataclass(frozen=True, slots=True)
class Week:
    """A département's week: whose, as of when, what is sent, and what has no contract yet."""

    departement: str
    as_of: date
    parcels: tuple[Parcel, ...]
    without_contract: tuple[str, ...]


def read_week(folder: Path) -> Week:
    """Read a folder. Raises `Misconfigured` when it is not laid out like one."""
    named = [_named(path) for path in sorted((folder / "cd").glob("*.csv"))]
    known = [one for one in named if one is not None]
    if not known:
        raise Misconfigured(
            f"{folder} : aucun fichier cd/CD-PARCOURS_<dépt>_<AAAAMMJJ>_<SEQ6>_V1.csv"
        )
    departement, as_of = known[-1]
    parcels = tuple(_parcels(folder))
    sent = {parcel.path for parcel in parcels}
    left = [
        p
        for part in ("cnaf", "pe", "cd")
        for p in sorted((folder / part).glob("*"))
        if p not in sent
    ]
    return Week(
        departement=departement,
        as_of=as_of,
        parcels=parcels,
        without_contract=tuple(path.name for path in left),
    )


def _named(path: Path) -> tuple[str, date] | None:
    """The département and the day a name states, when it follows the convention."""
    found = CD_NAME.fullmatch(path.name)
    try:
        return (found["departement"], date.fromisoformat(found["day"])) if found else None
    except ValueError:
        return None


def _parcels(folder: Path) -> Iterator[Parcel]:
    contacts = sorted(
        (folder / "cnaf").glob("coordonnees-allocataire*.txt"),
        key=lambda path: (path.name == "coordonnees-allocataire.txt", path.name),
    )
    for partner, paths in (
        ("cnaf", contacts),
        ("pe", sorted((folder / "pe").glob("PECG*.xml"))),
        ("cd", sorted((folder / "cd").glob("CD-PARCOURS_*.csv"))),
    ):
        yield from (Parcel(partner, path) for path in paths)
