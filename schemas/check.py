"""Check one file against its contract: accepted rows and a report, or `FileRefused`.

1. The bytes, whole, before any parser (`schemas.readers.bytes`).
2. Batches of records: width and structure by the reader, values by the compiled contract.
3. The laws of the envelope, identical rows, and last the reject threshold, with its report.

Memory holds one batch of text at a time, beside the accepted rows. The file is read, never moved;
a refusal or a report carries places and codes, never a value.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from schemas.codes import Code
from schemas.compilation import compile_contract
from schemas.contract import Contract
from schemas.judgement import END, PLACE, RECORD, empty_rows, judge
from schemas.laws import Statement, check_envelope
from schemas.readers import read
from schemas.readers.bytes import check_bytes
from schemas.reading import Anomaly, FileRefused, Reading, Report


def check(path: Path, contract: Contract, *, departement: str) -> Reading:
    """Check the file at `path`, sent for `departement`. Raises `FileRefused`."""
    check_bytes(path, contract)
    compiled = compile_contract(contract)
    frames, anomalies = [empty_rows(contract)], list[Anomaly]()
    seen = rejected = total = 0
    statement: dict[str, str] = {}
    for batch in read(path, contract):
        judged = judge(batch.rows, contract, compiled)
        frames.append(judged.rows)
        anomalies += [*batch.misshapen, *judged.anomalies]
        seen, total = seen + batch.read, total + batch.total
        rejected += len(batch.misshapen) + judged.rejected
        statement.update(batch.stated)
    stated = _lawful(contract, statement, total, departement)
    rows, repeated = _without_repetitions(pl.concat(frames), contract)
    report = Report(
        flow=contract.flow,
        contract_version=contract.version,
        read=seen,
        accepted=rows.height,
        rejected=rejected,
        ignored=len(repeated),
        anomalies=_in_file_order([*anomalies, *repeated], contract),
    )
    if seen and rejected / seen > contract.reject_threshold:
        raise FileRefused(Code.TOO_MANY_REJECTS, report=report)
    rows = rows.drop(END, RECORD)
    said = (stated.departement, stated.reference_date, stated.made_on, stated.kind)
    return Reading(rows, report, *said)


def _lawful(contract: Contract, stated: dict[str, str], total: int, departement: str) -> Statement:
    if contract.envelope is None:
        return Statement()
    return check_envelope(contract.envelope, stated, total=total, departement=departement)


def _without_repetitions(
    rows: pl.DataFrame, contract: Contract
) -> tuple[pl.DataFrame, list[Anomaly]]:
    """Keep the first of identical rows. Two writings of one phone are identical once normalised."""
    if not contract.duplicates_ignored:
        return rows, []
    first = rows.select(pl.struct(pl.exclude(*PLACE)).is_first_distinct()).to_series()
    repeated = [
        Anomaly(line, end, record, None, Code.DUPLICATE_ROW)
        for line, end, record in rows.filter(~first).select(*PLACE).iter_rows()
    ]
    return rows.filter(first), repeated


def _in_file_order(anomalies: Sequence[Anomaly], contract: Contract) -> tuple[Anomaly, ...]:
    order = {column.name: rank for rank, column in enumerate(contract.columns)}
    return tuple(
        sorted(anomalies, key=lambda one: (one.record, order.get(one.column or "", -1), one.code))
    )
