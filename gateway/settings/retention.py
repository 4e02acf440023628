"""`[retention]`: how long what is kept is kept. The law's terms are the longest that can be written."""

from typing import Annotated

import msgspec
from msgspec import Meta

Months = Annotated[int, Meta(ge=1, le=36, description="mois, 36 au plus")]
TwoMonths = Annotated[int, Meta(ge=1, le=2, description="mois, 2 au plus")]
SixMonths = Annotated[int, Meta(ge=1, le=6, description="mois, 6 au plus")]
Days = Annotated[int, Meta(ge=0, le=45, description="jours, 45 au plus")]


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Months since the transmission for what was received and the facts of each source; since they were
    made for crossings, delivered for releases. `unmatched_days`: people of Pôle emploi unknown here.
    """

    received_months: TwoMonths = 2
    pe_months: Months = 36
    cnaf_months: Months = 36
    cd_months: Months = 36
    returns_months: Months = 12
    crossings_months: SixMonths = 6
    releases_months: TwoMonths = 2
    unmatched_days: Days = 45
