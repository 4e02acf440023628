"""Monthly and daily beneficiaries (RSABEM, RSABEI, MSABEM, MSABEI) and their anomalies: vrsb0801.

1. ISO-8859-1, one tag per line. CAF: MATRICULE of seven digits and eight zeros, NIR without key,
   TYPEPARTE padded to four. MSA: fifteen significant digits, NIR with key, no padding.
2. Events are told by daily files only; an anomaly file has an empty `SituationDossierRSA`, says why in
   `LIBANO`, which begins with the matricule, and counts anomalies only.
3. Health blocks are never written: no reader may want them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import TextIO

from schemas.generator import names, nir
from schemas.generator.dossiers import block, tag
from schemas.generator.flows import situations
from schemas.generator.flows.foyers import Activity, Adult, Child, Foyer, Transfer
from schemas.generator.people import Person
from schemas.generator.places import Address, partner

_SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation'
_MADE_AT = time(4, 12, 31)


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells one file from another."""

    application: str
    version: str
    daily: bool = False
    anomalies: bool = False


CAF_MONTHLY = Kind("CRI", "6300")
CAF_DAILY = Kind("CRI", "6300", daily=True)
CAF_ANOMALIES = Kind("CRI", "6300", anomalies=True)
MSA_MONTHLY = Kind("AGO", "0801")
MSA_DAILY = Kind("AGO", "0801", daily=True)


