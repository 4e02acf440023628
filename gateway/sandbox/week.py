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

CD_NAME = re.compile(r"CD-PARCOURS_(?P<departement>[0-9AB]{2,3})_(?P<day>\d{8})_\d{6}_V\d+\.csv")


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
    named = [
        m for path in sorted((folder / "cd").glob("*.csv")) if (m := CD_NAME.fullmatch(path.name))
    ]
    if not named:
        raise Misconfigured(
            f"{folder} : aucun fichier cd/CD-PARCOURS_<dépt>_<AAAAMMJJ>_<SEQ6>_V1.csv"
        )
    last = named[-1]
    parcels = tuple(_parcels(folder))
    sent = {parcel.path for parcel in parcels}
    left = [
        p
        for part in ("cnaf", "pe", "cd")
        for p in sorted((folder / part).glob("*"))
        if p not in sent
    ]
    return Week(
        departement=last["departement"],
        as_of=date.fromisoformat(last["day"]),
        parcels=parcels,
        without_contract=tuple(path.name for path in left),
    )


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
