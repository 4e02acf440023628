"""A signal told to a référent: one or two plain French sentences, with dates and days to check."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence as a sentence may quote it."""

    valeur: str
    reference: date
    delay: int | None

    @property
    def le(self) -> str:
        """The date it carries, in French."""
        return french_date(date.fromisoformat(self.valeur))

    @property
    def au(self) -> str:
        """The day it was measured."""
        return french_date(self.reference)

    @property
    def jours(self) -> str:
        """Days elapsed since, at the reference date of its source."""
        return french_days((self.reference - date.fromisoformat(self.valeur)).days)

    @property
    def seuil(self) -> str:
        """The delay it is compared to."""
        if self.delay is None:
            raise ValueError("this evidence has no delay of its own")
        return french_days(self.delay)


def explain(rule: Rule, signal: Mapping[str, Any]) -> str:
    """Tell one triggered row of `Crossing.signals`."""
    shown = {
        fact["CHAMP"]: Shown(fact["VALEUR"], fact["REFERENCE"], fact["SEUIL"])
        for fact in signal["PREUVES"]
    }
    sentences = [rule.sentence, *(text for name, text in rule.remarks.items() if name in shown)]
    return " ".join(sentences).format(
        depuis=french_date(signal["DEPUIS"]),
        jours=french_days(signal["JOURS"]),
        au=french_date(signal["DEPUIS"] + timedelta(days=signal["JOURS"])),
        seuil=french_days(signal["SEUIL"]),
        **shown,
    )


def french_date(day: date) -> str:
    """JJ/MM/AAAA."""
    return f"{day:%d/%m/%Y}"


def french_days(days: int) -> str:
    """Count days, singular below two as in French."""
    return f"{days} jours" if days > 1 else f"{days} jour"
