"""The public sheet of the algorithm, as the law asks of it (CRPA, L311-3-1, R311-3-1-2, L312-1-3).

1. Made of the rules themselves and of one configuration: nothing in it is written twice.
2. A delay is told with where it comes from: our regime's, or the département's decision.
3. A rule that is not evaluated is told too, with why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.disclosure import words
from gateway.rules.rule import CAPS, Evidence, Family, Moment, Rule, Suppressor
from gateway.rules.standing import Standing, standing
from gateway.rules.thresholds import DEFAULTS, Thresholds


@dataclass(frozen=True, slots=True)
class Delay:
    """One number of a rule. `ours`: what the regime starts from, None where it has none."""

    key: str
    days: int
    ours: int | None
    owner: str

    @property
    def about(self) -> str:
        """What it counts, when its key is not the rule's alone."""
        rule, _, case = self.key.partition(".")
        said = words.MEASURES.get(self.key) or words.CASES.get(case, "")
        return said if rule == self.owner else ", ".join(filter(None, (rule, said)))

    @property
    def origin(self) -> str:
        """Where it comes from."""
        if self.days == self.ours:
            return "valeur de départ"
        start = "aucune" if self.ours is None else f"{self.ours} j"
        return f"décision du département (valeur de départ : {start})"


@dataclass(frozen=True, slots=True)
class Told:
    """One rule under one configuration."""

    rule: Rule
    standing: Standing
    why: str
    delays: tuple[Delay, ...]
    legal_source: str
    evidence: tuple[Evidence, ...]

    @property
    def cap(self) -> int:
        """The most its family counts."""
        return CAPS[self.rule.family]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One configuration, told. `departement` is None for ours; `since` for what was never decided."""

    departement: str | None
    thresholds: Thresholds
    digest: str
    since: date | None = None

    @property
    def rules(self) -> tuple[Told, ...]:
        """Every rule there is, in the order of the catalogue."""
        return tuple(_told(rule, self.thresholds) for rule in RULES)

    @property
    def suppressors(self) -> tuple[Suppressor, ...]:
        """What silences, in the order of its numbers."""
        return tuple(sorted(SUPPRESSORS, key=lambda one: int(one.id[1:])))

    @property
    def caps(self) -> tuple[tuple[Family, int], ...]:
        """Each family and the most it counts."""
        return tuple(CAPS.items())

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """What is set beside the delays, in words."""
        return tuple(_choices(self.thresholds))

    def filled(self, text: str) -> str:
        """A text with the numbers of this configuration: `{freshness}`, `{dismissal}`..."""
        held = self.thresholds
        return text.format(
            freshness=held.freshness,
            retirement=held.retirement,
            watch=held.watch,
            dismissal=held.dismissal,
            absences=held.absences,
        )


def _told(rule: Rule, thresholds: Thresholds) -> Told:
    ours = DEFAULTS[thresholds.regime]
    stands = standing(rule, thresholds)
    amended = words.AMENDED[thresholds.regime].get(rule.id, "")
    held = [
        Delay(key, days, ours.delays.get(key), rule.id)
        for key, days in thresholds.delays.items()
        if key in rule.delays or key.partition(".")[0] == rule.id
    ]
    moment = Moment(date(2022, 6, 15), date(2022, 6, 1), ours)  # names of evidence depend on no day
    return Told(
        rule=rule,
        standing=stands,
        why=_why(rule, stands, thresholds),
        delays=tuple(sorted(held, key=lambda delay: delay.key)),
        legal_source=f"{rule.legal_source} {amended}".strip(),
        evidence=rule.judge(moment).evidence,
    )


def _why(rule: Rule, stands: Standing, thresholds: Thresholds) -> str:
    return {
        Standing.IN_USE: "",
        Standing.NOT_ASKED: "Règle facultative : ce département ne l'a pas demandée.",
        Standing.OBSOLETE: thresholds.obsolete.get(rule.id, ""),
        Standing.WITHOUT_DELAY: "Règle ajoutée après cette version : le département n'a pas fixé son délai.",
    }[stands]


def _choices(held: Thresholds) -> Iterator[tuple[str, str]]:
    yield "Fichier de Pôle emploi utilisable", f"jusqu'à {held.freshness} jours"
    yield "Rien n'est signalé à partir de (S10)", f"{held.retirement} ans"
    yield "Rendez-vous prévu d'ici à (S9)", f"{held.watch} jours"
    yield "Silence après un signal écarté (S12)", f"{held.dismissal} jours"
    yield "Absences qui font un signal (R11)", str(held.absences)
    yield (
        "Sorties de liste sans rupture (S3, R06)",
        ", ".join(sorted(held.harmless_exits)) or "aucune",
    )
    linked = (
        "proposés à une personne" if held.score.value == "proposer" else "faits au-dessus du seuil"
    )
    yield "Rapprochements par les seuls poids", linked
