"""A département drawn at random, fact by fact and right by right: three files nobody wrote a scenario for.

Days are drawn around every delay of the rules, so that both sides of each are met; links of every grade,
and of none. Same arguments, same bytes. What must come of it is for `second_reading` to say.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from schemas.generator import nir as numbers

_NEAR = (0, 1, 14, 15, 29, 30, 31, 44, 45, 59, 60, 61, 69, 70, 74, 89, 90, 91, 105, 119, 120, 150)
_FAR = (163, 164, 179, 180, 183, 184, 194, 209, 210, 224, 250, 300, 400)
_SOON = (-1, -5, -30, -31)
_FIRST = ("Zoé", "ALAIN", "Jean-Pierre", "Élodie", "Cœline", "NADIA", "Aymé", "Loïc")
_NAMES = ("LE GOFF", "D'ANGELO", "Lecœur", "MARTIN", "Ben-Ali", "ROSSI", "NGUYEN", "ÉTIENNE")
_CD = {
    "DROITS_DEVOIRS": ((), ("SOUMIS", "SOUMIS", "NON_SOUMIS")),
    "ORIENTATION": (("EMPLOI", "SOCIAL", "SOCIOPRO"), ("ORIENTE", "ORIENTE", "EN_ATTENTE", "NON_ORIENTE")),
    "CONTRAT": (("CER",), ("VALIDE", "EN_ATTENTE", "EN_ATTENTE", "REFUSE", "ANNULE")),
    "RDV": (
        ("ENTRETIEN",),
        ("PREVU", "VENU", "ABSENT_EXCUSE", "ABSENT_NON_EXCUSE", "ABSENT_NON_EXCUSE", "ANNULE", "INCONNU"),
    ),
    "REFERENT": ((), ("ACTIF", "CLOS")),
    "PROCEDURE": (("EP",), ("OUVERTE", "CLOSE", "CLOSE")),
}  # fmt: skip
_COMMON = (
    "ORIENTATION",
    "ORIENTATION",
    "CONTRAT",
    "RDV",
    "RDV",
    "RDV",
    "REFERENT",
    "DROITS_DEVOIRS",
)
_ACTS = ("CHO", "ANP", "SSA", "CHO", "ANP", "CHO", "ZZZ")
_RARE_ACTS = ("CDI", "CDD", "SFP", "ETI", "CDI", "MAL")
_PAYMENT = ("06", "70", "AB", "44", "01", "CV", "85", "06")
_RIGHT = ("DL", "GL", "GJ", "DM", "DB")
_STATES = (*["2"] * 12, "3", "3", "4", "4", "4", "4", "5", "0")
_MODALITIES = ("SUI", "GUI", "REN", "GLO", "APR", None)
_INTERVIEWS = ("2020", "", "31/12/2021", "2022-02-31", None)


@dataclass(frozen=True)
class Somebody:
    turn: int
    nir: str
    birth: date
    first: str
    name: str
    used: str

    @property
    def number(self) -> str:
        return f"{self.turn:07d}"

    @property
    def pe_id(self) -> str:
        return f"800{self.turn:07d}Z"


def write_drawn(into: Path, *, departement: str, people: int, seed: int, as_of: date) -> None:
    """Write `cd/`, `cnaf/RSABEM.xml` and `pe/PECG.xml`."""
    rng = Random(f"{departement}:{seed}:{people}:{as_of}")
    draw = _Draw(rng, departement, as_of)
    everybody = [draw.somebody(turn) for turn in range(1, people + 1)]
    for folder in ("cd", "cnaf", "pe"):
        (into / folder).mkdir(parents=True, exist_ok=True)
    rows = [row for one in everybody for row in draw.facts(one)]
    known = [one for one in everybody if rng.random() < 0.96]
    at_pe = [one for one in everybody if rng.random() < 0.75]
    for some in (rows, known, at_pe):
        rng.shuffle(some)
    name = f"CD-PARCOURS_{departement}_{as_of:%Y%m%d}_000001_V1.csv"
    (into / "cd" / name).write_text("\n".join([_HEADER, *rows]) + "\n", "utf-8")
    body = "".join(draw.household(one) for one in known)
    (into / "cnaf" / "RSABEM.xml").write_text(
        _RSABEM.format(made=as_of, day=as_of - timedelta(days=15), body=body, count=len(known)),
        "iso-8859-1",
        errors="replace",
    )
    dossiers = "".join(draw.dossier(one) for one in at_pe)
    (into / "pe" / "PECG.xml").write_text(
        _PECG.format(
            place=departement, day=draw.pe_day, made=as_of, body=dossiers, count=len(at_pe)
        ),
        "iso-8859-1",
        errors="replace",
    )


_HEADER = (
    "ID_CD;NUMDEMRSA;MATRICULE;ROLE;NIR;NOM_NAISSANCE;NOM_USAGE;PRENOM;DATE_NAISSANCE;FAIT;DATE;DATE_FIN;"
    "CODE;STATUT;STRUCTURE"
)
_RSABEM = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Racine><IdentificationFlux><APPLIEME>CRI</APPLIEME><NUMVERSIONAPPLIEME>6300</NUMVERSIONAPPLIEME>
<TYPEFLUX>M</TYPEFLUX><NATFLUX>D</NATFLUX><DTCREAFLUX>{made}</DTCREAFLUX><DTREF>{day}</DTREF>
</IdentificationFlux>{body}<TransmissionFlux><NBTOTDOSRSATRANSM>{count:08d}</NBTOTDOSRSATRANSM>
<NBTOTDOSRSATRANSMANO>00000000</NBTOTDOSRSATRANSMANO></TransmissionFlux></Racine>"""
_PECG = """<?xml version="1.0" encoding="ISO-8859-1"?>
<fichier-PE-CG><entete><fichier>PECG</fichier><periodicite>M</periodicite><departement>{place}</departement>
<date-reference>{day}</date-reference><date-fabrication>{made}</date-fabrication><version>001,0</version></entete>
{body}<fin><departement>{place}</departement><date-reference>{day}</date-reference>
<nb-dossiers>{count:07d}</nb-dossiers></fin></fichier-PE-CG>"""


