"""Break-risk rules: pure functions from two journeys to signals with evidence.

`crossing.cross` is the way in; `catalogue` lists the rules and suppressors, one file each; `journeys` is what
is given, `situation` what they look at, `codes` the codes they know, `rule` what they are, `thresholds` which
delays apply, `verdicts` and `telling` how answers become signals, `sentence` how a signal is told.
"""

from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.crossing import Crossing, cross
from gateway.rules.thresholds import AVANT_2025, Thresholds

__all__ = ["AVANT_2025", "RULES", "SUPPRESSORS", "Crossing", "Thresholds", "cross"]
