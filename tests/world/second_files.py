"""A second reading of a département's files: who is who, in plain Python, one person after the other.

It shares nothing with what ships: csv, ElementTree and loops, written from the choices of the expected
results (points 9 to 12). Slow on purpose.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

Row = dict[str, str]


@dataclass
class Right:
    """One adult of a household, as the CNAF's monthly file tells it."""

    number: str
    matricule: str
    role: str
    nir: str
    names: set[str]
    first: str
    birth: str
    certain: bool
    short_pe: str
    subject: str
    state: str
    suspensions: list[tuple[str, str, str]]
    activities: list[tuple[str, str, str]]
    commune: str
    leaves: bool


@dataclass
class Reading:
    """What the three files say of one ID_CD."""

    rows: list[Row]
    right: Right | None
    match: str | None = "none"
    dossier: ET.Element | None = None
    nirs: set[str] = field(default_factory=set)


@cache
def day(text: str) -> date | None:
    """AAAA-MM-JJ or JJ/MM/AAAA; None when it is neither, or no such day."""
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
        text = f"{found[3]}-{found[2]}-{found[1]}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@cache
def plain(name: str) -> str:
    opened = name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    bare = "".join(c for c in unicodedata.normalize("NFKD", opened) if not unicodedata.combining(c))
    return " ".join(re.sub("[^A-Z]", " ", bare.upper()).split())


def sure(nir: str) -> set[str]:
    return {nir.strip()[:13]} if nir.strip()[:1] in {"1", "2"} else set()


def read_people(
    folder: Path, *, with_pe: bool = True
) -> tuple[date, date | None, dict[str, Reading]]:
    """As-of date, Pôle emploi's reference date, and every ID_CD."""
    (path,) = (folder / "cd").glob("CD-PARCOURS_*.csv")
    stamp = path.name.split("_")[2]
    as_of = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
    people: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            people.setdefault(row["ID_CD"], []).append(row)
    rights = _rights(folder / "cnaf" / "RSABEM.xml")
    readings = {who: Reading(rows, None) for who, rows in people.items()}
    _know(readings, rights)
    if not with_pe:
        for reading in readings.values():
            reading.match = None
        return as_of, None, readings
    root = ET.parse(folder / "pe" / "PECG.xml").getroot()
    _link(readings, list(root.iter("dossier")))
    return as_of, day(root.findtext("entete/date-reference", "")), readings


def _rights(path: Path) -> list[Right]:
    found = []
    for foyer in ET.parse(path).getroot().iter("InfosFoyerRSA"):
        situation = foyer.find("PrestationRSA/SituationDossierRSA")
        suspensions = [
            (block.tag, block.findtext(motive, ""), block.findtext(since, ""))
            for tag, motive, since in (
                ("SuspensionDroit", "MOTISUSDRORSA", "DDSUSDRORSA"),
                ("SuspensionVersement", "MOTISUSVERSRSA", "DDSUSVERSRSA"),
            )
            for block in ([] if situation is None else situation.iter(tag))
        ]
        for person in foyer.iter("Personne"):
            (role,) = (
                p.findtext("ROLEPERS", "")
                for p in person.iter("Prestations")
                if p.findtext("NATPREST") == "RSA"
            )
            if role in {"DEM", "CJT"}:
                found.append(_right(foyer, person, role, suspensions))
    return found


def _right(
    foyer: ET.Element, person: ET.Element, role: str, suspensions: list[tuple[str, str, str]]
) -> Right:
    def text(path: str, of: ET.Element = person) -> str:
        return of.findtext(path, "").strip()

    communes = [
        text("AdresseDetailleeFrance/NUMCOM", address)
        for address in foyer.iter("Adresse")
        if text("TroncCommunAdresse/RGADR", address) == "01"
    ]
    return Right(
        number=text("IdentificationRSA/DemandeRSA/NUMDEMRSA", foyer),
        matricule=text("IdentificationRSA/Organisme/MATRICULE", foyer)[:7],
        role=role,
        nir=text("Identification/NIR"),
        names={plain(text(f"Identification/{tag}")) for tag in ("NOM", "NOMNAI")},
        first=plain(text("Identification/PRENOM")),
        birth=text("Identification/DTNAI"),
        certain=text("Identification/TYPEDTNAI") == "N",
        short_pe=text("DossierPoleEmploi/IDASSEDIC"),
        subject=text("MontantCalculDroitRSAPersonne/TOPPERSDRODEVORSA"),
        state=text("PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA", foyer),
        suspensions=suspensions,
        activities=[
            (text("ACT", a), text("DDACT", a), text("DFACT", a)) for a in person.iter("Activite")
        ],
        commune=communes[0] if communes else "",
        leaves=foyer.find("IdentificationRSA/OrganismePrenant") is not None,
    )


