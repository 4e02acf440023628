"""What an invented département's partners send in one week: a folder laid out like the samples.

`cnaf/coordonnees-allocataire*.txt` by HubEE (the file with defects first: the clean one replaces it) and the
beneficiaries of the month (`cnaf/RSABEM.xml`), `pe/PECG*.xml` and `cd/CD-PARCOURS_*.csv` by SFTP. A whole
week has the lists of the month too: `pe/Liste_*.csv`. What is not sent is named.
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

LIST_NAME = re.compile(
    r"Liste_BeneficiairesRSA_(Inscrits|Cessations|Radiations|Stock)(_[0-9]{1,6}){5}\.csv"
)
# The types HubEE gives: of contacts, and of the beneficiary files of the month.
CONTACTS, BENEFICIARIES = "coordonnees-allocataire", ("MSABEM", "RSABEM")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file one partner sends. `kind`: the type HubEE gives it."""

    partner: str
    path: Path
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """A département's week: whose, as of when, what is sent, and what is not."""

    departement: str
    as_of: date
    parcels: tuple[Parcel, ...]
    unsent: tuple[str, ...]


def read_week(folder: Path, *, whole: bool = False) -> Week:
    """Read a folder, what every crossing needs of it or `whole`. Raises `Misconfigured` when it is not laid out like one."""
    named = [_named(path) for path in sorted((folder / "cd").glob("*.csv"))]
    known = [one for one in named if one is not None]
    if not known:
        raise Misconfigured(
            f"{folder} : aucun fichier cd/CD-PARCOURS_<dépt>_<AAAAMMJJ>_<SEQ6>_V1.csv"
        )
    departement, as_of = known[-1]
    parcels = (*_parcels(folder), *(_others(folder) if whole else ()))
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
        unsent=tuple(path.name for path in left),
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
    for partner, paths, kind in (
        ("cnaf", contacts, CONTACTS),
        *(("cnaf", [path], path.stem) for path in _beneficiaries(folder)),
        ("pe", sorted((folder / "pe").glob("PECG*.xml")), ""),
        ("cd", sorted((folder / "cd").glob("CD-PARCOURS_*.csv")), ""),
    ):
        yield from (Parcel(partner, path, kind) for path in paths)


def _beneficiaries(folder: Path) -> list[Path]:
    return [p for p in sorted((folder / "cnaf").glob("*.xml")) if p.stem in BENEFICIARIES]


def _others(folder: Path) -> Iterator[Parcel]:
    for path in sorted((folder / "pe").glob("*.csv")):
        if LIST_NAME.fullmatch(path.name):
            yield Parcel("pe", path)
