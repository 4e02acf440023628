"""The open files of every other flow, and what was written in each."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.generator import pe
from schemas.generator.dossiers import Dossier, Told
from schemas.generator.flows import lists, spie, vrsb
from schemas.generator.flows.instructions import InstructionsFile
from schemas.generator.flows.lists import PeList
from schemas.generator.flows.spie import SpieFiles
from schemas.generator.flows.vrsb import FoyersFile, Kind
from schemas.generator.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Written:
    """One clean file: its flow, its records, the rows a contract reads, ignores and warns of."""

    path: str
    flow: str
    records: int
    rows: int
    ignored: int = 0
    warned: int = 0


class Desks:
    """Opens them all."""

    def __init__(self, files: ExitStack, into: Path, rng: Random, wishes: Wishes) -> None:
        self._files, self._into, self._rng, self._wishes = files, into, rng, wishes
        self.monthly = self._foyers("RSABEM", vrsb.CAF_MONTHLY)
        self.daily = self._foyers("RSABEI", vrsb.CAF_DAILY)
        self.anomalies = self._foyers("RSABAM", vrsb.CAF_ANOMALIES)
        self.msa_monthly = self._foyers("MSABEM", vrsb.MSA_MONTHLY)
        self.msa_daily = self._foyers("MSABEI", vrsb.MSA_DAILY)
        self.requests = InstructionsFile(
            self._opened("cnaf/IRSACG.xml", "iso-8859-1"),
            rng,
            departement=wishes.departement,
            made=wishes.as_of,
        )
        self._lists = [PeList(files, into / "pe", kind, wishes) for kind in lists.KINDS]
        self._spie = SpieFiles(
            self._opened(f"pe/{spie.PRINCIPAL}", "utf-8"),
            self._opened(f"pe/{spie.ACTIONS}", "utf-8"),
            wishes,
        )
        self.written: list[Written] = []

    def tell_dossier(self, dossier: Dossier, told: Told, *, here: bool) -> None:
        """Write a dossier in SPIE, and in the lists when its person lives here."""
        for each in self._lists if here else ():
            each.write(dossier, told)
        self._spie.write(dossier, told)

    def finish(self) -> None:
        """Write the ends of files and count."""
        for name, file in (
            ("RSABEM", self.monthly),
            ("RSABEI", self.daily),
            ("MSABEM", self.msa_monthly),
            ("MSABEI", self.msa_daily),
            ("RSABAM", self.anomalies),
        ):
            file.finish(self.anomalies.foyers if name == "RSABEM" else 0)
            self.written.append(
                Written(f"cnaf/{name}.xml", "cnaf-beneficiaires", file.foyers, file.people)
            )
        self.requests.finish()
        self.written.append(
            Written(
                "cnaf/IRSACG.xml", "cnaf-instructions", self.requests.requests, self.requests.people
            )
        )
        for kind, each in zip(lists.KINDS, self._lists, strict=True):
            name = f"pe/{each.finish().name}"
            self.written.append(Written(name, f"pe-{kind.lower()}", each.rows, each.rows))
        rows, actions, outside = self._spie.rows, self._spie.actions, self._spie.outside
        self.written += [
            Written(f"pe/{spie.PRINCIPAL}", "pe-spie-principal", rows, rows, ignored=outside),
            Written(f"pe/{spie.ACTIONS}", "pe-spie-actions", actions, actions),
        ]

    def _opened(self, path: str, encoding: str) -> TextIO:
        file = (self._into / path).open("w", encoding=encoding, newline="")
        return self._files.enter_context(file)

    def _foyers(self, name: str, kind: Kind) -> FoyersFile:
        as_of = self._wishes.as_of
        made = as_of if kind.daily else pe.reference_date(as_of)
        return FoyersFile(
            self._opened(f"cnaf/{name}.xml", "iso-8859-1"),
            self._rng,
            kind,
            departement=self._wishes.departement,
            made=made,
            reference=as_of if kind.daily else made - timedelta(days=1),
        )