def _know(readings: dict[str, Reading], rights: list[Right]) -> None:
    """Point 9: the CNAF's rights of each person, by the first key that meets."""
    for reading in readings.values():
        row = reading.rows[0]
        birth = day(row["DATE_NAISSANCE"])
        near = [r for r in rights if day(r.birth) == birth]
        matricule = row["MATRICULE"].zfill(7) if row["MATRICULE"] else ""
        ways = (
            [r for r in near if row["NUMDEMRSA"] == r.number and row["ROLE"] == r.role],
            [r for r in near if matricule == r.matricule and row["ROLE"] == r.role],
            [r for r in near if sure(row["NIR"]) & sure(r.nir)],
        )
        reading.right = next((met[0] for met in ways if len(met) == 1), None)
        reading.nirs = sure(row["NIR"]) | (sure(reading.right.nir) if reading.right else set())


def _link(readings: dict[str, Reading], dossiers: list[ET.Element]) -> None:
    """Point 10: passes of decreasing grade; who is linked leaves, who has a choice is X."""
    free = list(readings.values())
    for grade in "ABCD":
        pairs = [(r, d) for r in free for d in dossiers if _meets(grade, r, d)]
        for reading, dossier in pairs:
            ours = sum(r is reading for r, _ in pairs)
            theirs = sum(d is dossier for _, d in pairs)
            fits = grade == "A" or not _apart(reading, dossier)
            reading.match = grade if ours == theirs == 1 and fits else "X"
            reading.dossier = dossier if reading.match in {"A", "B", "C"} else None
        if grade == "A":
            for reading in free:
                if reading.match == "none" and any(_told(d) & reading.nirs for d in dossiers):
                    reading.match = "X"
        free = [r for r in free if r.match == "none"]
        taken = [d for r, d in pairs if r.dossier is d]
        dossiers = [d for d in dossiers if not any(d is t for t in taken)]


def _told(dossier: ET.Element) -> set[str]:
    return sure(dossier.findtext("individu/nir", ""))


def _apart(reading: Reading, dossier: ET.Element) -> bool:
    told = _told(dossier)
    return bool(told and reading.nirs and not told & reading.nirs)


def _meets(grade: str, reading: Reading, dossier: ET.Element) -> bool:
    row, right = reading.rows[0], reading.right
    if day(dossier.findtext("individu/date-naissance", "")) != day(row["DATE_NAISSANCE"]):
        return False
    if grade == "A":
        return bool(_told(dossier) & reading.nirs)
    if grade == "D":
        short = dossier.findtext("allocataire/identifiant-pe", "")[3:]
        return right is not None and right.short_pe != "" and right.short_pe == short
    firsts = {plain(row["PRENOM"])} | ({right.first} if right else set())
    same_first = plain(dossier.findtext("individu/prenom", "")) in firsts - {""}
    return same_first and (_same_number if grade == "B" else _same_name)(row, right, dossier)


def _same_number(row: Row, right: Right | None, dossier: ET.Element) -> bool:
    numbers = {row["MATRICULE"].zfill(7)} if row["MATRICULE"] else set()
    numbers |= {right.matricule} if right else set()
    theirs = dossier.findtext("allocataire/identifiant-caf", "")
    return theirs != "" and theirs.zfill(7) in numbers


def _same_name(row: Row, right: Right | None, dossier: ET.Element) -> bool:
    if right is None or not right.certain:  # nobody else says how sure the date is
        return False
    names = {plain(row["NOM_NAISSANCE"]), plain(row["NOM_USAGE"])} | right.names
    tags = ("nom-naissance", "nom-marital")
    said = {plain(dossier.findtext(f"individu/{tag}", "")) for tag in tags}
    return bool((names & said) - {""})
