"""CNAF's démarches and the files each announces: what a loader may leave unsaid."""

from collections.abc import Mapping

XML, ZIP, TEXT = "application/xml", "application/zip", "text/plain"
CONTACTS = "ContactsAllocataires-BRSA"

# Démarche → (attachment type, MIME type), the main file first.
CNAF_DEMARCHES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "RSABEI-RSABAI": (("RSABEI", XML), ("RSABAI", XML)),
    "RSABEM-RSABAM": (("RSABEM", XML), ("RSABAM", XML)),
    "RSABEX-RSABAX": (("RSABEX", XML), ("RSABAX", XML)),
    "RSAFIM": (("RSAFIM", XML), ("RSAFAM", XML)),
    "RSAFIX": (("RSAFIX", XML), ("RSAFAX", XML)),
    "RSACTM": (("RSACTM", XML), ("RSACAM", XML)),
    "IRSACG-IRSDCG": (("IRSACG", XML), ("IRSDCG", XML)),
    "GRO": (("GRO", XML),),
    "SGR": (("SGR", ZIP),),
    "DSG": (("DSG", XML),),
    "MSABEI": (("MSABEI", XML),),
    "MSABEM": (("MSABEM", XML),),
    "MSABEX": (("MSABEX", XML),),
    "MSAFIM": (("MSAFIM", XML),),
    CONTACTS: (("coordonnees-allocataire", TEXT),),
}
UNKNOWN = (("document", "application/octet-stream"),)


def announced(demarche: str, name: str) -> tuple[str, str]:
    """Return the type and MIME type a file of this name would be declared with."""
    known = CNAF_DEMARCHES.get(demarche, UNKNOWN)
    stem = name.rpartition(".")[0].upper()
    return next((pair for pair in known if pair[0].upper() in stem), known[0])
