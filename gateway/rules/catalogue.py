"""The rules and suppressors in use, written by hand: a rule is added by adding one file and one line.

A rule stands after those it reads. Of the suppressors that silence a person whole, the first that holds is
the one that is told: right and address first (they are outside the population), then doubt, then the rest.
"""

from gateway.rules import (
    r01,
    r02,
    r03,
    r04,
    r05,
    r06,
    r07,
    r08,
    r09,
    r11,
    r12,
    r13,
    r13b,
    r14,
    r15,
    r18,
    s01,
    s02,
    s03,
    s04,
    s05,
    s06,
    s07,
    s08,
    s09,
    s10,
    s11,
)
from gateway.rules.rule import Rule, Suppressor

RULES: tuple[Rule, ...] = (
    r01.RULE,
    r02.RULE,
    r03.RULE,
    r04.RULE,
    r05.RULE,
    r06.RULE,
    r07.RULE,
    r08.RULE,
    r09.RULE,
    r11.RULE,
    r12.RULE,
    r13.RULE,
    r13b.RULE,
    r14.RULE,
    r15.RULE,
    r18.RULE,
)
SUPPRESSORS: tuple[Suppressor, ...] = (
    s01.SUPPRESSOR,
    s02.SUPPRESSOR,
    s08.SUPPRESSOR,
    s07.SUPPRESSOR,
    s03.SUPPRESSOR,
    s05.SUPPRESSOR,
    s06.SUPPRESSOR,
    s10.SUPPRESSOR,
    s04.SUPPRESSOR,
    s09.SUPPRESSOR,
    s11.SUPPRESSOR,
)

BY_ID = {rule.id: rule for rule in RULES}
