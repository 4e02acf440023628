"""What changes from one draft of a habilitation to the next, as two people read it before they decide.

1. Nothing is said exactly when both say the same; each field that differs is said at least once.
2. A change is marked: it widens (`élargit`: more columns, more départements, more days, more rows, kept
   longer, another recipient, product, flow or purpose), it narrows (`restreint`), or neither (`autre`).
3. In doubt it widens: what is replaced by something that cannot be compared opens something new.
4. Coming back from revoked, suspended or expired widens too, whatever the content: `reopening` says it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.habilitation.model import Draft, Habilitation, Organisation, Status


class Effect(StrEnum):
    """What a change does to what may leave; the values are what people read."""

    WIDENS = "élargit"
    NARROWS = "restreint"
    OTHER = "autre"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: of which field, in French, and its effect."""

    field: str
    sentence: str
    effect: Effect


LABELS: Final[Mapping[str, str]] = {
    "id": "nom de l'habilitation",
    "organisation": "organisme",
    "direction": "sens",
    "purpose": "finalité",
    "purpose_label": "texte de la finalité",
    "legal_basis": "base légale",
    "columns": "colonnes",
    "departements": "départements",
    "retention_months": "conservation",
    "starts": "début",
    "ends": "fin",
    "contacts": "contacts",
    "product": "produit",
    "flow": "flux",
    "daily_rows": "plafond par jour",
    "format": "format",
    "retention_justification": "justification de la conservation",
    "datapass_id": "numéro DataPass",
}
_STOOD: Final[Mapping[Status, str]] = {
    Status.SUSPENDED: "suspendue",
    Status.REVOKED: "révoquée",
    Status.EXPIRED: "expirée",
}


_INSIDE: Final[Mapping[str, str]] = {
    "nature": "texte",
    "url": "adresse",
    "document": "PDF, empreinte",
    "controller": "responsable de traitement",
    "dpo": "délégué à la protection des données",
    "technical": "contact technique",
}


def difference(before: Draft, after: Draft) -> Sequence[Change]:
    """Everything that changes, in the order of the fields."""
    return [
        change
        for item in fields(Draft)
        for change in _changed(item.name, getattr(before, item.name), getattr(after, item.name))
    ]


def reopening(before: Habilitation | None) -> Sequence[Change]:
    """That a version which opens nothing any more would open again."""
    if before is None or before.status not in _STOOD:
        return []
    stood = f"version {before.version} {_STOOD[before.status]}, elle s'ouvre de nouveau"
    return [Change("status", stood, Effect.WIDENS)]


def widens(changes: Sequence[Change]) -> bool:
    """Whether any of them does."""
    return any(change.effect is Effect.WIDENS for change in changes)


def told(changes: Sequence[Change]) -> Mapping[str, str]:
    """One line a field, as requests show it: `colonnes` → `ajoute NIR (élargit) ; …`."""
    lines: dict[str, list[str]] = {}
    for change in changes:
        label = LABELS.get(change.field, "état")
        lines.setdefault(label, []).append(f"{change.sentence} ({change.effect})")
    return {label: " ; ".join(said) for label, said in lines.items()}


def _changed(name: str, before: Any, after: Any) -> Iterator[Change]:  # noqa: ANN401 - any field
    if before != after:
        judge = _JUDGES.get(name, _replaced)
        yield from (Change(name, sentence, effect) for sentence, effect in judge(before, after))


Said = Iterator[tuple[str, Effect]]


def _replaced(before: object, after: object) -> Said:
    yield f"{_written(before)} → {_written(after)}", Effect.OTHER


def _another(before: object, after: object) -> Said:
    yield f"{_written(before)} → {_written(after)}", Effect.WIDENS


def _members(before: tuple[str, ...], after: tuple[str, ...]) -> Said:
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    if added:
        yield f"ajoute {', '.join(added)}", Effect.WIDENS
    if removed:
        yield f"retire {', '.join(removed)}", Effect.NARROWS
    if not added and not removed:
        yield "dans un autre ordre", Effect.OTHER


def _starting(before: date, after: date) -> Said:
    effect = Effect.WIDENS if after < before else Effect.NARROWS
    yield f"{before:%d/%m/%Y} → {after:%d/%m/%Y}", effect


def _ending(before: date, after: date) -> Said:
    effect = Effect.WIDENS if after > before else Effect.NARROWS
    yield f"{before:%d/%m/%Y} → {after:%d/%m/%Y}", effect


def _retained(before: int, after: int) -> Said:
    effect = Effect.WIDENS if after > before else Effect.NARROWS
    yield f"{before} → {after} mois", effect


def _ceiling(before: int | None, after: int | None) -> Said:
    """No ceiling is the highest of all."""
    higher = after is None or (before is not None and after > before)
    said = [f"{rows} lignes" if rows is not None else "aucun" for rows in (before, after)]
    yield " → ".join(said), Effect.WIDENS if higher else Effect.NARROWS


def _organisation(before: Organisation, after: Organisation) -> Said:
    if before.siret != after.siret:
        yield f"SIRET {before.siret} → {after.siret}", Effect.WIDENS
    if before.name != after.name:
        yield f"{before.name} → {after.name}", Effect.OTHER


def _inside(before: object, after: object) -> Said:
    """A table, by those of its members that differ."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    for name, label in _INSIDE.items():
        was, now = old.get(name), new.get(name)
        if was != now:
            yield f"{label} : {_written(was)} → {_written(now)}", Effect.OTHER


_JUDGES: Final[Mapping[str, Callable[..., Said]]] = {
    "organisation": _organisation,
    "direction": _another,
    "purpose": _another,
    "product": _another,
    "flow": _another,
    "legal_basis": _inside,
    "columns": _members,
    "departements": _members,
    "retention_months": _retained,
    "starts": _starting,
    "ends": _ending,
    "contacts": _inside,
    "daily_rows": _ceiling,
}


def _written(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, dict):
        return f"{value['name']} <{value['email']}>"  # somebody to write to
    return "rien" if value is None else str(value)
