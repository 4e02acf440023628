"""Phones as RDV-Insertion loads them: national `0XXXXXXXXX`, France and overseas départements.

1. Blanks and the usual separators are removed; anything but figures and one leading + is unusable.
2. +33, 0033, 33, an overseas code, a 0 or nothing may precede the nine national figures.
3. The nine figures must be a number of the numbering plan: the plan is phonenumberslite's own
   (this file is its only user), compiled once to one expression per country code so that a
   million numbers take a moment instead of a minute. A test holds the two equal.

What cannot be used is left as it came, and emptied later with GW-605.
"""

from functools import cache

import phonenumbers
import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, once

# Same plan as RDV-Insertion's server: metropole first, then overseas. GP also serves
# Saint-Barthélemy and Saint-Martin.
REGIONS = ("FR", "GP", "GF", "MQ", "RE", "YT")
_FIGURES = 9
_SEPARATORS = r"[\s./()\-]"
_KINDS = (
    "fixed_line", "mobile", "voip", "toll_free", "premium_rate", "shared_cost",
    "personal_number", "pager", "uan", "voicemail",
)  # fmt: skip


def _national(text: pl.Expr) -> pl.Expr:
    return once(text, lambda held: pl.coalesce(once(_bare(held), _number), held))


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_SEPARATORS, "")


def _number(bare: pl.Expr) -> pl.Expr:
    """Give the national number, or null.

    All those of the plan have nine figures (a test says so): to know that a writing of one fits is to
    know where it stands, which is far cheaper than to capture it.
    """
    national = pl.concat_str(pl.lit("0"), bare.str.slice(-_FIGURES))
    return pl.when(matching(_writings())(bare)).then(national)


def _writings() -> str:
    abroad = [rf"(?:\+|00)?{code}0?{plan}" for code, plan in _plans_by_code().items()]
    return "|".join([*abroad, f"0?(?:{_any_plan()})"])


def _any_plan() -> str:
    return "|".join(_plans_by_code().values())


@cache
def _plans_by_code() -> dict[int, str]:
    plans: dict[int, list[str]] = {}
    for region in REGIONS:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        if metadata is None:  # pragma: no cover - the six regions are in every release
            continue
        kinds = [getattr(metadata, kind) for kind in _KINDS]
        known = [kind.national_number_pattern for kind in kinds if kind is not None]
        assigned = [pattern for pattern in known if pattern]
        plans.setdefault(metadata.country_code or 0, []).extend(assigned)
    # Figures are 0-9 only: \d would take those of every script.
    return {c: f"(?:{'|'.join(each)})".replace(r"\d", "[0-9]") for c, each in plans.items()}


def _is_in_the_plan(text: pl.Expr) -> pl.Expr:
    return matching(f"0(?:{_any_plan()})")(text)


PHONE = Form(_national, (Fault(Code.PHONE, _is_in_the_plan),))
