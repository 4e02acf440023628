"""What any bytes at all must come to: a reading whose counts add up, or a refusal under a code.

Whatever else comes out is a defect: it is let through, and stops the fuzzer. The words of a file that
must not be told are those of the file's own: long enough, and none of the contract's.
"""

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import schemas.check
from schemas.check import check
from schemas.compilation import Compiled, compile_contract
from schemas.contract import Contract
from schemas.reading import FileRefused, Reading, Report
from schemas.reports import to_csv, to_json
from tests.laws.contracts.values import OURS

_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]{7,}")


class Leaked(AssertionError):
    """A word of the file was told."""


def outcome(file: Path, body: bytes, contract: Contract) -> str:
    """Check bytes; give the code of a refusal, or `accepted`. Raises what no check may raise."""
    file.write_bytes(body)
    lenient = replace(contract, reject_threshold=1.0)
    try:
        reading = check(file, lenient, departement=OURS)
    except FileRefused as refused:
        said = "".join(traceback.format_exception(refused)) + repr(vars(refused))
        _check_silent(body, contract, said + _told(refused.report))
        return refused.code.value
    _check_counts(reading)
    _check_silent(body, contract, _told(reading.report))
    return "accepted"


def compiled_once(patch: Callable[[Any, str, Any], None]) -> None:
    """Compile each contract once: the readers are what is looked into, and ten times faster so."""
    known = dict[object, Compiled]()

    def compiled(contract: Contract) -> Compiled:
        asked = tuple(column.required for column in contract.columns)
        name = (contract.flow, contract.version, contract.encoding, asked)
        if name not in known:
            known[name] = compile_contract(contract)
        return known[name]

    patch(schemas.check, "compile_contract", compiled)


def _told(report: Report | None) -> str:
    return "" if report is None else to_json(report) + to_csv(report) + repr(report)


def _check_counts(reading: Reading) -> None:
    report = reading.report
    assert report.read == report.accepted + report.rejected + report.ignored
    assert report.accepted == reading.rows.height
    for one in report.anomalies:
        # Record 0 is the header.
        assert 0 < one.line <= one.end_line
        assert one.record > 0 or (one.record, one.line) == (0, 1)


def _check_silent(body: bytes, contract: Contract, said: str) -> None:
    for word in set(_WORD.findall(body)):
        text = word.decode(contract.encoding, "replace")
        if text in said and text not in _vocabulary(contract):
            raise Leaked("a word of the file was told")


@cache
def _known(flow: str) -> str:
    folder = Path(__file__).parents[2] / "schemas"
    code = "".join(each.read_text(encoding="utf-8") for each in folder.rglob("*.py"))
    return code + Path(__file__).read_text(encoding="utf-8") + str(folder) + flow


def _vocabulary(contract: Contract) -> str:
    return _known(contract.flow) + repr(contract)
