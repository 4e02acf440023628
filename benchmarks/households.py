"""A monthly beneficiary file as large as asked, of people nobody is: some thousand households, again and again.

A household weighs what one weighs at the CNAF (six thousand bytes): three addresses, a quarter of
resources for each adult, an administrative control. Each time it comes back under other numbers.
"""

from datetime import date, timedelta
from pathlib import Path
from random import Random

from schemas.generator.people import Member, Person, Registry

AS_OF = date(2022, 5, 31)
DRAWN = 1_000
HEAD = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Racine>\n<IdentificationFlux>\n'
    "<APPLIEME>CRI</APPLIEME>\n<NUMVERSIONAPPLIEME>6300</NUMVERSIONAPPLIEME>\n<TYPEFLUX>M</TYPEFLUX>\n"
    "<NATFLUX>D</NATFLUX>\n<DTCREAFLUX>2022-06-04</DTCREAFLUX>\n"
    "<HEUCREAFLUX>04:12:31.0000</HEUCREAFLUX>\n<DTREF>2022-05-31</DTREF>\n</IdentificationFlux>\n"
)
FOOT = (
    "<TransmissionFlux>\n<NBTOTDOSRSATRANSM>{:08d}</NBTOTDOSRSATRANSM>\n"
    "<NBTOTDOSRSATRANSMANO>00000000</NBTOTDOSRSATRANSMANO>\n</TransmissionFlux>\n</Racine>\n"
)
MATRICULE, REQUEST = b"@MATRICU", b"@NUMDEMRSA"


def write_households(into: Path, households: int, departement: str = "08") -> Path:
    """Write the file."""
    registry = Registry(Random(1), departement=departement, as_of=AS_OF)
    kinds = [_household(registry, Random(n), departement) for n in range(min(DRAWN, households))]
    bodies = [kind.encode("iso-8859-1", "replace") for kind in kinds]
    with into.open("wb") as out:
        out.write(HEAD.encode())
        for number in range(households):
            body = bodies[number % len(bodies)].replace(MATRICULE, b"%07d" % number)
            out.write(body.replace(REQUEST, b"%011d" % number))
        out.write(FOOT.format(households).encode())
    return into


