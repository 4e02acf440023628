"""Files drawn for a contract: rows it must accept, written as its layout asks, and their verdict."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from schemas import registry
from schemas.check import check
from schemas.contract import Column, Contract, Layout
from schemas.reading import Reading
from tests.laws.contracts.demands import Row, mended
from tests.laws.contracts.sheets import Manner, Paper, names, sheet
from tests.laws.contracts.trees import record, statement, tree
from tests.laws.contracts.values import OURS, block_of, value

PLAIN = Manner()


def lenient(contract: Contract) -> Contract:
    """The whole contract, for a handful of rows: no share of rejects is too many, no row a repetition."""
    return replace(forgiving(contract), duplicates_ignored=False)


def forgiving(contract: Contract) -> Contract:
    """The whole contract, all its arrangements, whatever the share of rejects."""
    return replace(registry.contract(contract.flow, contract.version), reject_threshold=1.0)


def row(contract: Contract, rng: Random) -> Row:
    """Draw a row the contract must accept."""
    for _ in range(50):
        drawn = {column.name: _cell(contract, column, rng) for column in contract.read_columns}
        found = mended(contract, drawn, rng)
        if found is not None:
            return found
    raise AssertionError(f"no lawful row was found for {contract.flow}")


def rows(contract: Contract, rng: Random, count: int) -> list[Row]:
    """Draw several."""
    return [row(contract, rng) for _ in range(count)]


def tame(drawn: Sequence[Row]) -> list[Row]:
    """The same rows without a sign that needs quotes: another reader has them."""
    signs = str.maketrans(';"', "--")
    return [{name: text and text.translate(signs) for name, text in one.items()} for one in drawn]


def paper(contract: Contract, drawn: Sequence[Row], rng: Random, manner: Manner = PLAIN) -> Paper:
    """Write rows, one a record."""
    if contract.layout is Layout.XML:
        records = [record(contract, [one]) for one in drawn]
        return tree(contract, records, statement(contract, len(records)))
    wanted = names(contract)
    return sheet(contract, [[one[name] or "" for name in wanted] for one in drawn], manner, rng)


def verdict(contract: Contract, body: bytes) -> Reading:
    """Check bytes as a file sent by our département."""
    with TemporaryDirectory() as room:
        file = Path(room) / "depot"
        file.write_bytes(body)
        return check(file, contract, departement=OURS)


def _cell(contract: Contract, column: Column, rng: Random) -> str | None:
    if column.presence:
        return rng.choice("01")
    may_miss = not column.required and column.name not in contract.kept
    if may_miss and rng.random() < 0.2:
        none: Sequence[str | None] = (None,) if contract.layout is Layout.XML else ("  ",)
        return rng.choice([*contract.missing, *none])
    return value(column, contract, rng)


def _joined(contract: Contract, rng: Random) -> Row:
    """Columns joined from one block have as many places, or are all absent."""
    joined: Row = {}
    for _, group in groupby(contract.read_columns, key=block_of):
        places = rng.randrange(4)
        for column in group:
            if column.many is not None:
                parts = [value(column, contract, rng) for _ in range(places)]
                joined[column.name] = column.many.join(parts) if parts else None
    return joined
