"""Whom the rules speak of (catalogue, section 5.1, 1): expressions on the situation, one for each gate.

CNAF decides, whatever the département's file says of duties. An address that nobody knows is not one
elsewhere: the file itself is the département's.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.codes import RECIPIENT, RECIPIENT_BY_MOTIVE, SUSPENDED
from gateway.rules.rule import Gate

KNOWN = pl.col("CONNU_CNAF").fill_null(value=False)
_SUBJECT = pl.col("SOUMIS_CNAF").fill_null(value=False)
LIVES_ELSEWHERE = (
    pl.col("MUTATION").fill_null(value=False)
    | ~pl.col("DOMICILE_CNAF").fill_null(value=True)
    | ~pl.col("DOMICILE_PE").fill_null(value=True)
)
_ACTIVE = pl.col("ETAT_DROIT").is_in(RECIPIENT) | (
    pl.col("ETAT_DROIT").is_in(RECIPIENT_BY_MOTIVE) & pl.col("TOUJOURS_ACTIF")
)

# True, false, or null: absent from the CNAF's file, the right of the person is unknown.
POPULATION = pl.when(KNOWN).then(_SUBJECT & _ACTIVE.fill_null(value=False) & ~LIVES_ELSEWHERE)

GATES: Mapping[Gate, pl.Expr] = MappingProxyType(
    {
        Gate.ACTIVE: POPULATION.fill_null(value=False),
        Gate.SUSPENDED: KNOWN
        & _SUBJECT
        & pl.col("ETAT_DROIT").is_in(SUSPENDED).fill_null(value=False),
    }
)
