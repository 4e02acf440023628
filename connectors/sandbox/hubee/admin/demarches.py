"""What a loader may leave unsaid: the type and format a démarche's files are declared with."""

from connectors.sandbox.hubee.catalogue import ALIASES, CNAF_FLOWS

UNKNOWN = (("document",), "application/octet-stream")


def announced(demarche: str, name: str) -> tuple[str, str]:
    """Return the type and MIME type a file of this name would be declared with."""
    types, mime = CNAF_FLOWS.get(demarche) or ALIASES.get(demarche) or UNKNOWN
    stem = name.rpartition(".")[0].upper()
    return next((kind for kind in types if kind.upper() in stem), types[0]), mime
