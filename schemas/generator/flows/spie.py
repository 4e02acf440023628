"""Pôle emploi's SPIE extracts, as the carnet de bord received them: 44 and 11 columns.

1. `;`, UTF-8, LF, `NULL` for nothing, days as `AAAA-MM-JJ 00:00:00.0`. No NIR and no number of Pôle
   emploi: people are known by a UUID, the same in both files.
2. Nine dossiers in ten are there; one in twelve is not of the RSA (`brsa` other than O).
3. The columns on difficulties are filled at random: nobody should read them.
"""

from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TextIO
from uuid import UUID

from schemas.generator import names, pe
from schemas.generator.dossiers import Dossier, Told
from schemas.generator.flows import namings
from schemas.generator.scenarios import Missing
from schemas.generator.wishes import Wishes

FLOW = "pe-spie"
_STEM = "i03300c.j.extract_spie_carnet_spie_carnet_de_bord_"
PRINCIPAL, ACTIONS = f"{_STEM}principal.csv", f"{_STEM}actions.csv"
# fmt: off
COLUMNS = (
    "identifiant_unique_de", "civilite", "nom", "prenom", "lieu_naissance", "code_lieu_naissance",
    "date_naissance", "adresse_ligne2", "adresse_ligne3", "adresse_ligne4", "adresse_ligne5",
    "adresse_ligne6", "departement", "dr", "rome_1", "appelation_rome_1", "rome_2",
    "appelation_rome_2", "mrech.axetravailprincipal", "mrech.axetravailsecondaire",
    "der_entretien_ppae", "der_entretien", "inscription", "code_motif_inscription",
    "motif_inscription", "categorie_inscription", "struct_principale", "referent_civilite",
    "referent_nom", "referent_prenom", "referent_mail", "code_safir", "modalite_accompagnement",
    "struct_suivi", "suivi_debut", "suivi_fin_prev", "dif_financiere", "dif_admin_jur", "dif_sante",
    "dif_logement", "dif_transport", "dif_inser_com", "dif_familiale", "brsa",
)
# fmt: on
ACTION_COLUMNS = (
    "identifiant_unique_de",
    "codeaction",
    "lblaction",
    "objectif_formation",
    "date_prescription",
    "date_realisation_action",
    "date_prev_debut",
    "date_debut",
    "date_fin",
    "formation",
    "adr.dc_commune_id",
)
NULL = "NULL"
_MODALITIES = {"SUI": "SUIVI", "GUI": "GUIDE", "REN": "RENFORCE", "GLO": "GLOBAL"}
_ACTIONS = (("A01", "Faire le point sur sa situation"), ("F12", "Se préparer à un métier"))
_DIFFICULTIES = 7


def identifier(seed: int, pe_id: str) -> str | None:
    """Give the UUID of a dossier in SPIE, None for the one in ten that is not there."""
    digest = sha256(f"spie:{seed}:{pe_id}".encode()).digest()
    return None if digest[-1] % 10 == 0 else str(UUID(bytes=digest[:16], version=4))


class SpieFiles:
    """Writes both files."""

    def __init__(self, principal: TextIO, actions: TextIO, wishes: Wishes) -> None:
        self._principal, self._actions, self._seed = principal, actions, wishes.seed
        self._departement, self._reference = wishes.departement, pe.reference_date(wishes.as_of)
        self.rows = self.actions = self.outside = 0
        principal.write(";".join(COLUMNS) + "\n")
        actions.write(";".join(ACTION_COLUMNS) + "\n")

    def write(self, dossier: Dossier, told: Told) -> None:
        """Write a dossier and its actions, if SPIE knows it."""
        number = identifier(self._seed, dossier.pe_id)
        if number is None:
            return
        rng = namings.own(self._seed, FLOW, dossier.pe_id)
        self.rows += 1
        row = self._row(rng, number, dossier, told)
        self.outside += row[-1] != "O"
        self._principal.write(";".join(row) + "\n")
        for _ in range(rng.choices((0, 1, 2), (50, 35, 15))[0]):
            self.actions += 1
            self._actions.write(";".join(self._action(rng, number, dossier)) + "\n")

    def _row(self, rng: Random, number: str, dossier: Dossier, told: Told) -> tuple[str, ...]:
        person, story = dossier.person, dossier.story
        named = namings.named(self._seed, FLOW, dossier.pe_id, person)
        seen = NULL if isinstance(story.interview, Missing) else self._day(story.interview)
        registered = self._day(story.registered)
        difficulties = (rng.choice(("OUI", NULL, NULL)) for _ in range(_DIFFICULTIES))
        return (
            number,
            "MME" if person.woman else "MR",
            names.spelling(rng, named.only),
            names.spelling(rng, named.first),
            "COMMUNE INVENTÉE",
            f"{person.nir[5:10]}",
            f"{person.birth} 00:00:00.0",
            *(NULL, "1 RUE INVENTÉE", NULL, NULL, "VILLE INVENTÉE"),
            *(self._departement, NULL, "K2204", "Nettoyage de locaux", NULL, NULL, NULL, NULL),
            *(seen, seen, registered, "01", "PREMIERE INSCRIPTION", told.category),
            *("POLE EMPLOI INVENTÉ", *(NULL,) * 4, told.agency),
            _MODALITIES.get(story.modality, NULL),
            *("POLE EMPLOI INVENTÉ", registered, NULL),
            *difficulties,
            rng.choice(("N", NULL)) if rng.randrange(12) == 0 else "O",
        )

    def _action(self, rng: Random, number: str, dossier: Dossier) -> tuple[str, ...]:
        code, label = rng.choice(_ACTIONS)
        prescribed = rng.randint(1, max(dossier.story.registered, 2))
        done = self._day(prescribed - 1) if rng.random() < 0.6 else NULL
        days = (self._day(prescribed), done, NULL, NULL, done)
        return (number, code, label, NULL, *days, NULL, dossier.town)

    def _day(self, before: int) -> str:
        return f"{self._reference - timedelta(days=before)} 00:00:00.0"
