"""The three tables of the ledger.

`define(metadata)` puts them into the one metadata of the house, for alembic. Nothing but
`gateway/ledger` writes them, and no row of `ledger_entry` is ever changed.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table

_own = MetaData()
# SQLite knows its rowid under the exact name INTEGER; eight bytes everywhere.
_Number = BigInteger().with_variant(Integer(), "sqlite")

ENTRY = Table(
    "ledger_entry",
    _own,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
# One row, id 0: how many entries are committed. Its lock makes writers queue.
HEAD = Table(
    "ledger_head",
    _own,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", _Number, nullable=False),
)
# Every head we ever signed: what the log may never contradict.
CHECKPOINT = Table(
    "ledger_checkpoint",
    _own,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class LedgerTables:
    """The tables, as they stand in the metadata of the house."""

    entry: Table
    head: Table
    checkpoint: Table


def define(metadata: MetaData) -> LedgerTables:
    """Put the tables of the ledger into this metadata."""
    return LedgerTables(
        ENTRY.to_metadata(metadata), HEAD.to_metadata(metadata), CHECKPOINT.to_metadata(metadata)
    )
