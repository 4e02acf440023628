"""What the CAF says of a right: state, suspensions, refusal, end, rights and duties.

1. Somebody the département follows is in its population: state 2, or 3, or 4 with a motive that
   still counts; their suspension is recent, so that no rule on suspensions is triggered by chance.
2. The others are spread over every state, every motive that does not count, and closed rights.
3. `population` is the gate: rights and duties, and one of those states.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from schemas.generator.dossiers import block, tag

COUNTING = ("01", "05", "06", "35", "36", "44", "70")
_NOT_COUNTING = ("02", "31", "85", "AB", "CV", "DA")
_SUSPENDED = ("DL", "GJ", "GL", "DB", "GK")
_STATES = "124563"
_CLOSED = ("ECH", "PCG", "MUT", "RGD", "RFD", "RAU")
_REFUSED = ("DSD", "PCG")


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of a right: code, motive and day of what explains it (empty for states 0 and 2)."""

    state: str
    motive: str = ""
    since: date | None = None

    @property
    def counts(self) -> bool:
        """Whether the state leaves a person with rights and duties in the population."""
        return self.state in {"2", "3"} or (self.state == "4" and self.motive in COUNTING)


def counting(rng: Random, as_of: date) -> Situation:
    """Draw the situation of somebody the département follows."""
    recent = as_of - timedelta(days=rng.randint(1, 29))
    kind = rng.random()
    if kind < 0.82:
        return Situation("2")
    if kind < 0.87:
        return Situation("3", rng.choice(_SUSPENDED), recent)
    return Situation("4", rng.choice(COUNTING), recent)


def any_other(rng: Random, as_of: date, turn: int) -> Situation:
    """Draw the situation of a household the département does not follow; states take turns."""
    since = as_of - timedelta(days=rng.randint(5, 400))
    state = _STATES[turn % len(_STATES)]
    motives = {"1": _REFUSED, "3": _SUSPENDED, "4": _NOT_COUNTING, "5": _CLOSED, "6": _CLOSED}
    if state not in motives:
        return Situation(state)
    return Situation(state, rng.choice(motives[state]), since)


def told(situation: Situation) -> str:
    """Write the block `SituationDossierRSA`."""
    state, since = situation.state, situation.since
    parts = [block("EtatDossierRSA", tag("ETATDOSRSA", state))]
    if since is not None:
        parts.append(_explained(state, situation.motive, since.isoformat()))
    return block("SituationDossierRSA", *parts)


def _explained(state: str, motive: str, since: str) -> str:
    match state:
        case "1":
            return block("Refus", tag("DTREFURSA", since), tag("MOTIREFURSA", motive))
        case "3":
            return block("SuspensionDroit", tag("MOTISUSDRORSA", motive), tag("DDSUSDRORSA", since))
        case "4":
            return block(
                "SuspensionVersement", tag("MOTISUSVERSRSA", motive), tag("DDSUSVERSRSA", since)
            )
        case "5":
            return block("FinDroit", tag("MOTICLORSA", motive), tag("DTCLORSA", since))
        case _:
            return block("FinDroitMoisAnterieur", tag("MOTICLORSA", motive), tag("DTCLORSA", since))
