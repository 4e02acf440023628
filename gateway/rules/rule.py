"""What a rule is: its texts for people, and its predicate for polars.

1. A rule answers one of three things: triggered, not triggered, not evaluable with a reason. A
   missing answer is never "no risk".
2. A rule never loops on people: it gives expressions on the situation (see `situation.py`), and
   may read the verdict of the rules it names in `reads`, as a struct column called by their id.
3. Its evidence is a date or a code with the flow and reference date it comes from; never an
   identifier, a name or a free text.
4. A rule that needs a flow says so in `sources`; freshness is judged once, by the crossing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

import polars as pl

from gateway.rules.thresholds import Thresholds


class Result(StrEnum):
    """The three answers of a rule, and what a suppressor makes of the first."""

    TRIGGERED = "triggered"
    NOT_TRIGGERED = "not_triggered"
    NOT_EVALUABLE = "not_evaluable"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why a rule cannot answer."""

    DATE_ABSENT = "date_absente"
    DATE_EMPTY = "date_vide"
    DATE_UNUSABLE = "date_inexploitable"
    PE_NOT_RECEIVED = "pe_non_recu"
    ENTRY_UNKNOWN = "date_entree_inconnue"
    STATUS_UNKNOWN = "statut_inconnu"
    NOT_TRANSMITTED = "donnee_non_transmise"
    NO_FILE_BEFORE = "fichier_precedent_absent"


class Flow(StrEnum):
    """Where a fact comes from."""

    CD = "cd-parcours"
    PE = "pe-parcours"
    CNAF = "cnaf-beneficiaires"
    RETURNS = "cd-retours"


class Family(StrEnum):
    """Rules that may speak of one and the same event: their weights add up to `CAPS` at most."""

    EXIT = "sortie-de-liste"
    CONTRACT = "contrat"
    CONTACT = "contact"
    RIGHTS = "droits"
    ORGANISATION = "organisation"  # for the service, not for the person's own total


CAPS: Mapping[Family, int] = MappingProxyType(
    {
        Family.EXIT: 5,
        Family.CONTRACT: 4,
        Family.CONTACT: 5,
        Family.RIGHTS: 3,
        Family.ORGANISATION: 2,
    }
)


class Gate(StrEnum):
    """Whom a rule speaks of (catalogue, section 5.1, 1)."""

    ACTIVE = "population"  # subject to duties, right active, living in the département
    SUSPENDED = (
        "droit-suspendu"  # subject to duties, right or payment suspended, whatever the motive
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """When the crossing is done, with which delays, and what each source's file is and speaks of.

    `deliveries` names the file of each flow; `cnaf_reference` is the day the CNAF's speaks of.
    """

    as_of: date
    pe_reference: date | None
    thresholds: Thresholds
    deliveries: Mapping[Flow, str] = field(default_factory=lambda: MappingProxyType({}))
    cnaf_reference: date | None = None

    @property
    def is_pe_fresh(self) -> bool:
        """Whether Pôle emploi's file may be used.

        A file that speaks of a day after `as_of` was not there yet: it is not used either.
        """
        if self.pe_reference is None:
            return False
        age = self.as_of - self.pe_reference
        return timedelta(0) <= age <= timedelta(days=self.thresholds.freshness)

    def reference(self, flow: Flow) -> date | None:
        """Tell the day a source speaks of; what the département knows is known up to `as_of`."""
        told = {Flow.PE: self.pe_reference, Flow.CNAF: self.cnaf_reference}
        return told.get(flow, self.as_of)

    def measured(self, flow: Flow) -> date | None:
        """Tell the day a rule is measured: Pôle emploi's own, else the day of the crossing."""
        return self.pe_reference if flow is Flow.PE else self.as_of

    def days_since(self, start: pl.Expr, flow: Flow) -> pl.Expr:
        """Days elapsed between `start` and the day a rule resting on this flow is measured."""
        return (pl.lit(self.measured(flow), pl.Date) - start).dt.total_days()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One checkable fact: `value` is a Date or a code; `threshold` when it is compared to a delay of its own."""

    name: str
    value: pl.Expr
    flow: Flow
    threshold: pl.Expr = field(default_factory=lambda: pl.lit(None, pl.Int64))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The predicate of one rule at one moment, as expressions on the situation.

    `reason` is null where the rule can answer; `triggered` counts only there.
    """

    triggered: pl.Expr
    since: pl.Expr
    days: pl.Expr
    threshold: pl.Expr
    evidence: tuple[Evidence, ...]
    reason: pl.Expr = field(default_factory=lambda: pl.lit(None, pl.String))


@dataclass(frozen=True, slots=True)
class Rule:
    """A break-risk rule. Texts are French and public: the sheet of the algorithm is made of them.

    `sentence` is a format string: `{depuis}`, `{jours}`, `{au}` (the day it was measured), `{seuil}`, and
    the evidence by name with `.le`, `.jours`, `.au`, `.seuil`. `remarks` adds a sentence when an evidence
    is there.
    """

    id: str
    name: str
    definition: str
    legal_source: str
    delays: tuple[str, ...]
    sources: tuple[Flow, ...]
    false_positives: tuple[str, ...]
    sentence: str
    judge: Callable[[Moment], Verdict]
    remarks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reads: tuple[str, ...] = ()
    shown: bool = True
    family: Family = Family.CONTACT
    weight: int = 1  # 1 weak to 5 strong
    gate: Gate = Gate.ACTIVE
    optional: bool = False  # evaluated only where a département asks for it
    before: tuple[Flow, ...] = ()  # flows whose file before the last it needs too
    awaits: bool = False  # a contract that awaits validation is told beside it


class Effect(StrEnum):
    """What a suppressor does."""

    PERSON = "personne"  # silences the person whole, whether or not a rule would have triggered
    RULE = "regle"  # silences one triggered rule; said only when it silenced something
    SOURCE = "source"  # a source cannot be used: the rules that need it are not evaluable
    WATCH = "a-surveiller"  # silences nothing: the signal is shown, marked to watch


@dataclass(frozen=True, slots=True)
class Suppressor:
    """A condition that silences.

    `silences` gives a boolean expression on the situation. With `Effect.RULE`, `silences_rule` is asked for
    each rule and may read its verdict with `read`; `silences` then says of whom it may be asked at all.
    `definition` is public; `shown` is what may be told of one person, who is never told more.
    """

    id: str
    name: str
    definition: str
    silences: Callable[[Moment], pl.Expr]
    effect: Effect = Effect.PERSON
    silences_rule: Callable[[Moment, Rule], pl.Expr] | None = None
    shown: str = ""  # empty: its name


def read(rule: Rule, name: str) -> pl.Expr:
    """Take a field of the verdict of an earlier rule."""
    return pl.col(rule.id).struct.field(name)
