"""What a crossing looks at: what each source said of each person, under pseudonyms.

1. Made from the latest accepted files of one département by whoever may open the vaults; the rules only
   read it. Nothing here says who anybody is: no name, no NIR, no birth date, no address.
2. What the rules need of identities comes as an answer (`AGE`, `DOMICILE_CNAF`), never as the attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import polars as pl

from gateway.rules.rule import Flow

# GRADE: A, B, C, S (score), D, X or none; AGE: whole years on the day of the crossing; DOMICILE_CNAF and
# DOMICILE_PE: whether the address each knows is in the département, null when it knows none.
PEOPLE: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "GRADE": pl.String(),
        "AGE": pl.Int64(),
        "DOMICILE_CNAF": pl.Boolean(),
        "DOMICILE_PE": pl.Boolean(),
    }
)
# What professionals sent back: REGLE null speaks of every rule; DEPUIS the clock of the signal answered.
RETURNS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "REGLE": pl.String(),
        "RETOUR": pl.String(),
        "MOTIF": pl.String(),
        "DATE": pl.Date(),
    }
)


@dataclass(frozen=True, slots=True)
class Received:
    """What one accepted file says: `facts` have a PERSONNE, and the columns its contract carries.

    `reference`: the day it speaks of; `delivery`: the file; `received`: the day it was sent to us.
    """

    facts: pl.DataFrame
    reference: date
    delivery: str
    received: date


@dataclass(frozen=True, slots=True)
class Journeys:
    """One département on one day. `before`: the file before the last of a flow, where there is one."""

    people: pl.DataFrame
    cd: Received
    cnaf: Received | None
    pe: Received | None
    before: Mapping[Flow, Received] = field(default_factory=lambda: MappingProxyType({}))
    returns: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(RETURNS)))
