"""Break-risk rules: pure functions from two journeys to signals with evidence.

`crossing.cross` is the way in; `catalogue` lists the rules, one file each; `situation` says what
they look at, `rule` what they are, `thresholds` which delays apply, `sentence` how a signal is told.
"""

from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.crossing import Crossing, cross
from gateway.rules.thresholds import AVANT_2025, Thresholds

__all__ = ["AVANT_2025", "RULES", "SUPPRESSORS", "Crossing", "Thresholds", "cross"]
