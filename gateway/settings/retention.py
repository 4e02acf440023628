"""`[retention]`: how long what is kept is kept. The law's terms are the longest that can be written."""

from typing import Annotated

import msgspec
from msgspec import Meta

Months = Annotated[int, Meta(ge=1, le=36, description="mois, 36 au plus")]
TwoMonths = Annotated[int, Meta(ge=1, le=2, description="mois, 2 au plus")]
SixMonths = Annotated[int, Meta(ge=1, le=6, description="mois, 6 au plus")]
Days = Annotated[int, Meta(ge=0, le=45, description="jours, 45 au plus")]


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long each thing is kept, from its transmission, its making (crossings) or its delivery (releases).

    `unmatched_days`: the people of Pôle emploi whom the département does not follow.
    """

    received_months: TwoMonths = 2
    pe_months: Months = 36
    cnaf_months: Months = 36
    cd_months: Months = 36
    returns_months: Months = 12
    crossings_months: SixMonths = 6
    releases_months: TwoMonths = 2
    unmatched_days: Days = 45