def _household(registry: Registry, rng: Random, departement: str) -> str:
    adult = registry.applicant()
    adults = [adult, *([registry.spouse(adult)] if rng.random() < 0.2 else [])]
    persons = [_adult(one, rng) for one in adults]
    persons += [_child(adult.person, rng) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
    return block(
        "InfosFoyerRSA",
        block(
            "IdentificationRSA",
            block("Organisme", tags(FONORG="CAF", NUMORG="081", MATRICULE="@MATRICU00000000")),
            block("Partenaire", tags(TYPEPARTE="CG  ", IDEPARTE=departement.zfill(3))),
            block("DemandeRSA", tags(DTDEMRSA="2020-05-01", NUMDEMRSA="@NUMDEMRSA")),
        ),
        *persons,
        block(
            "DonneesAdministratives",
            block("SituationFamille", tags(SITFAM="CEL", DDSITFAM="2020-05-01")),
            _address("01", departement),
            _address("02", departement),
            _address("03", departement),
        ),
        _right(rng),
        _control(),
    )


def _adult(member: Member, rng: Random) -> str:
    person = member.person
    months = [
        block(
            "RessourcesMensuelles",
            block("GeneraliteRessourcesMensuelles", tags(MOISRESS=f"2022-0{month}-01")),
            *(
                block("DetailRessourcesMensuelles", tags(NATRESS=kind, MTNATRESSMEN="0000123.45"))
                for kind in ("001", "044")
            ),
        )
        for month in (2, 3, 4)
    ]
    quarter = tags(TOPRESSNUL="0", DDRESS="2022-02-01", DFRESS="2022-04-30")
    return block(
        "Personne",
        _identity(person, NIR=person.nir, TOPVALIEC="1"),
        block("DossierCAF", tags(TOPRESPDOS="1", DDRATDOS="2020-05-01")),
        _roles(member.role),
        block("Ressources", block("GeneraliteRessourcesTrimestre", quarter), *months),
        block(
            "MontantCalculDroitRSAPersonne",
            tags(TOPPERSDRODEVORSA="1", MTPERSRESSMENRSA="0000000.00"),
        ),
        *(
            block("Activite", tags(REG="GE", ACT=rng.choice(("CHO", "ANP")), DDACT=day))
            for day in ("2019-01-01", "2021-02-01")
        ),
    )


def _child(parent: Person, rng: Random) -> str:
    kin = tags(NOMNAI=parent.surname, PRENOM=parent.first_name, NIR=parent.nir, TYPEPAR="MER")
    born = AS_OF - timedelta(days=rng.randint(100, 6_000))
    return block(
        "Personne",
        _identity(parent, born=born),
        block("DossierCAF", tags(TOPRESPDOS="0", DDRATDOS="2020-05-01")),
        _roles("ENF"),
        block("Rattachement", kin),
    )


def _identity(person: Person, born: date | None = None, **more: str) -> str:
    names = tags(NOM=person.used_name, NOMNAI=person.surname, PRENOM=person.first_name)
    born = born or person.birth
    dated = tags(NOMCOMNAI="COMMUNE INVENTEE", DTNAI=born.isoformat(), RGNAI="1", TYPEDTNAI="N")
    return block("Identification", names, dated, tags(**more), tags(SEXE="2"))


def _roles(role: str) -> str:
    return "".join(
        block("Prestations", tags(NATPREST=kind, ROLEPERS=role, TOPCHAPERS="1"))
        for kind in ("PFA", "RSA")
    )


def _address(rank: str, departement: str) -> str:
    place = tags(
        COMPLIDEADR="", COMPLADR="", NUMVOIE="12", LIBTYPEVOIE="RUE", NOMVOIE="DU CANAL", LIEUDIST="",
        NUMCOM=f"{departement}105", CODEPOS=f"{departement}000", NOMCOM="COMMUNE INVENTEE",
    )  # fmt: skip
    common = tags(RGADR=rank, DTEMM="2018-01-01", PAYS="FRA", TYPEADR="D", ETATADR="CO")
    return block(
        "Adresse", block("TroncCommunAdresse", common), block("AdresseDetailleeFrance", place)
    )


def _right(rng: Random) -> str:
    is_late = rng.random() < 0.03
    state = tags(ETATDOSRSA="4" if is_late else "2")
    late = block("SuspensionVersement", tags(MOTISUSVERSRSA="06", DDSUSVERSRSA="2022-04-01"))
    common = tags(TOPSANSDOMFIXE="0", NBENFAUTCHA="01", ORIDEMRSA="DEM", TOPFOYDRODEVORSA="1")
    amounts = tags(
        MTREVMINIGARARSA="0000575.52", MTREVGARARSA="0000575.52", MTRESSMENRSA="0000000.00",
        MTTOTDRORSA="0000506.46",
    )  # fmt: skip
    kind = tags(NATPF="RSD", SOUSNATPF="RSDN1", DDNATDRO="2020-05-01", MTRSAVERS="0000506.46")
    return block(
        "PrestationRSA",
        block("SituationDossierRSA", block("EtatDossierRSA", state), late if is_late else ""),
        block(
            "DetailDroitRSA",
            block("TroncCommunDroitRSA", common),
            block("MontantsCalculDroitRSA", amounts),
            block("DetailCalculDroitRSA", kind),
        ),
    )


def _control() -> str:
    return block(
        "Controle",
        block(
            "ControleAdministratif",
            tags(DTEFFCIBCONTRO="2021-01-01", CIBCONTRO="070", LIBCIBCONTRO="CONTROLE INVENTE"),
        ),
    )


def block(name: str, *inside: str) -> str:
    return f"<{name}>\n{''.join(inside)}</{name}>\n"


def tags(**texts: str) -> str:
    return "".join(f"<{name}>{text}</{name}>\n" for name, text in texts.items())
