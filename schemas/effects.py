"""What a verdict does, and the line that is published of it (`schemas.codes` has them all)."""

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a code does to what it is found on."""

    FILE_REFUSED = "fichier_refuse"
    ROW_REFUSED = "rejet_ligne"
    CELL_EMPTIED = "cellule_videe"
    ROW_IGNORED = "ligne_ignoree"
    WARNING = "avertissement"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the published table: French label, and what the sender should do."""

    effect: Effect
    label: str
    action: str
