"""`[indicators]`: below how many people a count is hidden, and how long a period is."""

from typing import Annotated, Literal

import msgspec

Threshold = Annotated[int, msgspec.Meta(ge=5, description="entier, 5 au moins")]
Published = Annotated[int, msgspec.Meta(ge=11, description="entier, 11 au moins")]


class Indicators(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`steering`: shown inside one département; `published`: shown to anybody. `period`: fixed by the first edition."""

    steering: Threshold = 5
    published: Published = 11
    period: Literal["mois", "trimestre"] = "trimestre"
