"""One dossier of Pôle emploi, tag by tag; every block but the first three may be missing."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from schemas.generator import names, nir
from schemas.generator.people import Person
from schemas.generator.scenarios import Missing, Story

_MODALITIES = {
    "SUI": "suivi",
    "GUI": "guidé",
    "REN": "renforcé",
    "GLO": "global",
    "APR": "à approfondir",
}
CATEGORIES = {
    "1": "IMMEDIATEMENT DISPONIBLE, CDI TEMPS PLEIN",
    "2": "CDI TEMPS PARTIEL",
    "3": "CDD, MISSION, SAISON",
    "6": "COMME 1, PLUS DE 78 H DANS LE MOIS",
}
_STRUCK = {
    "92": "NON REPONSE A CONVOCATION SUSPENSION DE DEUX MOIS",
    "CX": "REFUS ACTION INSERTION SUSPENSION DE QUINZE JOURS",
    "8X": "INSUFFISANCE DE RECHERCHE D'EMPLOI SUSPENSION DE QUINZE JOURS",
}
CESSATION = ("90", "ABSENCE AU CONTROLE (NON REPONSE A DAM)")
_OFFICES = ("CENTRE", "NORD", "SUD", "GARE")
_TRADES = (("K2204", "Nettoyage de locaux"), ("N1103", "Magasinage"), ("G1602", "Cuisine"))
_LEVELS = (("NV5", "CAP, BEP"), ("NV4", "BAC"), ("AFS", "SANS DIPLOME"))


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person as Pôle emploi knows them. `matricule` may be empty."""

    person: Person
    pe_id: str
    matricule: str
    town: str
    story: Story


@dataclass(frozen=True, slots=True)
class Told:
    """What a dossier said that was drawn while writing it: the lists must say the same."""

    agency: str
    category: str
    struck_code: str
    struck_label: str


class Scribe:
    """Writes the dossiers of one département at one reference date."""

    def __init__(self, rng: Random, departement: str, reference: date) -> None:
        self._rng, self._departement, self._reference = rng, departement, reference
        # Corsica never changed its postcodes: both halves still begin with 20.
        self._postal = "20" if departement in {"2A", "2B"} else departement
        self.told = Told("", "", "", "")

    def dossier(self, dossier: Dossier) -> str:
        """Write a dossier."""
        return block(
            "dossier",
            self._person(dossier),
            self._allocataire(dossier),
            self._registration(dossier.story),
            self._asides(),
            self._ppae(dossier.story),
        )

    def _person(self, dossier: Dossier) -> str:
        rng, person = self._rng, dossier.person
        number = person.nir if rng.random() < 0.6 else nir.with_key(person.nir)
        married = person.used_name != person.surname
        return block(
            "individu",
            tag("nir", number),
            tag("nom-naissance", names.latin(names.spelling(rng, person.surname))),
            tag("nom-marital", names.latin(names.spelling(rng, person.used_name)))
            if married
            else "",
            tag("prenom", names.latin(names.spelling(rng, person.first_name))),
            tag("date-naissance", person.birth.isoformat()),
            tag("certification-identite", "O"),
            tag("commune-residence", dossier.town),
        )

    def _allocataire(self, dossier: Dossier) -> str:
        agency = f"{self._departement}{self._rng.randint(1, 9):03d}"[:5]
        self.told = replace(self.told, agency=agency)
        return block(
            "allocataire",
            tag("identifiant-caf", dossier.matricule.lstrip("0")) if dossier.matricule else "",
            tag("code-pe", agency),
            tag("identifiant-pe", dossier.pe_id),
        )

    def _registration(self, story: Story) -> str:
        category = self._rng.choice(sorted(CATEGORIES))
        cessation = self._exit("cessation", story.ceased, *CESSATION)
        struck = self._rng.choice(sorted(_STRUCK.items()))
        self.told = Told(self.told.agency, category, *struck)
        return block(
            "inscription",
            tag("date-debut-ide", self._day(story.registered)),
            tag("code-categorie", category),
            tag("lib-categorie", CATEGORIES[category]),
            cessation,
            self._exit("radiation", story.struck, *struck),
        )

    def _exit(self, kind: str, before: int | None, code: str, label: str) -> str:
        if before is None:
            return ""
        return (
            tag(f"date-{kind}-ide", self._day(before))
            + tag(f"motif-{kind}-ide", code)
            + tag(f"lib-{kind}-ide", label)
        )

    def _asides(self) -> str:
        """Blocks no rule reads, present or not."""
        rng, text = self._rng, ""
        if rng.random() < 0.8:
            office, postcode = rng.choice(_OFFICES), f"{self._postal}{rng.randint(10, 99)}0"[:5]
            text += block(
                "suivi",
                block(
                    "structure-principale",
                    tag("nom", f"POLE EMPLOI {office}"),
                    tag("voie", "1 RUE DE LA GARE"),
                    tag("code-postal", postcode),
                    tag("bureau", office),
                ),
            )
        if rng.random() < 0.4:
            level, label = rng.choice(_LEVELS)
            text += block("formation", tag("code-niveau", level), tag("lib-niveau", label))
        if rng.random() < 0.35:
            trade, label = rng.choice(_TRADES)
            text += block("romev3", tag("code-rome", trade), tag("lib-rome", label))
        return text

    def _ppae(self, story: Story) -> str:
        if story.interview is Missing.NO_BLOCK:
            return ""
        signed = max(story.registered - 15, 0)
        modality = story.modality
        return block(
            "ppae",
            tag("conseiller-pe", f"CONSEILLER {self._rng.randint(1, 40)}"),
            tag("date-signature", self._day(signed)),
            tag("date-notification", self._day(signed)) if self._rng.random() < 0.1 else "",
            tag("modalite-code", modality) if modality else "",
            tag("modalite-libelle", _MODALITIES[modality]) if modality else "",
            self._interview(story.interview),
        )

    def _interview(self, interview: int | Missing) -> str:
        long_ago = self._reference - timedelta(days=250)
        written = {
            Missing.NO_TAG: None,
            Missing.EMPTY: "",
            Missing.YEAR: f"{long_ago:%Y}",
            Missing.IMPOSSIBLE: f"{long_ago:%Y}-02-30",
            Missing.FRENCH: f"{long_ago:%d/%m/%Y}",
        }
        text = self._day(interview) if isinstance(interview, int) else written[interview]
        return "" if text is None else tag("date-dernier-ent", text)

    def _day(self, before: int) -> str:
        return (self._reference - timedelta(days=before)).isoformat()


def tag(name: str, text: str) -> str:
    """Write an element that holds text."""
    return f"<{name}>{text}</{name}>\n"


def block(name: str, *parts: str) -> str:
    """Write an element that holds elements, one a line."""
    return f"<{name}>\n{''.join(parts)}</{name}>\n"
