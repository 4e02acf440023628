"""What was drawn: the list of everything that must never be read where it has no business.

1. Every set is complete: whoever appears in any written file has all their identifiers here.
2. Names are listed in both spellings (with accents, and ASCII capitals): compare without case.
3. Phones are `0XXXXXXXXX`, e-mails lower-case, MATRICULE on seven characters, as in the clean feed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Truth:
    """One invented département: where it stands and every identifier drawn for it."""

    departement: str
    as_of: date
    pe_reference: date
    seed: int
    rows: Mapping[str, int]
    nirs13: frozenset[str]
    nirs15: frozenset[str]
    names: frozenset[str]
    first_names: frozenset[str]
    birth_dates: frozenset[date]
    emails: frozenset[str]
    phones: frozenset[str]
    matricules: frozenset[str]
    numdemrsa: frozenset[str]
    pe_ids: frozenset[str]
    cd_ids: frozenset[str]


@dataclass(slots=True)
class Drawn:
    """The same sets while they grow."""

    nirs13: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    first_names: set[str] = field(default_factory=set)
    birth_dates: set[date] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    matricules: set[str] = field(default_factory=set)
    numdemrsa: set[str] = field(default_factory=set)
    pe_ids: set[str] = field(default_factory=set)
    cd_ids: set[str] = field(default_factory=set)
