"""When a file is expected: working days, windows, and which of them a file answered. Pure.

`working` knows the closed days, `windows` what is expected when, `answering` what was answered.
"""

from gateway.calendar.answering import unanswered
from gateway.calendar.windows import PARIS, Closed, Every, Expectation, Pause, Window, due
from gateway.calendar.working import REGIONS, region_of

__all__ = [
    "PARIS",
    "REGIONS",
    "Closed",
    "Every",
    "Expectation",
    "Pause",
    "Window",
    "due",
    "region_of",
    "unanswered",
]
