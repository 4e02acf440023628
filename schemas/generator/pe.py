"""Pôle emploi's monthly file, `PECG.xml`: ISO-8859-1, one tag per line, a control total at the end.

1. Reference date: the first day of the as-of date's month. Made fourteen days later, never after the
   as-of date.
2. A wrong twin, `PECG-total-faux.xml`, is written beside it: same dossiers, another total.
3. NIR on 13 or 15 characters, names spelled Pôle emploi's way (œ opened: ISO-8859-1 lacks it).
4. The last interview may be truncated, empty, impossible, in French order, or missing with its tag
   or its whole block.
"""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.generator.dossiers import Dossier, Scribe, block, tag
from schemas.generator.wishes import Wishes
from schemas.generator.witness import Witness


def reference_date(as_of: date) -> date:
    """Tell the day the file speaks of."""
    return as_of.replace(day=1)


def made_on(as_of: date) -> date:
    """Tell the day the file was made."""
    return min(reference_date(as_of) + timedelta(days=14), as_of)


class PeFile:
    """Writes the file and its wrong twin, dossier after dossier."""

    def __init__(
        self, files: tuple[TextIO, TextIO], rng: Random, wishes: Wishes, witness: Witness
    ) -> None:
        departement, as_of = wishes.departement, wishes.as_of
        self._witness = witness
        self._files, self._scribe = files, Scribe(rng, departement, reference_date(as_of))
        self._departement, self._reference = departement, reference_date(as_of)
        self.dossiers = self.elsewhere = 0
        self._write(
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<fichier-PE-CG>\n'
            + block(
                "entete",
                tag("fichier", "PECG"),
                tag("periodicite", "M"),
                tag("departement", departement),
                tag("date-reference", self._reference.isoformat()),
                tag("date-fabrication", made_on(as_of).isoformat()),
                tag("version", "001,0"),
            )
        )

    def write(self, dossier: Dossier) -> None:
        """Write one dossier."""
        self.dossiers += 1
        self.elsewhere += not dossier.town.startswith(self._departement)
        self._write(self._scribe.dossier(dossier))
        self._witness.written(dossier, self._scribe.told)

    def finish(self) -> None:
        """Write the control totals: the right one, then the wrong one."""
        for file, total in zip(self._files, (self.dossiers, self.dossiers + 3), strict=True):
            file.write(
                block(
                    "fin",
                    tag("departement", self._departement),
                    tag("date-reference", self._reference.isoformat()),
                    tag("nb-dossiers", f"{total:07d}"),
                )
                + "</fichier-PE-CG>\n"
            )

    def _write(self, text: str) -> None:
        for file in self._files:
            file.write(text)


def opened(folder: Path, name: str) -> TextIO:
    """Open a file in Pôle emploi's encoding."""
    return (folder / name).open("w", encoding="iso-8859-1", newline="")
