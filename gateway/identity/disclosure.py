"""Two subjects side by side, for a person to judge: what each source says, and nothing else of anybody.

The département's subject is shown with what the CNAF says of it, since both are pooled to link.
"""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from gateway.identity.decisions import NONE
from gateway.identity.households import BENEFICIARIES, CD, CONTACTS, by_flow, households
from gateway.identity.index import SUBJECT, complete
from gateway.identity.names import garbled
from gateway.identity.numbering import Numbering
from gateway.identity.pairing import LEFT, RIGHT

SHOWN = (
    "BIRTH_NAME",
    "USED_NAME",
    "FIRST",
    "BIRTH",
    "BIRTH_TYPE",
    "NIR13",
    "NUMDEMRSA",
    "MATRICULE",
    "ROLE",
    "FONORG",
    "NUMORG",
    "SHORT_PE",
)
NAMES = ("BIRTH_NAME", "USED_NAME", "FIRST")
_TIES = ("NUMDEMRSA", "MATRICULE", "NIR13")


class Disclosed(NamedTuple):
    """What one source says; `garbled`: a name of it was read in the wrong encoding."""

    flow: str
    said: Mapping[str, str]
    garbled: bool


def disclose(index: pl.DataFrame, left: str, right: str) -> list[Disclosed]:
    """The département's subject, what the CNAF says of it, then Pôle emploi's; who is gone is left out."""
    index = complete(index)
    own = index.filter((pl.col(SUBJECT) == left) & (pl.col("FLOW") == CD))
    theirs = index.filter(pl.col(SUBJECT) == right)
    return [_said(row) for part in (own, _lent(index, own), theirs) for row in _rows(part)]


def _lent(index: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The CNAF's subjects of this one, among the few that share a number with it."""
    tied = [
        pl.col(name).is_in(own.get_column(name).drop_nulls().implode()).fill_null(value=False)
        for name in _TIES
    ]
    cnaf = index.filter(pl.col("FLOW").is_in((BENEFICIARIES, CONTACTS)) & pl.any_horizontal(tied))
    near = pl.concat([own, cnaf])
    numbering = Numbering.of(near)
    apart = numbering.numbered(NONE.select(LEFT, RIGHT), LEFT, RIGHT)
    pairs = numbering.spelled(households(by_flow(numbering.numbered(near, SUBJECT)), apart), RIGHT)
    return cnaf.join(pairs, left_on=SUBJECT, right_on=RIGHT, how="semi")


def _rows(part: pl.DataFrame) -> list[dict[str, object]]:
    wrong = pl.any_horizontal(garbled(pl.col(name)) for name in NAMES).fill_null(value=False)
    return part.sort("FLOW", SUBJECT).with_columns(GARBLED=wrong).to_dicts()


def _said(row: Mapping[str, object]) -> Disclosed:
    said = {name: str(row[name]) for name in SHOWN if row[name] is not None}
    return Disclosed(str(row["FLOW"]), said, bool(row["GARBLED"]))
