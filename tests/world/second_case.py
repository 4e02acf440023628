"""One person on one day, as the second reading sees them: their facts, their right, what Pôle emploi says."""

from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET

from tests.world.second_files import Reading, Right, day


@dataclass
class Fact:
    kind: str
    start: date
    end: date | None
    code: str
    status: str


@dataclass
class AtPe:
    """What Pôle emploi says of somebody linked."""

    state: str = ""
    since: date | None = None
    motive: str = ""
    category: str = ""
    exits: tuple[date, ...] = ()
    ppae: tuple[date, ...] = ()
    modality: str = ""
    interview: date | None = None
    reason: str = ""
    commune: str = ""


@dataclass
class Case:
    """One person on one day."""

    as_of: date
    pe_day: date | None
    departement: str
    match: str | None
    birth: date
    facts: list[Fact]
    right: Right | None
    pe: AtPe

    def of(self, kind: str, *statuses: str) -> list[Fact]:
        return [
            f
            for f in self.facts
            if f.kind == kind and f.start <= self.as_of and (not statuses or f.status in statuses)
        ]

    @property
    def orientation(self) -> Fact | None:
        told = self.of("ORIENTATION", "ORIENTE")
        return max(told, key=lambda f: (f.start, f.end or date.min, f.code), default=None)

    def covering(self, *statuses: str) -> list[Fact]:
        decided = self.orientation
        if decided is None:
            return []
        return [f for f in self.of("CONTRAT", *statuses) if f.end is None or f.end >= decided.start]

    @property
    def is_social(self) -> bool:
        return self.orientation is not None and self.orientation.code in {"SOCIAL", "SOCIOPRO"}


def case_of(reading: Reading, departement: str, as_of: date, pe_day: date | None) -> Case:
    facts = [
        Fact(r["FAIT"], d, day(r["DATE_FIN"]), r["CODE"], r["STATUT"])
        for r in reading.rows
        if (d := day(r["DATE"])) is not None
    ]
    birth = day(reading.rows[0]["DATE_NAISSANCE"])
    assert birth is not None
    pe = AtPe() if pe_day is None or reading.dossier is None else at_pe(reading.dossier, as_of)
    match = reading.match if pe_day else None
    return Case(as_of, pe_day, departement, match, birth, facts, reading.right, pe)


def at_pe(dossier: ET.Element, as_of: date) -> AtPe:
    def when(path: str) -> date | None:
        found = day(dossier.findtext(path, ""))
        return found if found and found <= as_of and "/" not in dossier.findtext(path, "") else None

    told = AtPe(commune=dossier.findtext("individu/commune-residence", ""))
    for state, tag in (("registered", "debut"), ("ceased", "cessation"), ("removed", "radiation")):
        found = when(f"inscription/date-{tag}-ide")
        if found and (told.since is None or found > told.since):
            told.state, told.since = state, found
        if found and state != "registered":
            told.exits = (*told.exits, found)
    if told.state == "registered":
        told.category = dossier.findtext("inscription/code-categorie", "")
    elif told.state:
        tag = {"ceased": "cessation", "removed": "radiation"}[told.state]
        told.motive = dossier.findtext(f"inscription/motif-{tag}-ide", "")
    signed = (when("ppae/date-signature"), when("ppae/date-notification"))
    told.ppae = tuple(d for d in signed if d)
    told.modality = dossier.findtext("ppae/modalite-code", "")
    said = dossier.findtext("ppae/date-dernier-ent")
    told.interview = when("ppae/date-dernier-ent")
    if told.interview is None:
        told.reason = (
            "date_absente"
            if said is None
            else "date_inexploitable"
            if said.strip()
            else "date_vide"
        )
    return told
