"""`[alerts]`: how often `serve` looks for what is missing, and after how long it says so louder."""

import msgspec

from gateway.settings.values import Positive


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Minutes between two checks; hours of silence of a place before an alert, then an urgent one."""

    check_minutes: Positive = 5
    silent_hours: Positive = 2
    urgent_hours: Positive = 24
