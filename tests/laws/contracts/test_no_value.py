"""No value of a file is ever told: not by us, nor by what reads and judges for us, however loud it is."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from schemas.codes import Code
from schemas.contract import Contract, Layout
from schemas.registry import contracts
from tests.laws.contracts.demands import Row
from tests.laws.contracts.files import paper, row
from tests.laws.contracts.sheets import arranged

ROOT = Path(__file__).parents[3]
SEEN = {
    Code.TOO_MANY_REJECTS, Code.MALFORMED_XML, Code.MALFORMED_CSV, Code.WRONG_HEADER,
    Code.WRONG_ENCODING, Code.NIR_FORMAT, Code.IMPOSSIBLE_DATE, Code.PHONE,
}  # fmt: skip
MARK = re.compile("zqx[0-9]+", re.IGNORECASE)
LOUD = {
    "PATH": "/usr/bin:/bin",
    "PYTHONPATH": str(ROOT),
    "PYTHONWARNINGS": "always",
    "POLARS_VERBOSE": "1",
    "POLARS_BACKTRACE_IN_ERR": "1",
    "POLARS_FMT_MAX_ROWS": "100",
    "RUST_BACKTRACE": "full",
    "PANDERA_VALIDATION_ENABLED": "False",
    "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY",
    "PANDERA_CACHE_DATAFRAME": "True",
}


def marked(contract: Contract, rng: Random) -> list[Row]:
    """Rows good but for one cell, each column in turn, whose text is nobody else's; and rows all of them."""
    rows = []
    for rank, column in enumerate(contract.read_columns):
        rows.append(row(contract, rng) | {column.name: f"zqx{rank:05d}"})
    rows.append({column.name: "zqx99999" for column in contract.read_columns})
    return rows


def spoiled(contract: Contract, body: bytes) -> Iterator[bytes]:
    """The file, then the same cut, unclosed, in another encoding, under another header."""
    yield body
    yield body[: body.rindex(b"zqx") + 8]
    yield body.replace(
        b"zqx00003", b'"zqx00003' if contract.layout is Layout.CSV else b"<zqx00003", 1
    )
    yield body + b"\xff\xfe zqx00003 \x80\xe9"
    yield body.replace(contract.columns[1].name.encode(contract.encoding), b"zqx00003", 1)
    yield body.decode(contract.encoding).encode("utf-16")
    yield body.replace(b"zqx00001", b"\0zqx00001&zqx00001;")


def test_nothing_told_by_anybody_holds_a_value(tmp_path: Path) -> None:
    for contract in contracts():
        rng, first = Random(9), arranged(contract)[0]
        body = paper(first, marked(first, rng), rng).body
        for rank, each in enumerate(spoiled(contract, body)):
            (tmp_path / f"{contract.flow}.{rank}").write_bytes(each)
    command = [sys.executable, "-m", "tests.laws.contracts.telling", str(tmp_path)]
    done = subprocess.run(command, env=LOUD, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr[-600:]
    heard = done.stdout + done.stderr
    assert MARK.findall(heard) == []
    assert [one.flow for one in contracts() if f"== {one.flow}." not in heard] == []
    assert {code.value for code in SEEN if code.value not in heard} == set()
    assert "Traceback" in heard
