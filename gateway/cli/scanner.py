"""What `doctor` says of the antivirus: faults to repair, things to watch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.antivirus import Clamd, Version
from gateway.errors import Unavailable

# Signatures older than this no longer know what circulates.
OLD: Final = timedelta(days=7)
OFF: Final = (
    'antivirus désactivé ([antivirus] mode = "off") : les fichiers entrent sans être analysés'
)


@dataclass(frozen=True, slots=True)
class Scanning:
    """What keeps every file waiting, and what lets files in less well examined than they could be."""

    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def examined(antivirus: Clamd | None) -> Scanning:
    """Ask clamd who it is and how it would judge. Blocking; raises nothing of its own."""
    if antivirus is None:
        return Scanning(warnings=(OFF,))
    try:
        antivirus.ping()
        version, unsaid = antivirus.version(), antivirus.unsaid()
    except Unavailable as error:
        return Scanning((str(error),))
    faults = tuple(
        f"clamd.conf : écrivez « {option} yes » ; sans cela clamd dit sain ce qu'il n'a pas lu en "
        "entier, et aucun fichier n'est pris"
        for option in unsaid
    )
    return Scanning(faults, age_warnings(version, datetime.now(UTC)))


def age_warnings(version: Version, now: datetime) -> tuple[str, ...]:
    """Signatures too old, or of an unknown age."""
    if version.signed_at is None:
        return ("clamd ne dit pas l'âge de ses signatures : lancez freshclam",)
    if now - version.signed_at > OLD:
        day = f"{version.signed_at:%d/%m/%Y}"
        return (f"signatures de clamd du {day}, plus de {OLD.days} jours : vérifiez freshclam",)
    return ()
