"""CSV written to break its reader: refused or read for what it says, in a time and a memory that are counted.

All are tried by one process of its own, that may take no more processor and no more memory than this.
"""

import gzip
import io
import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from schemas.codes import Code
from tests.schemas.papers import contact, header, journey, lines

ROOT = Path(__file__).parents[2]
CONTACTS, CD = "cnaf-contacts", "cd-parcours"
MEGABYTE = 1 << 20
MOST_SECONDS = 60  # of processor, for all of them
MOST_MEMORY = 3 << 30  # addresses, what polars reserves included
MOST_GROWTH = 300  # MiB held at most while one file is read
START = f"{header(CONTACTS)}\n".encode()
ROW = (";".join(contact(1)) + "\n").encode("iso-8859-15")

_CHECK = """
import json, resource, sys, time
from pathlib import Path
from schemas.check import check
from schemas.reading import FileRefused
from schemas.registry import contract

def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) >> 10

warm = Path(sys.argv[1])
for file in [warm / "cnaf-contacts.0-warm", *sorted(warm.iterdir())]:
    Path("/proc/self/clear_refs").write_text("5")
    before, start = held(), time.process_time()
    try:
        report = check(file, contract(file.name.split(".")[0]), departement="08").report
        said = f"accepted {report.accepted}"
    except FileRefused as refused:
        said = refused.code.value
    print(json.dumps([file.name, said, time.process_time() - start, held() - before]))
"""


def zipped(body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("coordonnees.csv", body)
    return file.getvalue()


# What is written → how it is settled.
HOSTILE: Mapping[str, tuple[Callable[[], bytes], set[str]]] = {
    f"{CONTACTS}.1 a value of ten megabytes": (
        lambda: START + b"A" * (10 * MEGABYTE) + b";\n" + ROW,
        {Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.2 a quoted value of ten megabytes": (
        lambda: START + b'"' + b"A\n" * (5 * MEGABYTE) + b'"\n' + ROW,
        {Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.3 a quote never closed, and ten megabytes": (
        lambda: START + b'"' + ROW * (10 * MEGABYTE // len(ROW)),
        {Code.MALFORMED_CSV.value},
    ),
    # Two by two they hold a newline, which is a blank record; the last one never closes.
    f"{CONTACTS}.4 a quote alone on every line": (
        lambda: START + b'"\n' * (MEGABYTE + 1),
        {Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.5 a header of a million columns": (
        lambda: b"A;" * 500_000 + b"\n" + ROW,
        {Code.WRONG_HEADER.value, Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.6 a row of half a million cells": (
        lambda: START + b";" * 500_000 + b"\n" + ROW * 40,
        {"accepted 1", Code.TOO_MANY_REJECTS.value},
    ),
    f"{CONTACTS}.7 a million blank lines": (
        lambda: START + b"\n" * MEGABYTE + ROW,
        {"accepted 1"},
    ),
    f"{CONTACTS}.8 lines that end in CR alone": (
        lambda: (START + ROW).replace(b"\n", b"\r"),
        {"accepted 1"},
    ),
    f"{CONTACTS}.9 NUL in every cell": (
        lambda: START + b"\0;\0;\0\n" * 10_000,
        {Code.TOO_MANY_REJECTS.value, Code.WRONG_ENCODING.value},
    ),
    f"{CONTACTS}.A a megabyte of NUL": (
        lambda: b"\0" * MEGABYTE,
        {Code.WRONG_HEADER.value, Code.WRONG_ENCODING.value, Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.B a zip": (
        lambda: zipped(START + ROW),
        {Code.WRONG_HEADER.value, Code.WRONG_ENCODING.value},
    ),
    f"{CONTACTS}.C a gzip of ten megabytes": (
        lambda: gzip.compress(START + ROW * 100_000),
        {Code.WRONG_HEADER.value, Code.WRONG_ENCODING.value},
    ),
    f"{CD}.D a formula and a path": (
        lambda: lines(CD, [journey(1, STRUCTURE="=cmd|'/C calc'!A0"), journey(2, CODE="../../x")]).encode(),
        {"accepted 2"},
    ),
    f"{CD}.E separators of Unicode, that end no line": (
        lambda: lines(CD, [journey(1, STRUCTURE="A\u2028B\u0085C\u2029D")]).encode(),
        {"accepted 1"},
    ),
    f"{CD}.F ten megabytes of one accent": (
        lambda: f"{header(CD)}\n{'e' + chr(0x301) * 5_000_000}\n".encode(),
        {Code.MALFORMED_CSV.value},
    ),
    f"{CONTACTS}.0-warm": (lambda: START + ROW, {"accepted 1"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, float, int]]:
    folder = tmp_path_factory.mktemp("hostiles")
    for name, (body, _) in HOSTILE.items():
        (folder / name).write_bytes(body())
    done = subprocess.run(
        [sys.executable, "-c", _CHECK, str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        preexec_fn=_bounded,
    )
    assert done.returncode == 0, done.stderr[-800:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (said, seconds, grown) for name, said, seconds, grown in found}


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_settled_soon_and_held_small(
    name: str, tried: Mapping[str, tuple[str, float, int]]
) -> None:
    said, seconds, grown = tried[name]
    assert said in HOSTILE[name][1]
    assert seconds < 10
    assert grown < MOST_GROWTH
