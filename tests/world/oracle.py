"""A second opinion on R09, R13, R13b and on the contact feed, taken from the written files alone.

Deliberately naive, slow and written in another way than anything that ships: it loads whole files,
loops, and restates the choices of the expected results one by one. It knows nothing of scenarios.
It links by NIR and birth date only, so it has an opinion on grades A, X and none, not on B, C, D.
"""

import csv
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import phonenumbers

RULES = ("R09", "R13", "R13b")
R09_DAYS, R12_DAYS = 60, 120
R13_DAYS = {"GLO": 90, "REN": 90, "GUI": 150, "SUI": 210}
R13_OTHERWISE = 180


@dataclass(frozen=True)
class Opinion:
    """What the files say of one person; `reasons` holds the rules that cannot be evaluated."""

    match: str | None
    triggered: frozenset[str]
    reasons: dict[str, str]
    awaiting: bool
    planned_soon: bool


@dataclass(frozen=True)
class PoleEmploi:
    """What `PECG.xml` holds, by the thirteen characters of the NIR."""

    reference: date
    dossiers: dict[str, list[ET.Element]]


def opinions(folder: Path, *, with_pe: bool = True) -> dict[str, Opinion]:
    """Judge everybody in the département's file of `folder`, by their identifier there."""
    (journeys,) = (folder / "cd").glob("CD-PARCOURS_*.csv")
    as_of = _read(journeys.name.split("_")[2], "%Y%m%d")
    people: dict[str, list[dict[str, str]]] = {}
    with journeys.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            people.setdefault(row["ID_CD"], []).append(row)
    numbers = _numbers_of_the_cnaf(folder / "cnaf" / "coordonnees-allocataire.txt")
    pe = _pole_emploi(folder / "pe" / "PECG.xml") if with_pe else None
    return {
        id_cd: _opinion(rows, as_of, _number(rows[0], numbers), pe)
        for id_cd, rows in people.items()
    }


def _opinion(
    rows: list[dict[str, str]], as_of: date, number: str, pe: PoleEmploi | None
) -> Opinion:
    r09, awaiting = _lapsed(rows, as_of)
    triggered = {"R09"} if r09 else set()
    planned = any(
        row["FAIT"] == "RDV"
        and row["STATUT"] == "PREVU"
        and 0 <= (_day(row["DATE"]) - as_of).days <= 30
        for row in rows
    )
    if pe is None:
        reasons = {"R13": "pe_non_recu", "R13b": "pe_non_recu"}
        return Opinion(None, frozenset(triggered), reasons, r09 and awaiting, planned)
    match, dossier = _linked(pe, number, _day(rows[0]["DATE_NAISSANCE"]))
    r13, reason = _unseen(dossier, pe.reference)
    r12 = _silent(rows, as_of)
    if r13:
        triggered.add("R13")
    if r13 and r12:
        triggered.add("R13b")
    reasons = {}
    if reason:
        reasons["R13"] = reason
        if r12:
            reasons["R13b"] = reason
    return Opinion(match, frozenset(triggered), reasons, r09 and awaiting, planned)


def _day(text: str) -> date:
    return _read(text, "%d/%m/%Y" if "/" in text else "%Y-%m-%d")


def _read(text: str, layout: str) -> date:
    return datetime.strptime(text, layout).replace(tzinfo=UTC).date()


