"""Every scenario drawn on purpose: thresholds on the day and the day before, and their neighbours."""

from schemas.generator import lapses, silences
from schemas.generator.scenarios import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *lapses.contracts(),
    *lapses.tracks(),
    *lapses.meetings(),
    *silences.interviews(),
    *silences.registrations(),
    *silences.silences(),
    *silences.links(),
)
