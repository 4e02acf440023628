"""Read the generator's own files back, record by record, and write them again.

1. Nothing but a record is held. Lines keep their ends; a file without a last newline keeps none.
2. An XML control total follows the records written, so that a repeated one does not refuse the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from schemas.generator.spoiling.kinds import Record

_TOTAL = re.compile(r"(<(?:nb-dossiers|NBTOTDOSRSATRANSM|NBTOTDEMRSATRANSM)>)([0-9]+)(</)")


@dataclass(frozen=True, slots=True)
class Target:
    """One clean file to spoil. `record` is the tag of an XML record, empty for a CSV."""

    path: str
    flow: str
    encoding: str
    record: str = ""

    @property
    def is_xml(self) -> bool:
        """Whether its records are elements."""
        return bool(self.record)

    def named(self, suffix: str) -> str:
        """Name a spoiled copy, beside the clean file."""
        stem, dot, extension = self.path.rpartition(".")
        return f"{stem}-{suffix}{dot}{extension}"


def opened(path: Path, target: Target, mode: str = "r") -> TextIO:
    """Open a file of this flow; no line end is translated."""
    return path.open(mode, encoding=target.encoding, newline="")  # type: ignore[return-value]


def records(file: TextIO, target: Target) -> Iterator[Record]:
    """Give the records, in order."""
    if not target.is_xml:
        file.readline()
        for line in file:
            yield line.rstrip("\r\n").split(";")
        return
    current: Record = []
    for line in file:
        if current or line.startswith(f"<{target.record}>"):
            current.append(line)
        if line.startswith(f"</{target.record}>"):
            yield current
            current = []


class Copy:
    """Writes the records again, spoiled or not, and tells the physical lines of each."""

    def __init__(self, clean: TextIO, file: TextIO, target: Target) -> None:
        self._clean, self._file, self._target = clean, file, target
        self.records, self._line = 0, 0
        self._end, self._after = "", ""
        if not target.is_xml:
            header = clean.readline()
            self._after = header.rstrip("\r\n")
            self._end = header[len(self._after) :]
            file.write(self._after)
            self._line = 1

    def read(self) -> Iterator[Record]:
        """Give the clean records; what stands between them is copied as it is."""
        if not self._target.is_xml:
            for line in self._clean:
                body = line.rstrip("\r\n")
                self._after = line[len(body) :]
                yield body.split(";")
            self._file.write(self._after)
            return
        current: Record = []
        for line in self._clean:
            if current or line.startswith(f"<{self._target.record}>"):
                current.append(line)
            else:
                self._copy(line)
            if line.startswith(f"</{self._target.record}>"):
                yield current
                current = []

    def write(self, record: Record) -> tuple[int, int, int]:
        """Write a record; give its first and last lines and its number.

        An XML record ends, for a parser, where its last element begins.
        """
        self.records += 1
        first = self._line + 1
        if self._target.is_xml:
            self._file.writelines(record)
            self._line += len(record)
            opening = [n for n, line in enumerate(record) if not line.startswith("</")]
            return first, first + opening[-1], self.records
        text = ";".join(record)
        self._file.write(self._end + text)
        self._line = first + text.count("\n")
        return first, self._line, self.records

    def _copy(self, line: str) -> None:
        self._line += 1
        self._file.write(_TOTAL.sub(lambda m: f"{m[1]}{self.records:0{len(m[2])}d}{m[3]}", line))