def _tag(name: str, text: object | None) -> str:
    return "" if text is None else f"<{name}>{text}</{name}>"


class _Draw:
    """Draws people and what each partner says of them."""

    def __init__(self, rng: Random, departement: str, as_of: date) -> None:
        self.rng, self.departement, self.as_of = rng, departement, as_of
        self.pe_day = as_of - timedelta(days=rng.choice((0, 14, 14, 45)))
        self.elsewhere = "13055" if departement != "13" else "75056"
        self.here = (departement + "105")[:5] if len(departement) == 2 else departement + "05"

    def somebody(self, turn: int) -> Somebody:
        rng = self.rng
        years = rng.choice((25, 33, 47, 58, 61))
        birth = self.as_of.replace(year=self.as_of.year - years) - timedelta(
            days=rng.randint(1, 360)
        )
        if rng.random() < 0.05:
            birth = self.as_of.replace(year=self.as_of.year - 62) + timedelta(
                days=rng.choice((0, 0, 1))
            )
        number = numbers.draw(
            rng, born=birth, woman=rng.random() < 0.5, departement=self.departement,
            provisional=rng.random() < 0.05,
        )  # fmt: skip
        name = f"{rng.choice(_NAMES)} {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[turn % 26]}{'AEIOUY'[turn // 26 % 6]}"
        return Somebody(
            turn, number, birth, rng.choice(_FIRST), name, rng.choice((name, "AUTRE NOM"))
        )

    def day(self, *more: int) -> date:
        return self.as_of - timedelta(days=self.rng.choice((*_NEAR, *_FAR, *more)))

    def facts(self, one: Somebody) -> list[str]:
        rng = self.rng
        has_nir, has_request = rng.random() < 0.7, rng.random() < 0.7
        who = [
            f"CD-{one.turn:05d}",
            f"{one.turn:011d}" if has_request else "",
            one.number if rng.random() < 0.7 or not (has_nir or has_request) else "",
            "DEM",
            numbers.with_key(one.nir)[: rng.choice((13, 15))] if has_nir else "",
            one.name, one.used, one.first, one.birth.isoformat(),
        ]  # fmt: skip
        kinds = rng.sample(_COMMON * 2, k=rng.randint(1, len(_COMMON)))
        kinds += ["PROCEDURE"] if rng.random() < 0.1 else []
        return [";".join([*who, *self.fact(kind)]) for kind in kinds]

    def fact(self, kind: str) -> list[str]:
        rng = self.rng
        codes, statuses = _CD[kind]
        start = self.day(*_SOON)
        status = rng.choice(statuses)
        if status == "PREVU" and rng.random() < 0.8:
            start = self.as_of - timedelta(days=rng.choice((*_SOON, 0)))
        if status == "INCONNU" and rng.random() < 0.5:
            status = "VENU"
        ends = {"CONTRAT": 0.8, "REFERENT": 0.4, "ORIENTATION": 0.4, "PROCEDURE": 0.5}
        end = ""
        if rng.random() < ends.get(kind, 0.0):
            end = (start + timedelta(days=rng.choice((0, 10, 30, 90, 180, 365)))).isoformat()
        code = rng.choice(codes) if codes else ""
        return [kind, start.isoformat(), end, code, status, "CCAS"]

    def household(self, one: Somebody) -> str:
        rng = self.rng
        state = rng.choice(_STATES)
        nir = one.nir if rng.random() < 0.8 else None
        activities = "".join(
            "<Activite>" + _tag("REG", "GE") + _tag("ACT", rng.choice(_ACTS if rng.random() < 0.75 else _RARE_ACTS)) + _tag("DDACT", self.day(-1))
            + _tag("DFACT", self.day(-1, -30) if rng.random() < 0.25 else None) + "</Activite>"
            for _ in range(rng.choice((0, 1, 1, 2, 3)))
        )  # fmt: skip
        leaves = "<OrganismePrenant><FONORGPRENMUT>CAF</FONORGPRENMUT></OrganismePrenant>"
        town = self.elsewhere if rng.random() < 0.04 else self.here
        address = (
            f"<Adresse><TroncCommunAdresse><RGADR>01</RGADR></TroncCommunAdresse><AdresseDetailleeFrance>"
            f"<NUMCOM>{town}</NUMCOM></AdresseDetailleeFrance></Adresse>"
        )
        return (
            "<InfosFoyerRSA><IdentificationRSA><Organisme><FONORG>CAF</FONORG><NUMORG>081</NUMORG>"
            f"<MATRICULE>{one.number}00000000</MATRICULE></Organisme><Partenaire>"
            f"<IDEPARTE>{self.departement.zfill(3)}</IDEPARTE></Partenaire><DemandeRSA><DTDEMRSA>2020-01-01"
            f"</DTDEMRSA><NUMDEMRSA>{one.turn:011d}</NUMDEMRSA></DemandeRSA>"
            f"{leaves if rng.random() < 0.03 else ''}</IdentificationRSA><Personne><Identification>"
            f"<NOM>{one.used}</NOM><NOMNAI>{one.name}</NOMNAI><PRENOM>{one.first}</PRENOM>"
            f"<DTNAI>{one.birth}</DTNAI><RGNAI>1</RGNAI><TYPEDTNAI>{rng.choice('NNNNNJ')}</TYPEDTNAI>"
            f"{_tag('NIR', nir)}</Identification><Prestations><NATPREST>RSA</NATPREST>"
            "<ROLEPERS>DEM</ROLEPERS></Prestations>"
            f"{_tag('DossierPoleEmploi', _tag('IDASSEDIC', one.pe_id[3:])) if rng.random() < 0.4 else ''}"
            "<MontantCalculDroitRSAPersonne>"
            f"{_tag('TOPPERSDRODEVORSA', rng.choice((*[1] * 18, 0, None)))}"
            f"</MontantCalculDroitRSAPersonne>{activities}</Personne><DonneesAdministratives>"
            f"{address if rng.random() < 0.95 else ''}</DonneesAdministratives><PrestationRSA>"
            f"<SituationDossierRSA><EtatDossierRSA><ETATDOSRSA>{state}</ETATDOSRSA></EtatDossierRSA>"
            f"{self.suspensions(state)}</SituationDossierRSA></PrestationRSA></InfosFoyerRSA>"
        )

    def suspensions(self, state: str) -> str:
        rng = self.rng
        block, motive, since, motives = {
            "3": ("SuspensionDroit", "MOTISUSDRORSA", "DDSUSDRORSA", _RIGHT),
            "4": ("SuspensionVersement", "MOTISUSVERSRSA", "DDSUSVERSRSA", _PAYMENT),
        }.get(state, ("", "", "", ()))
        return "".join(
            f"<{block}>{_tag(motive, rng.choice(motives))}"
            f"{_tag(since, self.day() if rng.random() < 0.9 else None)}</{block}>"
            for _ in range(rng.choice((1, 1, 2)) if block else 0)
        )

    def dossier(self, one: Somebody) -> str:
        rng, kind = self.rng, self.rng.random()
        nir: str | None = one.nir if kind < 0.6 else None
        birth = one.birth + timedelta(days=400) if kind < 0.04 else one.birth
        number = one.number if 0.6 <= kind < 0.7 else None
        first = one.first if kind < 0.9 else "Inconnue"
        name, dates = one.name.replace("-", " "), [self.day(-1) for _ in range(3)]
        begun, *left = (
            d if rng.random() < share else None
            for d, share in zip(dates, (0.9, 0.3, 0.2), strict=True)
        )
        modality, said = rng.choice(_MODALITIES), rng.choice(_INTERVIEWS)
        interview = self.day().isoformat() if rng.random() < 0.8 else said
        signed, notified = (self.day() if rng.random() < 0.5 else None for _ in range(2))
        town = self.elsewhere if rng.random() < 0.03 else self.here
        return (
            f"<dossier><individu>{_tag('nir', nir)}<nom-naissance>{name}</nom-naissance>"
            f"<prenom>{first}</prenom><date-naissance>{birth}</date-naissance>"
            f"<commune-residence>{town}</commune-residence></individu><allocataire>"
            f"{_tag('identifiant-caf', number)}<identifiant-pe>{one.pe_id}</identifiant-pe></allocataire>"
            f"<inscription>{_tag('date-debut-ide', begun)}"
            f"{_tag('code-categorie', rng.choice((*[1, 2, 3, 6] * 6, 4, 5)))}"
            f"{_tag('date-cessation-ide', left[0])}{_tag('motif-cessation-ide', left[0] and rng.choice(('90', '90', '21', '77')))}"
            f"{_tag('date-radiation-ide', left[1])}{_tag('motif-radiation-ide', left[1] and rng.choice(('92', 'CX', '43')))}"
            f"</inscription><ppae>{_tag('date-signature', signed)}{_tag('date-notification', notified)}"
            f"{_tag('modalite-code', modality)}{_tag('date-dernier-ent', interview)}</ppae></dossier>"
        )
