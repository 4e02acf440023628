"""The delays the rules use: one frozen, versioned set per legal regime.

A delay is in days elapsed and is reached on the day itself. Changing a number means a new `version`:
every signal names it, so that a person can be told which delays were applied to them. A key is the
rule's id, or the id and a case (`R13.GUI`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Regime(StrEnum):
    """The law the delays come from."""

    AVANT_2025 = "AVANT_2025"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A regime, a version, how old a Pôle emploi file may be, and the delay of each rule."""

    regime: Regime
    version: str
    freshness: int
    delays: Mapping[str, int]

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError("thresholds need a version: signals name it")
        if self.freshness < 0 or any(days < 0 for days in self.delays.values()):
            raise ValueError("a delay is a number of days, zero or more")
        object.__setattr__(self, "delays", MappingProxyType(dict(self.delays)))

    def __getitem__(self, key: str) -> int:
        return self.delays[key]

    def digest(self) -> str:
        """SHA-256 of what the version stands for, for the ledger and the public sheet."""
        content = [self.regime, self.version, self.freshness, dict(self.delays)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()


AVANT_2025 = Thresholds(
    regime=Regime.AVANT_2025,
    version="AVANT_2025-2",
    freshness=45,
    delays={
        "R01": 61,
        "R02": 60,
        "R03": 31,
        "R04": 0,
        "R05": 61,
        "R06": 70,
        "R07.SOCIAL": 91,  # 61 days of the law, 30 of tolerance
        "R07.SOCIOPRO": 61,  # 31 days of the law, 30 of tolerance
        "R08": 45,
        "R11": 183,  # how far back absences count
        "R14": 15,
        "R15": 90,
        "R18": 30,
        "R09": 60,
        "R12": 120,
        "R13": 180,  # other modality, or none
        "R13.GLO": 90,
        "R13.REN": 90,
        "R13.GUI": 150,
        "R13.SUI": 210,
    },
)
