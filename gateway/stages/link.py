"""Checked → Linked: every accepted row is about somebody the identity index knows, or now knows.

Linking stays inside one département; the index is opened here and nowhere else on this path.
"""

from datetime import date, datetime

import polars as pl

from gateway.delivery import Checked, Linked
from gateway.identity.index import enrol


def link(
    checked: Checked,
    index: pl.DataFrame,
    base_version: int,
    *,
    flow: str,
    partner: str,
    as_of: date,
    sent: datetime,
) -> Linked:
    """Give each row its subject. `index` is version `base_version` of the département's index."""
    rows = checked.reading.rows
    grown, rows = enrol(index, flow, partner, rows, as_of=as_of, sent=sent)
    return Linked(checked, rows, grown, base_version)
