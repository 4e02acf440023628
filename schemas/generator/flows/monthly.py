"""The beneficiaries of the month beside a département's other files: what every crossing needs.

The people the département follows and their spouses, each of them in its population; no children: their
birth dates would be those of facts, and nothing here needs them.
"""

from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.generator import pe
from schemas.generator.departement import check_possible, write_departement
from schemas.generator.dossiers import Dossier
from schemas.generator.flows.casework import Casework, Seat
from schemas.generator.flows.vrsb import CAF_MONTHLY, FoyersFile
from schemas.generator.people import Member, Registry
from schemas.generator.truth import Truth
from schemas.generator.wishes import Wishes
from schemas.generator.witness import Nobody

NAME = "RSABEM.xml"


def write_week(into: Path, *, departement: str, people: int, seed: int, as_of: date) -> Truth:
    """Write the files of `write_departement`, to the byte, and `cnaf/RSABEM.xml`.

    Raises `ValueError` as it does.
    """
    check_possible(departement, people)
    (into / "cnaf").mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        file = files.enter_context(
            (into / "cnaf" / NAME).open("w", encoding="iso-8859-1", newline="")
        )
        monthly = Monthly(file, Wishes(departement, people, seed, as_of))
        return write_departement(
            into, departement=departement, people=people, seed=seed, as_of=as_of, witness=monthly
        )


class Monthly(Nobody):
    """Watches one département and files its households, each once the next one begins."""

    def __init__(self, file: TextIO, wishes: Wishes) -> None:
        self._rng = Random(
            f"mois:{wishes.departement}:{wishes.seed}:{wishes.people}:{wishes.as_of}"
        )
        self._casework = Casework(self._rng, wishes, children=False)
        made = pe.reference_date(wishes.as_of)
        self._foyers = FoyersFile(
            file,
            self._rng,
            CAF_MONTHLY,
            departement=wishes.departement,
            made=made,
            reference=made - timedelta(days=1),
        )
        self._seats: list[Seat] = []
        self._registry: Registry | None = None

    def opened(self, registry: Registry) -> None:
        """Be given the registry."""
        self._registry = registry

    def met(self, member: Member, id_cd: str, nir_form: int) -> None:
        """Wait for the rest of the household, after filing the one before."""
        if member.role == "DEM":
            self._file_those_met()
        self._seats.append(Seat(member, id_cd, nir_form))

    def registered(self, dossier: Dossier, member: Member | None) -> None:
        """Remember whose dossier it is."""
        if member is not None:
            self._seats[-1].dossier = dossier

    def closed(self) -> None:
        """File who waits."""
        self._file_those_met()
        self._foyers.finish()

    def _file_those_met(self) -> None:
        if self._seats and self._registry is not None:
            self._foyers.write(self._casework.followed(self._seats, self._registry))
        self._seats = []
