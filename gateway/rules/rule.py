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
    """The three answers."""

    TRIGGERED = "triggered"
    NOT_TRIGGERED = "not_triggered"
    NOT_EVALUABLE = "not_evaluable"


class Reason(StrEnum):
    """Why a rule cannot answer."""

    DATE_ABSENT = "date_absente"
    DATE_EMPTY = "date_vide"
    DATE_UNUSABLE = "date_inexploitable"
    PE_NOT_RECEIVED = "pe_non_recu"


class Flow(StrEnum):
    """Where a fact comes from."""

    CD = "cd-parcours"
    PE = "pe-parcours"


@dataclass(frozen=True, slots=True)
class Moment:
    """When the crossing is done, with which delays, and how old what Pôle emploi said is."""

    as_of: date
    pe_reference: date | None
    thresholds: Thresholds

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
        """Tell the day a rule resting on this flow is measured."""
        return self.as_of if flow is Flow.CD else self.pe_reference

    def days_since(self, start: pl.Expr, flow: Flow) -> pl.Expr:
        """Days elapsed between `start` and the flow's reference date."""
        return (pl.lit(self.reference(flow), pl.Date) - start).dt.total_days()


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

    `sentence` is a format string: `{depuis}`, `{jours}`, `{seuil}`, and the evidence by name with
    `.le`, `.jours`, `.au`, `.seuil`. `remarks` adds a sentence when an evidence is there.
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


@dataclass(frozen=True, slots=True)
class Suppressor:
    """A condition that silences a person whole. `silences` is a boolean expression on the situation."""

    id: str
    name: str
    definition: str
    silences: Callable[[Moment], pl.Expr]


def read(rule: Rule, name: str) -> pl.Expr:
    """Take a field of the verdict of an earlier rule."""
    return pl.col(rule.id).struct.field(name)
