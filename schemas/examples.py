"""A file that a contract accepts whole, made from the contract alone: the same for the same seed.

1. `records` draws rows of text, `written` lays them out, `example` does both; `template` is a file of
   nobody. Whoever wants a wrong file changes a row between the two.
2. Everybody is invented (`schemas.generator.people`); what is drawn agrees with the form, the list and
   the pattern of its column, then is settled with the rules across columns (`schemas.casts`).
3. The first row has every column its rules allow; the others leave some of the optional ones out.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

from schemas.casts import Cast
from schemas.contract import Contract, Layout
from schemas.elements import document
from schemas.specimens import specimen

Record = Mapping[str, str | None]

AS_OF = date(2026, 1, 15)


def example(
    contract: Contract, *, rows: int, seed: int, departement: str = "08", as_of: date = AS_OF
) -> bytes:
    """Write a valid file of that many rows, one per record."""
    drawn = records(contract, rows=rows, seed=seed, departement=departement, as_of=as_of)
    return written(contract, drawn, departement=departement, as_of=as_of)


def records(
    contract: Contract, *, rows: int, seed: int, departement: str = "08", as_of: date = AS_OF
) -> list[Record]:
    """Draw rows, no two alike: column read → text as the file writes it, None when absent.

    Raises `ValueError` when the contract has not so many different rows.
    """
    cast = Cast(contract, Random(seed), departement, as_of)  # noqa: S311 - invented people
    found: dict[tuple[str | None, ...], Record] = {}
    for turn in range(rows * 20):
        if len(found) == rows:
            break
        row = cast.row(full=turn == 0)
        found.setdefault(tuple(row.values()), row)
    if len(found) < rows:
        raise ValueError(f"the contract {contract.flow} has no {rows} different rows")
    return list(found.values())


def written(
    contract: Contract, rows: Sequence[Record], *, departement: str, as_of: date | None = AS_OF
) -> bytes:
    """Lay rows out in the contract's layout and encoding, envelope and total included."""
    match contract.layout:
        case Layout.CSV:
            return _delimited(contract, rows)
        case Layout.XML:
            return document(contract, rows, departement=departement, as_of=as_of)


def template(contract: Contract) -> bytes:
    """Write a file of nobody: a header; an XML envelope with its places empty and a total of 0."""
    return written(contract, [], departement="", as_of=None)


def file_name(contract: Contract, *, departement: str = "08", as_of: date = AS_OF) -> str | None:
    """Give a name of the flow's convention, None when it has none."""
    if contract.file_name is None:
        return None
    given = {
        "departement": departement,
        "date_reference": f"{as_of:%Y%m%d}",
        "sequence": "000001",
        "environment": "P",
    }
    draws = [specimen(contract.file_name, Random(seed), given) for seed in range(8)]  # noqa: S311
    # The plainest: without what is optional, an encryption suffix for instance.
    return min(draws, key=lambda name: (len(name), name))


def _delimited(contract: Contract, rows: Sequence[Record]) -> bytes:
    names = (
        contract.arrangements[0].columns
        if contract.arrangements
        else tuple(column.name for column in contract.read_columns)
    )
    text = io.StringIO()
    writer = csv.writer(text, delimiter=contract.separator, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row[name] or "" for name in names] for row in rows)
    return text.getvalue().encode(contract.encoding)
