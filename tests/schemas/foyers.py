"""Files of the CNAF, of people nobody is: what the kits of HubEE are said to look like, rebuilt by us."""

from collections.abc import Mapping, Sequence

from tests.schemas.papers import NUMBER

PROLOG = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
SCHEMA = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{}"'


def block(name: str, *inside: str) -> str:
    return f"<{name}>\n{''.join(inside)}</{name}>\n"


def tags(texts: Mapping[str, str | None]) -> str:
    """Write the tags that have a text; None is a tag that is not there."""
    return "".join(f"<{name}>{text}</{name}>\n" for name, text in texts.items() if text is not None)


def flux(**changes: str | None) -> str:
    said = {
        "APPLIEME": "CRI",
        "NUMVERSIONAPPLIEME": "6300",
        "TYPEFLUX": "M",
        "NATFLUX": "D",
        "DTCREAFLUX": "2022-06-04",
        "HEUCREAFLUX": "04:12:31.0000",
        "DTREF": "2022-05-31",
    } | changes
    return block("IdentificationFlux", tags(said))


def identification(number: int = 1, /, *blocks: str, **changes: str | None) -> str:
    """What a household or a request begins with; `changes` are of any of its tags."""

    def some(**texts: str | None) -> str:
        return tags({name: changes.get(name, text) for name, text in texts.items()})

    return block(
        "IdentificationRSA",
        block("Organisme", some(FONORG="CAF", NUMORG="081", MATRICULE=f"{number:07d}00000000")),
        block("Partenaire", some(TYPEPARTE="CG  ", IDEPARTE="008")),
        block("DemandeRSA", some(DTDEMRSA="2020-05-01", NUMDEMRSA=f"{number:011d}")),
        *blocks,
    )


def person(*blocks: str, role: str = "DEM", family_role: str = "DEM", **changes: str | None) -> str:
    """A person: `changes` are of its identity, `blocks` come after its roles."""
    said = {
        "NOM": "ÉTÉ",
        "NOMNAI": "ÉTÉ",
        "PRENOM": "ZOÉ",
        "DTNAI": "1985-07-01",
        "TYPEDTNAI": "N",
        "NIR": NUMBER,
        "SEXE": "2",
    } | changes
    roles = [
        block("Prestations", tags({"NATPREST": kind, "ROLEPERS": held, "TOPCHAPERS": "1"}))
        for kind, held in (("PFA", family_role), ("RSA", role))
    ]
    return block("Personne", block("Identification", tags(said)), *roles, *blocks)


def address(rank: str, commune: str) -> str:
    common = tags({"RGADR": rank, "PAYS": "FRA", "TYPEADR": "D", "ETATADR": "CO"})
    place = tags({"NOMVOIE": "RUE CACHEE", "NUMCOM": commune})
    return block(
        "Adresse", block("TroncCommunAdresse", common), block("AdresseDetailleeFrance", place)
    )


def suspended(kind: str, *suspensions: tuple[str, str | None]) -> str:
    """`SuspensionDroit` or `SuspensionVersement`, a motive and a date each."""
    name = {"SuspensionDroit": "SUSDRORSA", "SuspensionVersement": "SUSVERSRSA"}[kind]
    return "".join(
        block(kind, tags({f"MOTI{name}": motive, f"DD{name}": day})) for motive, day in suspensions
    )


def situation(state: str | None = "2", *blocks: str) -> str:
    said = "" if state is None else block("EtatDossierRSA", tags({"ETATDOSRSA": state}))
    return block("SituationDossierRSA", said, *blocks)


def household(
    *persons: str,
    head: str = "",
    addresses: str = "",
    state: str = "",
    rights: str = "",
    after: str = "",
) -> str:
    return block(
        "InfosFoyerRSA",
        head or identification(),
        *(persons or (person(),)),
        block("DonneesAdministratives", addresses or address("01", "08105")),
        block("PrestationRSA", state or situation(), block("DetailDroitRSA", rights)),
        after,
    )


def anomaly(text: str = "DOSSIER 0000001 : CODE INCONNU") -> str:
    return block("Anomalie", tags({"LIBANO": text}))


def flow(
    records: Sequence[str],
    *,
    head: str = "",
    totals: Mapping[str, str | None] | None = None,
    schema: str = "vrsb0801.xsd",
    prolog: str = PROLOG,
) -> str:
    """A whole file; `totals` are the tags of its end."""
    said = {"NBTOTDOSRSATRANSM": f"{len(records):08d}", "NBTOTDOSRSATRANSMANO": "00000000"}
    root = f"<Racine{SCHEMA.format(schema) if schema else ''}>\n"
    end = block("TransmissionFlux", tags(said if totals is None else totals))
    return f"{prolog}{root}{head or flux()}{''.join(records)}{end}</Racine>\n"


def anomalies(records: Sequence[str], **changes: str | None) -> str:
    """A file of anomalies: no schema, one total only."""
    totals = {"NBTOTDOSRSATRANSMANO": f"{len(records):08d}"}
    return flow(records, head=flux(**changes), totals=totals, schema="")


def instruction(*persons: str, head: str = "", contacts: Sequence[str] = ()) -> str:
    secret = tags({"TITURIB": "MON", "NUMCOMPTBAN": "SECRETIBAN", "NATI": "SECRETNATI"})
    return block(
        "InfoDemandeRSA",
        head or identification(),
        *(persons or (person(block("Nationalite", tags({"NATI": "SECRETNATI"}))),)),
        block("DonneesAdministratives", *contacts, block("Paiement", block("RIB", secret))),
    )


def contacts(**changes: str | None) -> str:
    said = {
        "NUMTEL": "0600000000",
        "AUTORUTITEL": "A",
        "ADRELEC": "zoe@example.org",
        "AUTORUTIADRELEC": "A",
    } | changes
    return block("ModesContacts", tags(said))


def instructions(records: Sequence[str], total: str | None = None, **changes: str | None) -> str:
    head = flux(APPLIEME="NRA", NUMVERSIONAPPLIEME="0370", TYPEFLUX="I", NATFLUX="I", DTREF=None, **changes)  # fmt: skip
    said = {"NBTOTDEMRSATRANSM": total or str(len(records))}
    return flow(records, head=head, totals=said, schema="virs0901.xsd")