class FoyersFile:
    """Writes one file, household after household."""

    def __init__(
        self,
        file: TextIO,
        rng: Random,
        kind: Kind,
        *,
        departement: str,
        made: date,
        reference: date,
    ) -> None:
        self._file, self._rng, self._kind, self._departement = file, rng, kind, departement
        self.foyers = self.people = 0
        schema = "" if kind.anomalies else f' {_SCHEMA}="vrsb0801.xsd"'
        file.write(f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<Racine{schema}>\n')
        file.write(
            block(
                "IdentificationFlux",
                tag("APPLIEME", kind.application),
                tag("NUMVERSIONAPPLIEME", kind.version),
                tag("TYPEFLUX", "I" if kind.daily else "M"),
                tag("NATFLUX", "D"),
                tag("DTCREAFLUX", made.isoformat()),
                tag("HEUCREAFLUX", f"{datetime.combine(made, _MADE_AT):%H:%M:%S}.0000"),
                tag("DTREF", reference.isoformat()),
            )
        )

    def write(self, foyer: Foyer) -> None:
        """Write one household."""
        self.foyers += 1
        self.people += foyer.people
        self._file.write(
            block(
                "InfosFoyerRSA",
                _identification(foyer, self._departement),
                *(self._adult(adult, foyer) for adult in foyer.adults),
                *(_child(child, foyer) for child in foyer.children),
                self._administrative(foyer),
                self._right(foyer),
                *(self._event(foyer) if self._kind.daily else ()),
                self._anomaly(foyer) if self._kind.anomalies else "",
            )
        )

    def finish(self, anomalies: int = 0) -> None:
        """Write the control totals; an anomaly file only counts anomalies."""
        read = "" if self._kind.anomalies else tag("NBTOTDOSRSATRANSM", f"{self.foyers:08d}")
        count = self.foyers if self._kind.anomalies else anomalies
        end = block("TransmissionFlux", read, tag("NBTOTDOSRSATRANSMANO", f"{count:08d}"))
        self._file.write(end + "</Racine>\n")

    def _adult(self, adult: Adult, foyer: Foyer) -> str:
        person, named = adult.person, adult.named
        spell = names.plain if self._rng.random() < 0.7 else str.upper
        return block(
            "Personne",
            block(
                "Identification",
                tag("QUAL", "MME" if person.woman else "MR"),
                tag("NOM", names.latin(spell(named.used))),
                tag("NOMNAI", names.latin(spell(named.birth))),
                tag("PRENOM", names.latin(spell(named.first))),
                tag("NOMCOMNAI", "COMMUNE INVENTÉE"),
                tag("DTNAI", adult.birth.isoformat()),
                tag("RGNAI", f"{adult.rank}"),
                tag("TYPEDTNAI", adult.certainty),
                tag("NIR", adult.nir) if adult.nir else "",
                tag("TOPVALIEC", "0" if adult.nir[:1] in {"7", "8"} else "1") if adult.nir else "",
                tag("SEXE", "2" if person.woman else "1"),
            ),
            _file_of(holder=adult.benefits_role == "DEM", since=foyer.requested),
            _roles(adult.benefits_role, adult.role, dependent="0"),
            block("DossierPoleEmploi", tag("IDASSEDIC", adult.pe_short)) if adult.pe_short else "",
            block(
                "MontantCalculDroitRSAPersonne",
                tag("TOPPERSDRODEVORSA", "1" if adult.duties else "0"),
                tag("TOPPERSENTDRODEVORSA", "1") if adult.entering and self._kind.daily else "",
                tag("MTPERSRESSMENRSA", "0000000.00"),
            ),
            *(_activity(activity) for activity in adult.activities),
        )

    def _administrative(self, foyer: Foyer) -> str:
        couple = len(foyer.adults) > 1
        status = self._rng.choice(("MAR", "VIM", "PAC") if couple else ("CEL", "DIV", "SEP"))
        return block(
            "DonneesAdministratives",
            block(
                "SituationFamille",
                tag("SITFAM", status),
                tag("DDSITFAM", foyer.requested.isoformat()),
                tag("REGAGRIFAM", "SA") if foyer.kind == "MSA" else "",
            ),
            *(address_block(address) for address in foyer.addresses),
        )

    def _right(self, foyer: Foyer) -> str:
        since = foyer.requested.isoformat()
        standing = tag("SituationDossierRSA", "")
        if not self._kind.anomalies:
            standing = situations.told(foyer.situation)
        return block(
            "PrestationRSA",
            standing,
            block(
                "DetailDroitRSA",
                block(
                    "TroncCommunDroitRSA",
                    tag("TOPSANSDOMFIXE", "0"),
                    tag("NBENFAUTCHA", f"{len(foyer.children):02d}"),
                    tag("ORIDEMRSA", "DEM"),
                    tag("DTORIDEMRSA", since),
                    tag("TOPFOYDRODEVORSA", "1" if any(a.duties for a in foyer.adults) else "0"),
                ),
                block(
                    "DetailCalculDroitRSA",
                    tag("NATPF", "RSD"),
                    tag("SOUSNATPF", "RSDN1"),
                    tag("DDNATDRO", since),
                ),
            ),
        )

    def _event(self, foyer: Foyer) -> list[str]:
        return [
            block(
                "Evenement",
                tag("DTLIQ", day.isoformat()),
                tag(
                    "HEULIQ",
                    f"{self._rng.randint(6, 20):02d}:{self._rng.randint(0, 59):02d}:00.0000",
                ),
                tag("FG", what),
            )
            for day, what in foyer.events
        ]

    def _anomaly(self, foyer: Foyer) -> str:
        why = self._rng.choice(("DATE DE NAISSANCE INCOHERENTE", "ADRESSE INCOMPLETE"))
        return block("Anomalie", tag("LIBANO", f"DOSSIER {foyer.matricule[:7]} : {why}"))


def _identification(foyer: Foyer, departement: str) -> str:
    return block(
        "IdentificationRSA",
        block(
            "Organisme",
            tag("FONORG", foyer.kind),
            tag("NUMORG", foyer.fund),
            tag("MATRICULE", foyer.matricule),
        ),
        block(
            "Partenaire",
            tag("TYPEPARTE", "CG  " if foyer.kind == "CAF" else "CG"),
            tag("IDEPARTE", partner(departement)),
        ),
        block(
            "DemandeRSA",
            tag("DTDEMRSA", foyer.requested.isoformat()),
            tag("NUMDEMRSA", foyer.numdemrsa),
        ),
        _transfer(foyer.transfer),
    )


def _transfer(transfer: Transfer | None) -> str:
    if transfer is None:
        return ""
    since = transfer.since.isoformat()
    if not transfer.arriving:
        return block(
            "OrganismePrenant",
            tag("FONORGPRENMUT", "CAF"),
            tag("NUMORGPRENMUT", transfer.fund),
            tag("DDDEPAMUT", since),
        )
    return block(
        "OrganismeCedant",
        tag("FONORGCEDMUT", "CAF"),
        tag("NUMORGCEDMUT", transfer.fund),
        tag("MATRICULEORGCEDMUT", transfer.matricule) if transfer.matricule else "",
        tag("DDARRMUT", since),
    )


def _file_of(*, holder: bool, since: date) -> str:
    return block(
        "DossierCAF", tag("TOPRESPDOS", "1" if holder else "0"), tag("DDRATDOS", since.isoformat())
    )


def _roles(benefits: str, rsa: str, *, dependent: str) -> str:
    return "".join(
        block("Prestations", tag("NATPREST", nature), tag("ROLEPERS", role), tag("TOPCHAPERS", top))
        for nature, role, top in (("PFA", benefits, dependent), ("RSA", rsa, "1"))
    )


def _activity(activity: Activity) -> str:
    return block(
        "Activite",
        tag("REG", "GE"),
        tag("ACT", activity.code),
        tag("DDACT", activity.since.isoformat()),
        tag("DFACT", activity.until.isoformat()) if activity.until else "",
    )


def _child(child: Child, foyer: Foyer) -> str:
    surname, first = (names.latin(names.plain(w)) for w in (child.surname, child.first_name))
    return block(
        "Personne",
        block(
            "Identification",
            tag("NOM", surname),
            tag("NOMNAI", surname),
            tag("PRENOM", first),
            tag("NOMCOMNAI", "COMMUNE INVENTÉE"),
            tag("DTNAI", child.birth.isoformat()),
            tag("TYPEDTNAI", "N"),
            tag("SEXE", "2" if child.woman else "1"),
        ),
        _file_of(holder=False, since=child.birth),
        _roles("ENF", "ENF", dependent="1"),
        *(_parent(adult.person, adult) for adult in foyer.adults),
    )


def _parent(person: Person, adult: Adult) -> str:
    return block(
        "Rattachement",
        tag("NOMNAI", names.latin(names.plain(adult.named.birth))),
        tag("PRENOM", names.latin(names.plain(adult.named.first))),
        tag("DTNAI", adult.birth.isoformat()),
        tag("NIR", adult.nir) if adult.nir else "",
        tag("TYPEPAR", "MER" if person.woman else "PER"),
    )


def address_block(address: Address) -> str:
    """Write one address."""
    return block(
        "Adresse",
        block(
            "TroncCommunAdresse",
            tag("RGADR", address.rank),
            tag("PAYS", "FRA"),
            tag("TYPEADR", "D"),
            tag("ETATADR", "CO"),
        ),
        block(
            "AdresseDetailleeFrance",
            tag("COMPLIDEADR", ""),
            tag("COMPLADR", ""),
            tag("NUMVOIE", address.number),
            tag("LIBTYPEVOIE", "RUE"),
            tag("NOMVOIE", address.street),
            tag("LIEUDIST", ""),
            tag("NUMCOM", address.town),
            tag("CODEPOS", address.postcode),
            tag("NOMCOM", address.town_name),
        ),
    )


def fund_nir(nir13: str, kind: str) -> str:
    """Write a NIR as the fund does: without key at the CAF, with it at the MSA."""
    return nir.with_key(nir13) if kind == "MSA" else nir13
