"""A département whose files were accepted: checked, linked and sealed by our own stages, without transport.

What stands between a partner and a partition (collecting, decrypting, scanning, answering) is left out; what
a crossing reads is exactly what it would read.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.delivery import Checked, Opened
from gateway.identity.index import empty
from gateway.passage.inputs import Crossing, inputs
from gateway.passage.journeys import gather
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.rules import AVANT_2025, cross
from gateway.rules import Crossing as Found
from gateway.rules.journeys import Journeys
from gateway.secret import Secret
from gateway.stages.link import link
from gateway.stages.pseudonymise import pseudonymise
from gateway.store.database import open_engine
from gateway.store.deliveries import accepted_so_far, index_digest, index_version, keep_treated
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from schemas.check import check
from schemas.registry import contract
from tests.world.records import NOON, collected, entry, passport, treated

MASTER = Secret(bytes(range(32)))


@dataclass
class Settled:
    """A house with partitions in it, and how many files it accepted."""

    house: Crossing
    departement: str
    accepted: int = 0

    def accept(self, flow: str, path: Path, *, day: date | None = None) -> str:
        """Accept one file, as of the day it states or `day`; give its delivery."""
        engine, house = self.house.engine, self.house
        agreed = contract(flow)
        reading = check(path, agreed, departement=self.departement)
        reference = day or reading.reference_date
        assert reference is not None
        sent = NOON + timedelta(seconds=self.accepted)
        self.accepted += 1
        delivery = f"{self.departement}-{self.accepted}"
        with engine.begin() as connection:
            version = index_version(connection, self.departement)
            known = index_digest(connection, self.departement)
            history = accepted_so_far(connection, "cd", flow)
        index = house.identities.read(known) if known else empty()
        linked = link(
            Checked(Opened(path, "", ""), reading, ""),
            index,
            version,
            flow=flow,
            partner="cd",
            as_of=reference,
            sent=sent,
        )
        apart = pseudonymise(linked, agreed, house.master)
        outcome = replace(
            treated(delivery, base_version=version, history=history),
            facts=house.journeys.write(apart.facts),
            identities=house.identities.write(apart.identities),
            index=house.identities.write(linked.index),
            reference_date=reference,
            kind=reading.kind or "",
        )
        shown = passport(delivery, flow=flow, departement=self.departement, sent_at=sent)
        keep_treated(engine, shown, collected(delivery), outcome, entry(delivery))
        return delivery

    def journeys(self, as_of: date) -> Journeys:
        stands_on = inputs(self.house, self.departement, as_of)
        assert stands_on is not None
        return gather(self.house, stands_on, self.departement, as_of).journeys

    def told(self, as_of: date) -> dict[str, dict[str, Any]]:
        """What a crossing says, by ID_CD, in the words of the expected results."""
        stands_on = inputs(self.house, self.departement, as_of)
        assert stands_on is not None
        gathered = gather(self.house, stands_on, self.departement, as_of)
        found = cross(gathered.journeys, as_of=as_of, thresholds=stands_on.thresholds)
        own = self.house.identities.read(stands_on.cd.identities).join(
            gathered.who.persons, on="SUBJECT"
        )
        of = Pseudonymiser(self.house.master, JOURNEYS).of_series
        named = dict(zip(own["ID_CD"], of(own["PERSON"]), strict=True))
        said = by_person(found)
        return {who: said[person] for who, person in named.items()}


def by_person(found: Found) -> dict[str, dict[str, Any]]:
    """`Crossing` as `signals.json` lays it out, by PERSONNE."""
    told: dict[str, dict[str, Any]] = {
        row["PERSONNE"]: {
            "match": row["GRADE"],
            "population": row["POPULATION"],
            "triggered": [],
            "not_evaluable": [],
            "reasons": {},
            "suppressed": row["SUPPRIME"],
            "suppressor": row["SUPPRESSEUR"],
            "a_surveiller": row["A_SURVEILLER"],
            "en_validation": [],
        }
        for row in found.people.iter_rows(named=True)
    }
    for row in found.signals.iter_rows(named=True):
        person, rule = told[row["PERSONNE"]], row["REGLE"]
        if row["RESULTAT"] == "triggered":
            person["triggered"].append(rule)
        if row["RESULTAT"] == "not_evaluable":
            person["not_evaluable"].append(rule)
            person["reasons"][rule] = row["MOTIF"]
        if row["EN_VALIDATION"]:
            person["en_validation"].append(rule)
    return told


FILES = (
    ("cnaf-beneficiaires", "cnaf/RSABEM.xml"),
    ("pe-parcours", "pe/PECG.xml"),
    ("cd-parcours", "cd/CD-PARCOURS_*.csv"),
)


@contextmanager
def settled(departement: str) -> Iterator[Settled]:
    """An empty house, gone on leaving."""
    root = Path(tempfile.mkdtemp(prefix="settled-"))
    engine: Engine = open_engine(f"sqlite:///{root / 'passerelle.sqlite'}")
    pair = generate_identity()
    store = open_folder(root / "coffre")
    archive = Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))
    try:
        yield Settled(Crossing(engine, archive, archive, MASTER, AVANT_2025), departement)
    finally:
        engine.dispose()
        shutil.rmtree(root)


def crossed(
    folder: Path,
    departement: str,
    as_of: date,
    *,
    without: Sequence[str] = (),
    order: Sequence[int] = (0, 1, 2),
) -> dict[str, dict[str, Any]]:
    """Accept the files of a folder in some order, and cross them."""
    with settled(departement) as here:
        for flow, pattern in (FILES[turn] for turn in order):
            if flow not in without:
                (path,) = folder.glob(pattern)
                here.accept(flow, path, day=as_of if flow == "cd-parcours" else None)
        return here.told(as_of)