def _numbers_of_the_cnaf(path: Path) -> dict[tuple[str, str], str]:
    roles = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}
    numbers: dict[tuple[str, str], str] = {}
    with path.open(encoding="iso-8859-15", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            role = roles[row["ROLE PERSONNE"]]
            numbers[row["NUMERO DEMANDE RSA"], role] = row["NIR"].strip()
            numbers[row["MATRICULE"].zfill(7), role] = row["NIR"].strip()
    return numbers


def _number(row: dict[str, str], numbers: dict[tuple[str, str], str]) -> str:
    own = row["NIR"].strip()
    for key in (row["NUMDEMRSA"], row["MATRICULE"].zfill(7)):
        own = own or numbers.get((key, row["ROLE"]), "")
    return own[:13]


def _pole_emploi(path: Path) -> PoleEmploi:
    root = ET.parse(path).getroot()
    dossiers: dict[str, list[ET.Element]] = {}
    for dossier in root.iter("dossier"):
        dossiers.setdefault((dossier.findtext("individu/nir") or "")[:13], []).append(dossier)
    reference = _day(root.findtext("entete/date-reference") or "")
    return PoleEmploi(reference, dossiers)


def _linked(pe: PoleEmploi, number: str, birth: date) -> tuple[str, ET.Element | None]:
    if not number.startswith(("1", "2")):
        return "none", None
    same = pe.dossiers.get(number, [])
    born = [d for d in same if d.findtext("individu/date-naissance") == birth.isoformat()]
    if not same:
        return "none", None
    if len(same) == len(born) == 1:
        return "A", born[0]
    return "X", None


def _track(rows: list[dict[str, str]], as_of: date) -> tuple[date, str] | None:
    """The current orientation: when it was decided, and its track."""
    decided = sorted(
        (_day(row["DATE"]), row["CODE"])
        for row in rows
        if row["FAIT"] == "ORIENTATION"
        and row["STATUT"] == "ORIENTE"
        and _day(row["DATE"]) <= as_of
    )
    return decided[-1] if decided and decided[-1][1] in {"SOCIAL", "SOCIOPRO"} else None


def _lapsed(rows: list[dict[str, str]], as_of: date) -> tuple[bool, bool]:
    """R09, and whether a contract begun since the decision awaits validation."""
    current = _track(rows, as_of)
    if current is None:
        return False, False
    known = [r for r in rows if r["FAIT"] == "CONTRAT" and _day(r["DATE"]) <= as_of]
    awaiting = any(r["STATUT"] == "EN_ATTENTE" and _day(r["DATE"]) >= current[0] for r in known)
    latest = date.min
    for row in known:
        end = _day(row["DATE_FIN"]) if row["DATE_FIN"] else date.max
        if row["STATUT"] == "VALIDE" and end >= current[0]:
            latest = max(latest, end)
    return latest != date.min and (as_of - latest).days >= R09_DAYS, awaiting


def _silent(rows: list[dict[str, str]], as_of: date) -> bool:
    """R12: nobody at the département has been in touch."""
    current = _track(rows, as_of)
    if current is None:
        return False
    last = current[0]
    for row in rows:
        contact = (row["FAIT"], row["STATUT"]) in {("RDV", "VENU"), ("CONTRAT", "VALIDE")}
        if contact and last < _day(row["DATE"]) <= as_of:
            last = _day(row["DATE"])
    return (as_of - last).days >= R12_DAYS


def _unseen(dossier: ET.Element | None, reference: date) -> tuple[bool, str | None]:
    """R13, or the reason why it cannot be said."""
    if dossier is None:
        return False, None
    begun, *left = (
        dossier.findtext(f"inscription/date-{tag}-ide") or ""
        for tag in ("debut", "cessation", "radiation")
    )
    if not begun or any(begun < exit_ for exit_ in left):
        return False, None
    said = dossier.findtext("ppae/date-dernier-ent")
    if not said:
        return False, "date_absente" if said is None else "date_vide"
    try:
        seen = _read(said, "%Y-%m-%d")
    except ValueError:
        return False, "date_inexploitable"
    modality = dossier.findtext("ppae/modalite-code") or ""
    return (reference - seen).days >= R13_DAYS.get(modality, R13_OTHERWISE), None


def contact_feed(path: Path) -> bytes:
    """Clean a contact file without defects the slow way, with the numbering plan as referee."""
    rows = []
    with path.open(encoding="iso-8859-15", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            numbers: list[str] = []
            for column in ("NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER"):
                number = _national(row[column])
                if number and number not in numbers:
                    numbers.append(number)
            mobiles = [n for n in numbers if n[:2] in {"06", "07"}]
            others = [n for n in numbers if n[:2] not in {"06", "07"}]
            first, second, *_ = [*mobiles, *others, "", ""]
            email = row["ADRESSE ELECTRONIQUE DOSSIER"].strip().lower()
            if first or email:
                matricule = row["MATRICULE"].zfill(7)
                key = (matricule, ["DEMANDEUR", "CONJOINT"].index(row["ROLE PERSONNE"]))
                rows.append((key, ";".join((matricule, row["NIR"].strip(), first, second, email))))
    header = (
        "MATRICULE;NIR;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;"
        "ADRESSE ELECTRONIQUE DOSSIER"
    )
    return "".join(f"{line}\n" for line in [header, *(line for _, line in sorted(rows))]).encode(
        "ascii"
    )


def _national(written: str) -> str:
    text = written.strip()
    if text.isdigit() and len(text) == 9:
        text = "0" + text
    for region in ("FR", "GP", "GF", "MQ", "RE", "YT"):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return f"0{phonenumbers.national_significant_number(number)}"
    return ""
