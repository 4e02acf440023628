"""A household as the CAF or the MSA files it: adults, children, addresses, state of the right.

1. A role in the RSA may differ from the role in family benefits: in one couple in three the two
   adults swap. The département knows the RSA's.
2. Children carry no NIR but their parents'; one birth in thirty-three is a pair of twins.
3. A birth date may be uncertain: J, the day is not known (written the 1st), O, only the year is
   (written 1 January). For somebody the département follows only the flag says so.
4. Activities of people the département follows are those of job seekers: none silences a rule.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from schemas.generator import names
from schemas.generator.flows.namings import Named
from schemas.generator.flows.situations import Situation
from schemas.generator.people import Member, Person
from schemas.generator.places import Address

_SEEKING = ("CHO", "CHO", "ANP", "ANP", "CNI", "ASS", "SSA")
_WORKING = ("CDI", "CDD", "SAL", "INT", "ETI", "SFP")
_TWINS = 0.03
_UNCERTAIN = 0.02


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity: code, first day, last day when it has ended."""

    code: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Adult:
    """An applicant or a spouse.

    `nir` is as the fund gives it, empty when it does not; `rank` tells twins apart.
    """

    person: Person
    named: Named
    nir: str
    role: str
    benefits_role: str
    certainty: str
    birth: date
    duties: bool
    entering: bool
    pe_short: str
    activities: tuple[Activity, ...]
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Child:
    """A child; `twin` when another of the household was born the same day."""

    woman: bool
    birth: date
    surname: str
    first_name: str
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """A household that came from another fund, or left for one. `matricule` may be empty."""

    arriving: bool
    fund: str
    matricule: str
    since: date


@dataclass(frozen=True, slots=True)
class Foyer:
    """One household. `matricule` has fifteen digits; an event is a day and what happened."""

    kind: str
    fund: str
    matricule: str
    numdemrsa: str
    requested: date
    adults: tuple[Adult, ...]
    children: tuple[Child, ...]
    addresses: tuple[Address, ...]
    situation: Situation
    transfer: Transfer | None = None
    events: tuple[tuple[date, str], ...] = field(default=())

    @property
    def people(self) -> int:
        """How many persons it holds, children included."""
        return len(self.adults) + len(self.children)


def certainty(rng: Random) -> str:
    """Say how sure a birth date is: N normal, J day not known, O year only."""
    return rng.choice("JO") if rng.random() < _UNCERTAIN else "N"


def written_birth(birth: date, certainty: str) -> date:
    """Give the day a fund writes when it does not know all of it."""
    if certainty == "N":
        return birth
    return birth.replace(day=1) if certainty == "J" else birth.replace(month=1, day=1)


def benefits_roles(rng: Random, members: list[Member]) -> list[str]:
    """Give the roles in family benefits, in the order of the members."""
    roles = [member.role for member in members]
    return roles[::-1] if len(roles) > 1 and rng.random() < 1 / 3 else roles


def activities(rng: Random, requested: date, as_of: date, *, seeking: bool) -> tuple[Activity, ...]:
    """Draw what somebody does, and now and then what they did before."""
    if not seeking:
        return (Activity(rng.choice(_WORKING), as_of - timedelta(days=rng.randint(10, 300))),)
    now = Activity(rng.choice(_SEEKING), requested)
    if rng.random() < 0.15:
        ended = requested - timedelta(days=1)
        return Activity("SAL", requested - timedelta(days=rng.randint(60, 900)), ended), now
    return (now,)


def children(rng: Random, mother: Person, as_of: date) -> tuple[Child, ...]:
    """Draw children of somebody, the youngest a few months old, all under twenty."""
    found: list[Child] = []
    for _ in range(rng.choices((0, 1, 2, 3), (50, 25, 17, 8))[0]):
        oldest = min((as_of - mother.birth).days - 6_600, 7_000)
        birth = as_of - timedelta(days=rng.randint(100, max(oldest, 101)))
        twins = rng.random() < _TWINS
        for _ in range(2 if twins else 1):
            first = names.first_name(rng)
            found.append(Child(rng.random() < 0.5, birth, mother.surname, first, twins))
    return tuple(found)
