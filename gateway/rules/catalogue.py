"""The rules and suppressors in use, written by hand: a rule is added by adding one file and one line.

A rule stands after those it reads.
"""

from gateway.rules import r09, r12, r13, r13b, s07
from gateway.rules.rule import Rule, Suppressor

RULES: tuple[Rule, ...] = (r09.RULE, r12.RULE, r13.RULE, r13b.RULE)
SUPPRESSORS: tuple[Suppressor, ...] = (s07.SUPPRESSOR,)

BY_ID = {rule.id: rule for rule in RULES}
