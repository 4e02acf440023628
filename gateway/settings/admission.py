"""What this gateway admits: whose environment it is, and how long refused bytes may still be wanted."""

from typing import Literal

import msgspec

from gateway.settings.values import Positive


class Admission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file whose name says another environment is refused. `quarantine_days`: then erased."""

    environment: Literal["production", "test"] = "production"
    quarantine_days: Positive = 30
