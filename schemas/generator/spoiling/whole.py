"""Copies with one thing wrong that costs the whole file: each is a file of its own beside the clean one.

Whole-file kinds: a wrong control total, a file cut short, a DOCTYPE, another encoding, another
département, another header. A rate above zero asks for the copy, whatever it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.codes import Code
from schemas.generator.spoiling import records
from schemas.generator.spoiling.records import Target

Lines = Iterable[str]
_TOTAL = re.compile(r"(<(?:nb-dossiers|NBTOTDOSRSATRANSM|NBTOTDEMRSATRANSM)>)([0-9]+)(</)")
_PLACE = re.compile(r"(<(?:departement|IDEPARTE)>)([0-9AB]+)(</)")
_ELSEWHERE = {2: ("51", "54"), 3: ("051", "054")}
_KEPT_LINES = 40
# Some contracts accept UTF-8 beside ISO-8859; none accepts what a spreadsheet calls "Unicode".
_OTHER_ENCODING = "utf-16"


@dataclass(frozen=True, slots=True)
class Whole:
    """One way to spoil a whole file: its kind, the suffix of the copy, the code that refuses it."""

    name: str
    suffix: str
    code: Code
    xml: bool
    change: Callable[[Lines], Iterator[str]]


def _wrong_total(lines: Lines) -> Iterator[str]:
    for line in lines:
        yield _TOTAL.sub(lambda m: f"{m[1]}{int(m[2]) + 3:0{len(m[2])}d}{m[3]}", line)


def _cut(lines: Lines) -> Iterator[str]:
    """Stop in the middle of a tag, as a transfer does."""
    for number, line in enumerate(lines):
        if number == _KEPT_LINES:
            yield line[: len(line) // 2]
            return
        yield line


def _with_doctype(lines: Lines) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line
        if number == 0:
            yield "<!DOCTYPE fichier>\n"


def _elsewhere(lines: Lines) -> Iterator[str]:
    def moved(found: re.Match[str]) -> str:
        one, other = _ELSEWHERE[len(found[2])]
        return f"{found[1]}{other if found[2] == one else one}{found[3]}"

    for line in lines:
        yield _PLACE.sub(moved, line)


def _other_header(lines: Lines) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.replace(line.split(";")[0], '"INCONNUE"', 1) if number == 0 else line


WHOLE = (
    Whole("total_faux", "total-faux", Code.CONTROL_TOTAL, True, _wrong_total),
    Whole("tronque", "tronque", Code.MALFORMED_XML, True, _cut),
    Whole("doctype", "doctype", Code.DOCTYPE, True, _with_doctype),
    Whole("autre_departement", "autre-departement", Code.OTHER_DEPARTEMENT, True, _elsewhere),
    Whole("entete", "entete", Code.WRONG_HEADER, False, _other_header),
)
ENCODING = "encodage"


def known(target: Target) -> list[str]:
    """Name the whole-file kinds of a flow."""
    return [each.name for each in WHOLE if each.xml == target.is_xml] + [ENCODING]


def write_whole(into: Path, target: Target, rates: Mapping[str, float]) -> list[dict[str, str]]:
    """Write the copies asked for; name each with its kind and code."""
    told = []
    for each in WHOLE:
        if each.xml == target.is_xml and rates.get(each.name, 0) > 0:
            told.append(_told(target, each.suffix, each.name, each.code))
            _write(into, target, each.suffix, each.change, target.encoding)
    if rates.get(ENCODING, 0) > 0:
        told.append(_told(target, ENCODING, ENCODING, Code.WRONG_ENCODING))
        _write(into, target, ENCODING, iter, _OTHER_ENCODING)
    return told


def _told(target: Target, suffix: str, kind: str, code: Code) -> dict[str, str]:
    return {"fichier": target.named(suffix), "genre": kind, "code": code.value}


def _write(
    into: Path,
    target: Target,
    suffix: str,
    change: Callable[[Lines], Iterator[str]],
    encoding: str,
) -> None:
    with (
        records.opened(into / target.path, target) as clean,
        (into / target.named(suffix)).open("w", encoding=encoding, newline="") as file,
    ):
        file.writelines(change(clean))
