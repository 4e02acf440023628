"""The delays and choices the rules use: one frozen, versioned set per legal regime or département.

1. A delay is in days elapsed and is reached on the day itself. A key is the rule's id, or the id and a
   case (`R13.GUI`).
2. Changing anything means a new `version`: every signal names it, so that a person can be told which
   delays were applied to them. `AVANT_2025-3` and `LPE_2025-1` are ours; `08-4` is the fourth of a
   département.
3. A rule the law made void (`OBSOLETE`) is not evaluated, and the public sheet says why.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schemas.fields.exits import HARMLESS
from schemas.nomenclatures import nomenclature


class Regime(StrEnum):
    """The law the delays come from."""

    AVANT_2025 = "AVANT_2025"
    LPE_2025 = "LPE_2025"  # loi 2023-1196 pour le plein emploi, in force on 1 January 2025


class Scored(StrEnum):
    """What becomes of two files that only the weights of the scorer bring together."""

    PROPOSED = "proposer"  # to the human queue, whatever the weight
    LINKED = "lier"  # linked (grade S) above the high threshold


OBSOLETE: Final[Mapping[Regime, Mapping[str, str]]] = MappingProxyType(
    {
        Regime.AVANT_2025: MappingProxyType({}),
        Regime.LPE_2025: MappingProxyType(
            {
                "R02": "Depuis le 1er janvier 2025, l'inscription sur la liste des demandeurs d'emploi est "
                "automatique pour qui demande le RSA (loi n° 2023-1196) : la règle n'a plus d'objet. "
                "Une inscription restée sans suite relève des règles R08 et R13."
            }
        ),
    }
)


def _harmless() -> frozenset[str]:
    return frozenset(nomenclature("pe-motifs-sortie").groups[HARMLESS])


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What one version stands for.

    `freshness`: how old Pôle emploi's file may be, in days; `optional`: rules evaluated beside those
    evaluated everywhere; `harmless_exits`: codes of exits that are no break (S3, R06); `retirement`: age
    from which nothing is said (S10), in years; `watch`: how far ahead a planned appointment marks a signal
    (S9), in days; `dismissal`: how long a professional's dismissal silences (S12), in days; `absences`:
    how many R11 counts.
    """

    regime: Regime
    version: str
    freshness: int
    delays: Mapping[str, int]
    optional: frozenset[str] = frozenset()
    harmless_exits: frozenset[str] = field(default_factory=_harmless)
    retirement: int = 62
    watch: int = 30
    dismissal: int = 90
    absences: int = 2
    score: Scored = Scored.PROPOSED

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError("thresholds need a version: signals name it")
        counted = (self.freshness, self.watch, self.dismissal, *self.delays.values())
        if any(days < 0 for days in counted):
            raise ValueError("a delay is a number of days, zero or more")
        if self.absences < 1 or self.retirement < 1:
            raise ValueError("one absence at least, and an age")
        object.__setattr__(self, "delays", MappingProxyType(dict(self.delays)))

    def __getitem__(self, key: str) -> int:
        return self.delays[key]

    @property
    def obsolete(self) -> Mapping[str, str]:
        """Rules the law of this regime made void, and why."""
        return OBSOLETE[self.regime]

    def digest(self) -> str:
        """SHA-256 of what the version stands for, for the ledger and the public sheet."""
        content = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return dict(value) if isinstance(value, Mapping) else value


AVANT_2025 = Thresholds(
    regime=Regime.AVANT_2025,
    version="AVANT_2025-3",
    freshness=45,
    delays={
        "R01": 61,
        "R02": 60,
        "R03": 31,
        "R04": 0,
        "R05": 61,
        "R06": 70,
        "R06b": 0,
        "R07.SOCIAL": 91,  # 61 days of the law, 30 of tolerance
        "R07.SOCIOPRO": 61,  # 31 days of the law, 30 of tolerance
        "R08": 45,
        "R09": 60,
        "R10": 30,  # how long before the end of the contract
        "R11": 183,  # how far back absences count
        "R12": 120,
        "R13": 180,  # other modality, or none
        "R13.GLO": 90,
        "R13.REN": 90,
        "R13.GUI": 150,
        "R13.SUI": 210,
        "R14": 15,
        "R15": 90,
        "R16": 183,
        "R16.RETARD": 365,
        "R17": 0,
        "R18": 30,
        "R19": 30,
        "R19.FENETRE": 60,  # how far back a move counts
        "R20": 10,
        "R21": 15,
        "R21.RETARD": 31,
        "R21.ENTREE": 90,  # how long a new entrant is one
        "R22": 15,  # before the end of the ban, and after
    },
)
LPE_2025 = Thresholds(
    regime=Regime.LPE_2025,
    version="LPE_2025-1",
    freshness=45,
    delays={
        **AVANT_2025.delays,
        "R01": 42,  # six weeks for the département to orient
        # One "contrat d'engagement" for every track, a month after the notice of orientation.
        "R07.SOCIAL": 31,
        "R07.SOCIOPRO": 31,
        "R07.EMPLOI": 31,
        "R16": 365,
    },
)
DEFAULTS: Final[Mapping[Regime, Thresholds]] = MappingProxyType(
    {each.regime: each for each in (AVANT_2025, LPE_2025)}
)
