"""Defects put in a good row one at a time, and the anomalies each must give: those, and no other.

A row is drawn again until the defect is all there is against it: a wrong key in `nir` is not also a
`nir` that differs from `nir2`. Where the contract leaves no such row, what else it breaks is expected too.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from schemas.codes import Code, Effect
from schemas.contract import Column, Contract, Layout
from schemas.reading import Anomaly
from tests.laws.contracts.demands import Broken, Row, broken, mended, spoiled
from tests.laws.contracts.files import row
from tests.laws.contracts.sheets import Place
from tests.laws.contracts.values import block_of
from tests.laws.contracts.wrong import Wrong, wrongs

Told: TypeAlias = tuple[int, int, int, str | None, Code]
Faults: TypeAlias = Sequence[tuple[str | None, Code]]
_COSTLY = {Effect.ROW_REFUSED, Effect.ROW_IGNORED}
_MENDED = {Code.QUOTED_NEWLINE, Code.CP1252_BYTE}


@dataclass(frozen=True, slots=True)
class Mutated:
    """A row with one defect, and what must be said of it."""

    kind: str
    row: Row
    faults: Faults
    column: str = ""


def told(anomalies: Sequence[Anomaly]) -> Counter[Told]:
    """What a report says, place and code."""
    return Counter((a.line, a.end_line, a.record, a.column, a.code) for a in anomalies)


def expected(faults: Sequence[Faults], places: Sequence[Place]) -> Counter[Told]:
    """What a report must say of records with these faults at these places."""
    pairs = zip(faults, places, strict=True)
    return Counter((*place, column, code) for each, place in pairs for column, code in each)


def costs_its_row(faults: Faults) -> bool:
    """Whether one of these faults keeps the row out."""
    return any(code.entry.effect in _COSTLY for _, code in faults)


def value_mutations(contract: Contract, rng: Random) -> Iterator[Mutated]:
    """Every column, every kind of wrong value."""
    for column in contract.read_columns:
        if column.name != contract.departement_column and not column.presence:
            for wrong in wrongs(column, contract):
                yield _alone(contract, column, wrong, rng)


def demand_mutations(contract: Contract, rng: Random) -> Iterator[Mutated]:
    """Every custom check that can be broken by itself."""
    for rank, rule in enumerate(contract.rules, 1):
        for _ in range(100):
            start = row(contract, rng) | dict(rule.when)
            start = mended(contract, start, rng) or start
            odd = spoiled(contract, rule, start, rng)
            found = broken(contract, odd)
            if len(found) == 1 and found[0][0] in rule.names and not _gaps(contract, odd):
                yield Mutated(f"demand {rank}", odd, found)
                break


def absences(contract: Contract, rng: Random) -> Iterator[Mutated]:
    """XML: each element left out, then empty: a fault where it is required, nothing elsewhere."""
    for column in contract.read_columns if contract.layout is Layout.XML else ():
        if column.presence:
            continue
        for kind, text in (("removed", None), ("emptied", "")):
            faults = [(column.name, Code.MISSING_VALUE)] if column.required else []
            change: Row = {column.name: text, **_without_block(contract, column)}
            yield _without_more(f"{column.name} {kind}", contract, change, faults, rng)


def _alone(contract: Contract, column: Column, wrong: Wrong, rng: Random) -> Mutated:
    change: Row = {column.name: wrong.draw(rng), **_without_block(contract, column)}
    kind = f"{column.name} {wrong.kind}"
    return _without_more(kind, contract, change, [(column.name, wrong.code)], rng)


def _without_block(contract: Contract, column: Column) -> Row:
    """Leave out what is joined from the same block: it would have as many places, all empty."""
    if column.many is None:
        return {}
    block = block_of(column)
    return {c.name: None for c in contract.read_columns if block_of(c) == block and c != column}


def _without_more(
    kind: str, contract: Contract, change: Row, faults: Faults, rng: Random
) -> Mutated:
    # What is only mended is judged all the same.
    named = {column for column, code in faults if code not in _MENDED}
    odd, more = Row(), list[Broken]()
    for _ in range(40):
        odd = row(contract, rng) | change
        more = [one for one in broken(contract, odd) if one[0] not in named]
        if not more:
            break
    return Mutated(kind, odd, [*faults, *more], next(iter(change)))


def takes(pattern: str) -> bool:
    """Whether a free text may stand there."""
    return re.fullmatch(pattern or ".*", "AB CD EF") is not None


def _gaps(contract: Contract, drawn: Row) -> bool:
    """Whether a required column was emptied on the way."""
    return any(
        column.required and (drawn[column.name] or "").strip() in contract.missing
        for column in contract.read_columns
    )


def warnings(contract: Contract, rng: Random) -> Iterator[Mutated]:
    """CSV: a newline in a quoted text, a Windows character where ISO has none: told, and the row kept."""
    if contract.layout is Layout.XML:
        return
    for column in contract.read_columns:
        if column.form != "texte" or column.enum or not takes(column.pattern):
            continue
        drawn = [("newline", "AB\nCD\r\n\r\nEF", Code.QUOTED_NEWLINE)]
        if not contract.is_unicode:
            drawn.append(("Windows", "L\x92ETE \x80", Code.CP1252_BYTE))
        for kind, text, code in drawn:
            change: Row = {column.name: text}
            yield _without_more(
                f"{column.name} {kind}", contract, change, [(column.name, code)], rng
            )
