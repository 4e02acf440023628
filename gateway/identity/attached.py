"""Files that feed no signal, attached to the person they surely speak of.

1. Pôle emploi's lists: a NIR and birth date that only one person bears, from the département, the CNAF or
   the dossier linked to them.
2. The CNAF's instructions: the same request number (else CAF number, else NIR), role and birth date.
3. The extracts of the SPIE say a name and a birth date only: they stay alone.
"""

import polars as pl

from gateway.identity.households import PASSES
from gateway.identity.index import SUBJECT
from gateway.identity.pairing import LEFT, PAIR, RIGHT, meet, without

LISTS = ("pe-inscrits", "pe-cessations", "pe-radiations", "pe-stock")
INSTRUCTIONS = "cnaf-instructions"
_BORNE = ["NIR13", "BIRTH"]


def attached(index: pl.DataFrame, members: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """LEFT, RIGHT: which other subjects are the person of LEFT. `members`: LEFT, RIGHT already one person."""
    everybody = _holders(index, members)
    found = [pl.DataFrame(schema=PAIR)]
    numbers = everybody.select(LEFT, *_BORNE).drop_nulls().unique()
    found += [meet(numbers, _of(index, flow), _BORNE, apart).pairs for flow in LISTS]
    left, right = everybody, _of(index, INSTRUCTIONS)
    for keys in PASSES:
        met = meet(left, right, [*keys, "BIRTH"], apart)
        found.append(met.pairs)
        left = without(left, LEFT, met.pairs, met.contested)
        right = without(right, RIGHT, met.pairs, met.beside)
    return pl.concat(found).sort(LEFT, RIGHT)


def _of(index: pl.DataFrame, flow: str) -> pl.DataFrame:
    return index.filter(pl.col("FLOW") == flow).with_columns(pl.col(SUBJECT).alias(RIGHT))


def _holders(index: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Every attribute known of a person, a row per subject, LEFT being the département's."""
    own = index.filter(pl.col("FLOW") == "cd-parcours").with_columns(pl.col(SUBJECT).alias(LEFT))
    theirs = index.join(members, left_on=SUBJECT, right_on=RIGHT).select(own.columns)
    return pl.concat([own, theirs])
