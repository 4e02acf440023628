"""Check one file against its contract: accepted rows and a report, or `FileRefused`.

1. The bytes, whole, before any parser, and the header (`schemas.readers.settle`).
2. Batches of records: width and structure by the reader, values by the compiled contract.
3. Identical rows, one département, the laws of the envelope, and last the reject threshold, with its
   report.

`examine` goes through a file batch by batch and keeps no row: its memory is one batch, a bounded list
of anomalies and 16 bytes a row where repetitions are ignored (`schemas.repetitions`). `check` keeps
the accepted rows. The file is read, never moved; a refusal or a report carries places and codes,
never a value.
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from schemas.codes import Code
from schemas.compilation import Compiled, compile_contract
from schemas.contract import Contract
from schemas.judgement import empty_rows, judge
from schemas.laws import Statement, check_envelope
from schemas.readers import read
from schemas.readers.batch import END, PLACE, RECORD, Batch
from schemas.readers.settle import settle
from schemas.reading import Anomaly, Examination, FileRefused, Reading, Report
from schemas.repetitions import Repetitions
from schemas.tally import Tally
from schemas.whole import OneDepartement

Consumer = Callable[[pl.DataFrame], None]
Progress = Callable[[int, int], None]


def ignore(*_: object) -> None:
    """Nobody wants the rows, or the progress."""


def check(path: Path, contract: Contract, *, departement: str | None) -> Reading:
    """Check the file at `path`, sent for `departement`. Raises `FileRefused`."""
    frames = [empty_rows(contract).drop(END, RECORD)]
    found = examine(path, contract, departement=departement, consume=frames.append)
    said = (found.departement, found.reference_date, found.made_on, found.kind)
    return Reading(pl.concat(frames), found.report, *said)


def examine(
    path: Path,
    contract: Contract,
    *,
    departement: str | None,
    consume: Consumer = ignore,
    progress: Progress = ignore,
) -> Examination:
    """Go through the file at `path` and hand its accepted rows, a frame a batch, to `consume`.

    A frame has the columns of `Reading.rows`. What was handed counts only once this returns: a later
    line may still refuse the file. `departement` None: whose file it is is not checked, only that it
    is of one. `progress` is told the bytes read and the bytes there are. Raises `FileRefused`.
    """
    size = path.stat().st_size
    progress(0, size)
    contract = settle(path, contract)
    course = _Course(contract, departement)
    for batch in read(path, contract):
        consume(course.follow(batch))
        if batch.position:
            progress(batch.position, size)
    stated = course.envelope(departement)
    report = course.report()
    progress(size, size)
    if report.read and report.rejected / report.read > contract.tolerated_rejects:
        raise FileRefused(Code.TOO_MANY_REJECTS, report=report)
    said = (stated.departement, stated.reference_date, stated.made_on, stated.kind)
    return Examination(report, *said)


class _Course:
    """What is known of a file half read: counts, never rows."""

    def __init__(self, contract: Contract, departement: str | None) -> None:
        self._contract = contract
        self._one = OneDepartement(contract, departement)
        self._compiled: Compiled = compile_contract(contract)
        self._tally = Tally()
        self._seen = Repetitions() if contract.duplicates_ignored else None
        self._stated: dict[str, str] = {}
        self._read = self._accepted = self._rejected = self._ignored = self._total = 0

    def follow(self, batch: Batch) -> pl.DataFrame:
        """Judge a batch; give its accepted rows, repeated ones left out."""
        judged = judge(batch.texts, self._contract, self._compiled, batch.holding)
        self._one.look(judged.rows)
        rows = self._without_repetitions(judged.rows)
        self._tally.add(batch.warnings)
        self._tally.add(batch.misshapen)
        self._tally.add(judged.anomalies)
        self._read += batch.read
        self._accepted += rows.height
        self._rejected += len(batch.misshapen) + judged.rejected
        self._ignored += judged.ignored
        self._total += batch.total
        self._stated.update(batch.stated)
        return rows.drop(END, RECORD)

    def _without_repetitions(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep the first of identical rows: two writings of one phone are identical once normalised."""
        if self._seen is None:
            return rows
        first = self._seen.first(rows.drop(PLACE))
        repeated = rows.filter(~first).select(PLACE)
        self._ignored += repeated.height
        self._tally.add(
            Anomaly(line, end, record, None, Code.DUPLICATE_ROW)
            for line, end, record in repeated.iter_rows()
        )
        return rows.filter(first)

    def envelope(self, departement: str | None) -> Statement:
        """Give what the envelope states, or raise `FileRefused`."""
        envelope = self._contract.envelope
        if envelope is None:
            return Statement(
                departement=self._one.found if self._contract.departement_column else None
            )
        return check_envelope(envelope, self._stated, total=self._total, departement=departement)

    def report(self) -> Report:
        """Say what was found, the whole file having been followed."""
        return Report(
            flow=self._contract.flow,
            contract_version=self._contract.version,
            read=self._read,
            accepted=self._accepted,
            rejected=self._rejected,
            ignored=self._ignored,
            anomalies=self._tally.in_file_order(self._contract),
            counts=self._tally.counts,
        )
