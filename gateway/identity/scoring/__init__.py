"""Pairs that no exact pass links: weighed as Fellegi and Sunter do, chosen only when nobody disputes them.

    subjects → candidates (blocking) → levels (comparing) → weights (weighing) → links and proposals (choosing)

1. `score(left, right, weights)` gives LEFT, RIGHT, WEIGHT, BARRED, WHY; `select(scored, weights)` gives
   the links and what is left to people. Pure functions: the same subjects in any order, the same pairs.
2. A weight is the logarithm in base 2 of the odds that two subjects are one person.
3. BARRED: whatever its weight, only people may make a link of that pair (see `weighing`).
4. Names are in memory only: no weight, reason, count or artefact holds one.

Source: I. Fellegi and A. Sunter, A Theory for Record Linkage, JASA 64 (1969).
"""

from gateway.identity.scoring.choosing import Selection, select
from gateway.identity.scoring.scoring import FellegiSunter, score
from gateway.identity.scoring.weights import Weights, default, read

__all__ = ["FellegiSunter", "Selection", "Weights", "default", "read", "score", "select"]
