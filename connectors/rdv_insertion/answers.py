"""What RDV-Insertion answers, reduced to what may be kept: positions, and kinds of fault.

Its sentences quote values: none of them goes further than this file.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

# How a sentence of theirs begins (lower case) → the stable word we keep. The first that fits.
KINDS: Final = (
    ("prénom", "first-name"),
    ("nom ", "last-name"),
    ("email", "email"),
    ("numéro de téléphone", "phone"),
    ("téléphone", "phone"),
    ("nir", "nir"),
    ("date de naissance", "birth-date"),
    ("rôle", "role"),
    ("civilité", "title"),
    ("assignation du référent", "referent"),
    ("assignation du tag", "tag"),
    ("ouverture d'un suivi", "follow-up"),
    ("impossible de créer l'usager", "not-created"),
    ("il doit y avoir au moins un", "identifier"),
    ("les usagers doivent être envoyés", "batch-size"),
)
OTHER: Final = "other"
LIKELY: Final = 4  # a fault is a sentence, or a list of them: no deeper


class Fault(msgspec.Struct, frozen=True):
    """One line of `errors`."""

    error_details: Any = ""
    index: int | None = None


def kind_of(said: object, depth: int = 0) -> str:
    """Which fault this sentence, or the first of these, speaks of."""
    if isinstance(said, list) and said and depth < LIKELY:
        return kind_of(said[0], depth + 1)
    text = said.casefold().strip() if isinstance(said, str) else ""
    return next((kind for start, kind in KINDS if text.startswith(start)), OTHER)


def faults_of(raw: bytes, rows: int) -> tuple[Mapping[int, str], str]:
    """The rows they refuse, each with its kind of fault; and the kind of the whole when they name none."""
    try:
        errors = msgspec.json.decode(raw, type=dict[str, Any]).get("errors", [])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}, OTHER
    found: dict[int, str] = {}
    whole = OTHER
    for error in errors if isinstance(errors, list) else []:
        try:
            fault = msgspec.convert(error, Fault)
        except msgspec.ValidationError:
            whole = kind_of(error)
            continue
        if fault.index is not None and 0 <= fault.index < rows:
            found.setdefault(fault.index, kind_of(fault.error_details))
        else:
            whole = kind_of(fault.error_details)
    return found, whole


def is_queued(raw: bytes) -> bool:
    """Whether they took the batch. It is queued, no more: what fails later is told to nobody."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any]).get("success") is True
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def asked_wait(headers: Mapping[str, str], raw: bytes) -> float | None:
    """Seconds they ask us to wait, in a header or in the body; None when they do not say."""
    said: Any = headers.get("Retry-After", "")
    if not (said.isascii() and said.isdigit()):
        try:
            said = msgspec.json.decode(raw, type=dict[str, Any]).get("retry_after")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
    try:
        return max(0.0, float(said))
    except (TypeError, ValueError):
        return None
