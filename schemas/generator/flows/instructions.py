"""New requests with their contacts and what may be done with them: IRSACG, virs0901.

1. A day's new requests: state 0 at the CAF, people the département does not follow yet.
2. Consent for the phone and for the e-mail: A agreed, R refused, I unknown. Contacts are those of the
   household's applicant, plain; a household without contacts has no `ModesContacts`.
3. No `DTREF`; the control total is not padded.
"""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TextIO

from schemas.generator import names
from schemas.generator.contacts import Contacts
from schemas.generator.dossiers import block, tag
from schemas.generator.flows.foyers import Adult, Foyer
from schemas.generator.flows.vrsb import address_block
from schemas.generator.places import partner

_SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation'


@dataclass(frozen=True, slots=True)
class Request:
    """A household and how to reach it, with its consents."""

    foyer: Foyer
    contacts: Contacts
    phone_consent: str
    email_consent: str


def consents(rng: Random) -> tuple[str, str]:
    """Draw the two consents."""
    phone, email = (rng.choices("ARI", (70, 15, 15))[0] for _ in range(2))
    return phone, email


class InstructionsFile:
    """Writes the file, request after request."""

    def __init__(self, file: TextIO, rng: Random, *, departement: str, made: date) -> None:
        self._file, self._rng, self._departement = file, rng, departement
        self.requests = self.people = 0
        file.write(
            f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<Racine {_SCHEMA}="virs0901.xsd">\n'
            + block(
                "IdentificationFlux",
                tag("APPLIEME", "NRA"),
                tag("NUMVERSIONAPPLIEME", "0370"),
                tag("TYPEFLUX", "I"),
                tag("NATFLUX", "I"),
                tag("DTCREAFLUX", made.isoformat()),
                tag("HEUCREAFLUX", "02:15:00.000"),
            )
        )

    def write(self, request: Request) -> None:
        """Write one request."""
        foyer = request.foyer
        self.requests += 1
        self.people += len(foyer.adults)
        self._file.write(
            block(
                "InfoDemandeRSA",
                self._identification(foyer),
                *(_person(adult) for adult in foyer.adults),
                block(
                    "DonneesAdministratives",
                    block(
                        "SituationFamille",
                        tag("SITFAM", "VIM" if len(foyer.adults) > 1 else "CEL"),
                        tag("DDSITFAM", foyer.requested.isoformat()),
                    ),
                    address_block(foyer.addresses[0]),
                    _ways(request),
                    block("Logement", tag("TYPEOCCLOG", "HGP")),
                ),
                block("PrestationRSA", tag("MTESTRSA", f"{self._rng.randint(100, 600):07d}.00")),
            )
        )

    def finish(self) -> None:
        """Write the control total."""
        total = tag("NBTOTDEMRSATRANSM", f"{self.requests}")
        self._file.write(block("TransmissionFlux", total) + "</Racine>\n")

    def _identification(self, foyer: Foyer) -> str:
        return block(
            "IdentificationRSA",
            block(
                "Organisme",
                tag("FONORG", foyer.kind),
                tag("NUMORG", foyer.fund),
                tag("MATRICULE", foyer.matricule),
                tag("STATUDEMRSA", "N"),
            ),
            block(
                "Partenaire",
                tag("TYPEPARTE", "CG  "),
                tag("IDEPARTE", partner(self._departement)),
            ),
            block(
                "DemandeRSA",
                tag("DTDEMRSA", foyer.requested.isoformat()),
                tag("NUMDEMRSA", foyer.numdemrsa),
            ),
            block("SuiviInstruction", tag("SUIIRSA", "01")),
        )


def _person(adult: Adult) -> str:
    person, named = adult.person, adult.named
    return block(
        "Personne",
        block(
            "Identification",
            tag("QUAL", "MME" if person.woman else "MR"),
            tag("NOM", names.latin(names.plain(named.used))),
            tag("NOMNAI", names.latin(names.plain(named.birth))),
            tag("PRENOM", names.latin(names.plain(named.first))),
            tag("DTNAI", adult.birth.isoformat()),
            tag("TYPEDTNAI", adult.certainty),
            tag("NIR", adult.nir) if adult.nir else "",
            tag("SEXE", "2" if person.woman else "1"),
        ),
        block("Nationalite", tag("NATI", "F")),
        block("Prestations", tag("NATPREST", "RSA"), tag("ROLEPERS", adult.role)),
        block("Activite", tag("ACT", adult.activities[-1].code)),
    )


def _ways(request: Request) -> str:
    phone, email = next(filter(None, request.contacts.phones), ""), request.contacts.email
    parts = (
        tag("NUMTEL", phone) + tag("AUTORUTITEL", request.phone_consent) if phone else "",
        tag("ADRELEC", email) + tag("AUTORUTIADRELEC", request.email_consent) if email else "",
    )
    return block("ModesContacts", *parts) if any(parts) else ""
