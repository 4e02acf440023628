"""What is concluded of one file offline: its report, what refuses it, who disappeared, what its name costs.

The gateway concludes the same of a delivery by its stages, with what only it knows (periods, duplicates).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from schemas.check import Consumer, Progress, examine, ignore
from schemas.codes import Code, Effect, Entry
from schemas.contract import Contract
from schemas.disappearance import Disappearance, compare, people_of, told
from schemas.laws import check_announced
from schemas.reading import Anomaly, FileRefused, Report
from schemas.whole import DEPARTEMENT, check_name

FIRST = 5  # places given of each code and column
# What changes nothing of what is taken; anything else is an error that the sender must correct.
MILD = frozenset({Effect.ROW_IGNORED, Effect.WARNING})


def is_error(code: Code) -> bool:
    """Whether something of the file was not taken as it came."""
    return code.entry.effect not in MILD


class Outcome(StrEnum):
    """What is concluded of a whole file."""

    ACCEPTED = "accepté"
    PARTLY = "accepté avec rejets"
    REFUSED = "refusé"


@dataclass(frozen=True, slots=True)
class Finding:
    """How often one code was found in one column, and its first places."""

    code: Code
    column: str | None
    count: int
    first: tuple[Anomaly, ...] = ()

    @property
    def entry(self) -> Entry:
        """The published line of its code."""
        return self.code.entry


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is said of one file: its counts, what refuses it if anything does, who disappeared.

    `remarks`: codes that change nothing here, and would once the file is sent.
    """

    report: Report
    refused: FileRefused | None = None
    disappearance: Disappearance | None = None
    remarks: tuple[Code, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The verdict, in a word."""
        if self.refused is not None:
            return Outcome.REFUSED
        return Outcome.PARTLY if self.report.rejected else Outcome.ACCEPTED

    def findings(self, *, errors: bool) -> tuple[Finding, ...]:
        """Errors or warnings by code and column, the most frequent first."""
        found = [one for one in _found(self.report) if is_error(one.code) is errors]
        return tuple(sorted(found, key=lambda one: (-one.count, one.code, one.column or "")))


def conclude(
    path: Path,
    contract: Contract,
    *,
    departement: str | None,
    previous: pl.DataFrame | None = None,
    progress: Progress = ignore,
) -> Conclusion:
    """Judge the file at `path`; `previous` is who was in the one before (`people_in`). Raises OSError."""
    stated = contract.parse_name(path.name)
    departement = departement or (stated or {}).get(DEPARTEMENT)
    remarks = () if stated is not None else (Code.UNKNOWN_NAME,)
    frames: list[pl.DataFrame] = []
    keep = ignore if previous is None else _keeping(frames, contract)
    report = Report(contract.flow, contract.version, 0, 0, 0, 0)
    try:
        found = examine(path, contract, departement=departement, consume=keep, progress=progress)
        report = found.report
        check_name(stated or {}, departement or found.departement, found.reference_date)
        check_announced(stated or {}, report.read)
    except FileRefused as refused:
        return Conclusion(refused.report or report, refused, remarks=remarks)
    if previous is None:
        return Conclusion(report, remarks=remarks)
    gone = compare(previous, people_of(frames, contract), contract)
    return Conclusion(told(report, gone), disappearance=gone, remarks=remarks)


def people_in(
    path: Path, contract: Contract, *, departement: str | None, progress: Progress = ignore
) -> pl.DataFrame:
    """Give who is in the file at `path`. Raises `FileRefused` when nobody would have accepted it."""
    frames: list[pl.DataFrame] = []
    keep = _keeping(frames, contract)
    examine(path, contract, departement=departement, consume=keep, progress=progress)
    return people_of(frames, contract)


def _keeping(frames: list[pl.DataFrame], contract: Contract) -> Consumer:
    return lambda rows: frames.append(people_of([rows], contract))


def _found(report: Report) -> Iterable[Finding]:
    first: dict[tuple[Code, str | None], list[Anomaly]] = {}
    for one in report.anomalies:
        places = first.setdefault((one.code, one.column), [])
        if len(places) < FIRST:
            places.append(one)
    for (code, column), count in report.by_column().items():
        yield Finding(code, column, count, tuple(first.get((code, column), ())))
