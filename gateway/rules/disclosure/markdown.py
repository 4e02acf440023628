"""The public sheet in Markdown: `docs/regles.md`, kept equal by a test."""

from collections.abc import Iterator, Sequence

from gateway.rules.disclosure import words
from gateway.rules.disclosure.sheet import Delay, Sheet, Told
from gateway.rules.thresholds import DEFAULTS
from gateway.rules.written import differences

_HEAD = (
    "Page écrite par `passerelle rules catalogue > docs/regles.md`, un test la tient à jour. La passerelle "
    "publie la même à `/regles`, et celle de chaque département à `/regles/<département>`."
)


def markdown(sheet: Sheet) -> str:
    """The whole page."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    held = sheet.thresholds
    yield from (f"# {words.TITLE}", "", _HEAD, "")
    whose = f"du département {sheet.departement}" if sheet.departement else "par défaut"
    yield f"Configuration {whose} : version `{held.version}`, {words.REGIMES[held.regime]}."
    yield f"Empreinte SHA-256 : `{sheet.digest}`."
    yield from _section("À quoi cela sert", words.PURPOSE)
    yield from _section("Ce que cela décide : rien", words.CONTRIBUTION)
    yield from _section(
        "Données et sources", [f"`{flow}` : {text}." for flow, text in words.SOURCES.items()]
    )
    yield from _section("Opérations", [sheet.filled(text) for text in words.OPERATIONS])
    yield from _section("Poids et priorités", words.WEIGHING)
    families = [(words.FAMILIES[family], str(cap)) for family, cap in sheet.caps]
    yield from _table(("famille", "points au plus"), families)
    yield from _section("Autres réglages", [f"{name} : {what}." for name, what in sheet.choices])
    yield from ("", "## Les règles", "")
    rows = [
        (f"`{told.rule.id}`", told.rule.name, words.STANDINGS[told.standing], _days(told.delays))
        for told in sheet.rules
    ]
    yield from _table(("règle", "nom", "état", "délais, en jours"), rows)
    for told in sheet.rules:
        yield from _rule(told)
    silences = [(one.id, one.name, one.definition) for one in sheet.suppressors]
    yield from ("", "## Ce qui fait taire", "")
    yield from _table(("", "nom", "quand"), silences)
    yield from _section("Vos droits", [sheet.filled(text) for text in words.RIGHTS])
    yield from _section("Ce qui n'est jamais utilisé", words.NEVER_USED)
    for other in DEFAULTS.values():
        if other.regime is not held.regime:
            changes = differences(held, other)
            lines = [f"`{name}` : {what}." for name, what in changes.items()]
            yield from _section(f"Ce que change le régime {other.regime} ({other.version})", lines)


def _rule(told: Told) -> Iterator[str]:
    rule = told.rule
    yield from ("", f"### {rule.id} : {rule.name}", "", rule.definition, "")
    if told.why:
        yield from (f"- État : {words.STANDINGS[told.standing]}. {told.why}",)
    yield f"- Fondement : {told.legal_source}"
    yield f"- Délais : {_days(told.delays)}."
    shown = "" if rule.shown else " Jamais montrée seule."
    yield f"- Poids {rule.weight}, famille {words.FAMILIES[rule.family]} ({told.cap} points au plus).{shown}"
    yield f"- Population : {words.GATES[rule.gate]}."
    yield f"- Données : {', '.join(f'`{fact.name}` ({fact.flow})' for fact in told.evidence)}."
    yield f"- Se trompe quand : {' '.join(rule.false_positives)}"


def _days(delays: Sequence[Delay]) -> str:
    return ", ".join(f"{one.days} ({one.about})" if one.about else str(one.days) for one in delays)


def _section(title: str, items: Sequence[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from (f"- {item}" for item in items)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
