"""Whether a rule is evaluated under a configuration, and why not."""

from enum import StrEnum

from gateway.rules.rule import Rule
from gateway.rules.thresholds import Thresholds


class Standing(StrEnum):
    """Where a rule stands in one version."""

    IN_USE = "evaluee"
    NOT_ASKED = "non_demandee"  # optional, and the département did not ask for it
    OBSOLETE = "sans_objet"  # the law of the regime made it void
    WITHOUT_DELAY = "sans_delai"  # added to the code after the département decided


def standing(rule: Rule, thresholds: Thresholds) -> Standing:
    """Where this rule stands."""
    if rule.id in thresholds.obsolete:
        return Standing.OBSOLETE
    if rule.optional and rule.id not in thresholds.optional:
        return Standing.NOT_ASKED
    if any(key not in thresholds.delays for key in rule.delays):
        return Standing.WITHOUT_DELAY
    return Standing.IN_USE


def is_in_use(rule: Rule, thresholds: Thresholds) -> bool:
    """Whether a crossing evaluates it."""
    return standing(rule, thresholds) is Standing.IN_USE
