"""Pôle emploi's four monthly lists: registrations, cessations, radiations, and the stock.

1. Same dossiers and same events as `PECG.xml`, for people who live in the département. Registrations
   are all those the file tells; the stock is who is registered on the reference date.
2. `;`, ISO-8859-1, LF, French dates, NIR without key, said twice. Names as Pôle emploi types them.
3. `Layout` says which columns: four of address since November 2011; in 2009 and 2010 a row number
   first, one column for the code or the label, no second NIR.
4. The name of a file counts its rows, so it is given once they are all written; that of 2009 and 2010
   says the month.
"""

from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

from schemas.generator import names, pe
from schemas.generator.dossiers import CESSATION, Dossier, Told
from schemas.generator.flows import namings
from schemas.generator.scenarios import Story
from schemas.generator.wishes import Layout, Wishes

FLOW = "pe-listes"
_IDENTITY = ("nir", "identifiantpe", "nom", "prenom", "dtnai", "date", "code")
_ADDRESS = ("codeinsee", "localite", "adresse", "ale")
_WITH_LABEL = frozenset({"Cessations", "Radiations"})
KINDS = ("Inscrits", "Cessations", "Radiations", "Stock")
_FIRST_NAMES = {
    "Inscrits": "INSCRIPTION",
    "Cessations": "CESSATION",
    "Radiations": "RADIATION",
    "Stock": "STOCK",
}


def columns(kind: str, layout: Layout) -> tuple[str, ...]:
    """Give the columns of a list."""
    with_label = kind in _WITH_LABEL
    if layout is Layout.FIRST:
        return ("index", *_IDENTITY[:-1], "motif" if with_label else "code")
    address = _ADDRESS if layout is Layout.SINCE_2011 else ()
    return (*_IDENTITY, *(("motif",) if with_label else ()), "nir2", *address)


def is_registered(story: Story) -> bool:
    """Say whether somebody is registered on the reference date; a tie is a registration."""
    exits = [days for days in (story.ceased, story.struck) if days is not None]
    return all(story.registered <= days for days in exits)


def filename(kind: str, as_of: date, rows: int) -> str:
    """Name a list the way Pôle emploi does: the day it was made, from row 1 to the last."""
    return f"Liste_BeneficiairesRSA_{kind}_{pe.made_on(as_of):%d_%m_%Y}_1_{rows}.csv"


def first_filename(kind: str, as_of: date, departement: str) -> str:
    """Name a list as in 2009 and 2010: its month and its département."""
    return f"RSA_{_FIRST_NAMES[kind]}_{pe.made_on(as_of):%Y%m}_DPT{departement}.csv"


class PeList:
    """Writes one list."""

    def __init__(self, files: ExitStack, folder: Path, kind: str, wishes: Wishes) -> None:
        self._folder, self._kind, self._wishes = folder, kind, wishes
        self._reference = pe.reference_date(wishes.as_of)
        self._path = folder / f"Liste-{kind}.en-cours"
        self._columns = columns(kind, wishes.layout)
        self._file: TextIO = files.enter_context(
            self._path.open("w", encoding="iso-8859-1", newline="")
        )
        self.rows = 0
        self._file.write(";".join(self._columns) + "\n")

    def write(self, dossier: Dossier, told: Told) -> None:
        """Write a dossier in this list, if it belongs there."""
        event = self._event(dossier.story, told)
        if event is None:
            return
        self.rows += 1
        days, code, label = event
        person = dossier.person
        named = namings.named(self._wishes.seed, FLOW, dossier.pe_id, person)
        rng = namings.own(self._wishes.seed, FLOW, dossier.pe_id)
        cells = {
            "index": f"{self.rows}",
            "nir": person.nir,
            "identifiantpe": dossier.pe_id,
            "nom": names.latin(names.spelling(rng, named.only)),
            "prenom": names.latin(names.spelling(rng, named.first)),
            "dtnai": f"{person.birth:%d/%m/%Y}",
            "date": f"{self._reference - timedelta(days=days):%d/%m/%Y}",
            "code": code,
            "motif": label,
            "nir2": person.nir,
            "codeinsee": dossier.town,
            "localite": "VILLE INVENTÉE",
            "adresse": "1 RUE INVENTÉE",
            "ale": told.agency,
        }
        self._file.write(";".join(cells[column] for column in self._columns) + "\n")

    def finish(self) -> Path:
        """Close the list and give it its name."""
        self._file.close()
        name = filename(self._kind, self._wishes.as_of, self.rows)
        if self._wishes.layout is Layout.FIRST:
            name = first_filename(self._kind, self._wishes.as_of, self._wishes.departement)
        return self._path.rename(self._folder / name)

    def _event(self, story: Story, told: Told) -> tuple[int, str, str] | None:
        """Give the days before the reference date, the code and, for exits, the label."""
        match self._kind:
            case "Inscrits":
                return story.registered, told.category, ""
            case "Stock" if is_registered(story):
                return story.registered, told.category, ""
            case "Cessations" if story.ceased is not None:
                return story.ceased, *CESSATION
            case "Radiations" if story.struck is not None:
                return story.struck, told.struck_code, told.struck_label
            case _:
                return None
