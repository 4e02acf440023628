"""What a life is made of, and what must be said of it.

1. Days are counted back from a date: facts of the département from the as-of date, Pôle emploi's
   from its reference date. A negative count is in the future.
2. A scenario states its outcome beside its facts: nothing here computes a rule.
3. An outcome is True (triggered), False, or the reason why the rule cannot be evaluated.
"""

from dataclasses import dataclass
from enum import StrEnum

Outcome = bool | str


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the journey file: `since` and `until` in days before the as-of date."""

    kind: str
    since: int
    until: int | None = None
    code: str = ""
    status: str = ""


class Missing(StrEnum):
    """Ways in which Pôle emploi does not say when it last saw somebody."""

    NO_BLOCK = "bloc absent"
    NO_TAG = "balise absente"
    EMPTY = "balise vide"
    YEAR = "tronquée à l'année"
    IMPOSSIBLE = "date impossible"
    FRENCH = "date à la française"

    @property
    def reason(self) -> str:
        """What the evaluation must answer."""
        if self in {Missing.NO_BLOCK, Missing.NO_TAG}:
            return "date_absente"
        return "date_vide" if self is Missing.EMPTY else "date_inexploitable"


class Link(StrEnum):
    """How a dossier of Pôle emploi relates to the person it was drawn with."""

    SAME = "A"
    OTHER_BIRTH = "X"
    SAME_PROVISIONAL = "provisional number"
    NAMESAKE = "namesake"

    @property
    def match(self) -> str:
        """The grade that must be found."""
        return self.value if self in {Link.SAME, Link.OTHER_BIRTH} else "none"


@dataclass(frozen=True, slots=True)
class Story:
    """What Pôle emploi knows; `registered`, `ceased`, `struck` in days before its reference date."""

    interview: int | Missing
    modality: str = "GUI"
    registered: int = 300
    ceased: int | None = None
    struck: int | None = None
    link: Link = Link.SAME


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be found, as if the person were neither suppressed nor cut from Pôle emploi."""

    scenario: str = "ordinaire"
    match: str = "none"
    r09: Outcome = False
    r13: Outcome = False
    r13b: Outcome = False
    planned_soon: bool = False
    awaiting: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """Facts, Pôle emploi's story, and the outcome they were built for."""

    expected: Expected
    facts: tuple[Fact, ...] = ()
    pe: Story | None = None

    @property
    def provisional(self) -> bool:
        """Whether it needs somebody whose NIR is not final."""
        return self.pe is not None and self.pe.link is Link.SAME_PROVISIONAL


def told(
    name: str,
    facts: tuple[Fact, ...],
    pe: Story | None = None,
    *,
    r09: Outcome = False,
    r13: Outcome = False,
    r13b: Outcome = False,
    planned_soon: bool = False,
    awaiting: bool = False,
) -> Scenario:
    """Put a scenario together; the grade follows from the story's link."""
    match = pe.link.match if pe else "none"
    return Scenario(Expected(name, match, r09, r13, r13b, planned_soon, awaiting), facts, pe)


def oriented(days: int, track: str = "SOCIAL", *, status: str = "ORIENTE") -> tuple[Fact, ...]:
    """Decide an orientation."""
    return (Fact("ORIENTATION", days, code=track, status=status),)


def contract(start: int, end: int | None, status: str = "VALIDE") -> tuple[Fact, ...]:
    """Sign a contract; no end is an open contract."""
    return (Fact("CONTRAT", start, end, code="CER", status=status),)


def appointment(days: int, status: str = "VENU") -> tuple[Fact, ...]:
    """Set an appointment."""
    return (Fact("RDV", days, code="ENTRETIEN", status=status),)
