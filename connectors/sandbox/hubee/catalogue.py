"""The démarches public collections name, each under the organisation that publishes it.

1. The fifteen of CNAF carry what the public collection declares: attachment types, and formats.
2. `CAF-contact` is the name the collection gives the contacts flow: a démarche of its own here.
3. The others accept anything of anybody. Every SIRET is invented.
4. A démarche nobody installed is opened with its publisher and no list: `opened`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.sandbox.hubee.records import Organisation, Process, Registered
from connectors.sandbox.hubee.store import Store

CNAF = Organisation("OSL", "18000000000022", "00000")
DILA = Organisation("OSL", "18000000000030", "00000")
DGS = Organisation("OSL", "18000000000048", "00000")
GIPED = Organisation("OSL", "18000000000055", "00000")

# By the short name their credentials carry.
PUBLISHERS: Mapping[str, Organisation] = MappingProxyType(
    {"cnaf": CNAF, "dila": DILA, "dgs": DGS, "giped": GIPED}
)
_NAMES = {
    "cnaf": "Caisse nationale des allocations familiales",
    "dila": "Direction de l'information légale et administrative",
    "dgs": "Direction générale de la santé",
    "giped": "GIP Enfance en danger",
}

XML, ZIP, TEXT = "application/xml", "application/zip", "text/plain"
_CONTACTS = (("coordonnees-allocataire",), TEXT)

# Démarche: the types of its files, and their one format.
CNAF_FLOWS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "RSABEI-RSABAI": (("RSABEI", "RSABAI"), XML),
        "RSABEM-RSABAM": (("RSABEM", "RSABAM"), XML),
        "RSABEX-RSABAX": (("RSABEX", "RSABAX"), XML),
        "RSAFIM": (("RSAFIM", "RSAFAM"), XML),
        "RSAFIX": (("RSAFIX", "RSAFAX"), XML),
        "RSACTM": (("RSACTM", "RSACAM"), XML),
        "IRSACG-IRSDCG": (("IRSACG", "IRSDCG"), XML),
        "GRO": (("GRO",), XML),
        "SGR": (("SGR",), ZIP),  # its file is called SGR.xml
        "DSG": (("DSG",), XML),
        "MSABEI": (("MSABEI",), XML),
        "MSABEM": (("MSABEM",), XML),
        "MSABEX": (("MSABEX",), XML),
        "MSAFIM": (("MSAFIM",), XML),
        "ContactsAllocataires-BRSA": _CONTACTS,
    }
)
ALIASES: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType({"CAF-contact": _CONTACTS})
OTHERS: Mapping[str, Organisation] = MappingProxyType(
    {
        "CERTDC": DGS,
        "EtatCivil": DILA,
        "JeChangeDeCoordonnees": DILA,
        "recensementCitoyen": DILA,
        "depotDossierPACS": DILA,
        "OTV": DILA,
        "SNATED": GIPED,
        "RSA": CNAF,
    }
)
# What an SI may send back where nothing is said: usual office formats.
OFFICE = (XML, ZIP, TEXT, "text/xml", "text/csv", "application/pdf", "application/json")
IMAGES = ("image/jpeg", "image/png")
OPEN_FORMATS = (*OFFICE, *IMAGES, "application/octet-stream")


def _flow(code: str, types: tuple[str, ...], mime_type: str) -> Process:
    return Process(
        code,
        CNAF,
        name=code,
        attachment_types_enabled=list(types),
        attachment_formats_enabled=[mime_type],
    )


def processes() -> list[Process]:
    """Return every démarche of the catalogue, as new records."""
    flows = {**CNAF_FLOWS, **ALIASES}
    return [_flow(code, *declared) for code, declared in flows.items()] + [
        opened(code) for code in OTHERS
    ]


def opened(code: str) -> Process:
    """Return a démarche that sets no list; CNAF publishes those nobody else does."""
    formats = [] if code in CNAF_FLOWS or code in ALIASES else list(OPEN_FORMATS)
    return Process(code, OTHERS.get(code, CNAF), name=code, si_attachment_formats_enabled=formats)


def install(store: Store) -> None:
    """Put the whole catalogue in the hub; what is already there stays as it is."""
    with store.change() as world:
        for name, key in PUBLISHERS.items():
            known = Registered(key, name=_NAMES[name], create_date_time=store.now())
            world.organisations.setdefault(str(key), known)
        for process in processes():
            process.creation_date_time = store.now()
            world.processes.setdefault(process.code, process)
