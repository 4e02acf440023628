"""XML: records one after the other, each forgotten once read.

1. The bytes were scanned first (`schemas.readers.bytes`) and the parser is forced into the encoding
   they were scanned in: what was scanned is what is parsed (`schemas.readers.growing`).
2. A wrong root is refused at the first tag (GW-510), a broken file where it breaks (GW-505).
3. Unknown elements are tolerated, since partners add some; a record is a child of the root.
4. Past `LARGEST` bytes in which no child of the root ends, the file is refused before the memory it
   asks for is given: GW-510 when nothing we know was seen, GW-505 otherwise.

A record's last line is that of its last element: the parser does not tell where it closes. Past
line 65 535 libxml2 knows lines only by the blanks between tags: a record written without any
says 65 535, and its record number is what finds it.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from schemas.codes import Code
from schemas.contract import Contract, Envelope
from schemas.plan import plan_of
from schemas.readers.batch import BATCH_ROWS, Batch, Row
from schemas.readers.bytes import encoding_of
from schemas.readers.gathering import gather
from schemas.readers.growing import GrowingTree
from schemas.reading import FileRefused

LARGEST = 1 << 20  # bytes; a household of twenty people is a fiftieth of that
_CHUNK = 1 << 16
_BATCH_CELLS = 250_000  # a batch of a wide contract has fewer rows, and costs the same memory
_LINES_KNOWN = 65_535


def read_markup(path: Path, contract: Contract) -> Iterator[Batch]:
    """Yield the records of the file, at most about `BATCH_ROWS` rows at a time."""
    envelope, plan = contract.envelope, plan_of(contract)
    if (
        envelope is None or plan is None
    ):  # pragma: no cover - the contract parser gives every XML one
        raise FileRefused(Code.INTERNAL)
    most = min(BATCH_ROWS, _BATCH_CELLS // plan.width)
    blocks = {each.split("/")[0] for each in envelope.paths}
    stated: dict[str, str] = {}
    rows: list[Row] = []
    number = told = 0
    for element in _children(path, contract, envelope):
        if element.tag == envelope.record:
            number += 1
            place = (_line(element), _line(_last(element)), number)
            rows += [(*cells, *place) for cells in gather(element, envelope.row, plan)]
        elif element.tag in blocks:
            stated |= _stated(element, envelope)
        if len(rows) >= most:
            yield Batch(rows, (), len(rows), number - told, dict(stated))
            rows, told = [], number
    yield Batch(rows, (), len(rows), number - told, dict(stated))


def read_elements_of(path: Path, contract: Contract, numbers: Collection[int]) -> Iterator[bytes]:
    """Yield these records as XML, written again, in the contract's encoding inside the flow's root."""
    envelope = contract.envelope
    if envelope is None:  # pragma: no cover - the contract parser gives every XML one
        raise FileRefused(Code.INTERNAL)
    encoding, root = contract.encoding, envelope.root
    yield f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n<{root}>\n'.encode(encoding)
    records = (one for one in _children(path, contract, envelope) if one.tag == envelope.record)
    for number, element in enumerate(records, 1):
        if number in numbers:
            written = etree.tostring(
                element, encoding=encoding, xml_declaration=False, with_tail=False
            )
            yield written if isinstance(written, bytes) else written.encode(encoding)
            yield b"\n"
    yield f"</{root}>\n".encode(encoding)


def _children(path: Path, contract: Contract, envelope: Envelope) -> Iterator[Any]:
    """Yield the children of the root, whole. Raises `FileRefused` where there can be none."""
    tree = GrowingTree(encoding_of(path, contract))
    silent, known = 0, False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            tree.feed(chunk)
            _check(tree, envelope)
            silent += len(chunk)
            for child in tree.take():
                silent, known = 0, known or child.tag == envelope.record
                yield child
            if silent > LARGEST:
                raise FileRefused(Code.MALFORMED_XML if known else Code.WRONG_ENVELOPE)
    tree.close()
    _check(tree, envelope)
    yield from tree.take()


def _check(tree: GrowingTree, envelope: Envelope) -> None:
    if tree.root is not None:
        if tree.has_doctype:  # pragma: no cover - the scan of the bytes sees it first
            raise FileRefused(Code.DOCTYPE)
        if tree.root.tag != envelope.root:
            raise FileRefused(Code.WRONG_ENVELOPE, line=tree.root.sourceline)
    if tree.broken_at is not None:
        raise FileRefused(Code.MALFORMED_XML, line=tree.broken_at)


def _stated(element: Any, envelope: Envelope) -> dict[str, str]:  # noqa: ANN401 - an lxml element
    found = {}
    for path in envelope.paths:
        block, _, rest = path.partition("/")
        text = element.findtext(rest) if rest and block == element.tag else None
        if text is not None:
            found[path] = text.strip()
    return found


def _last(element: Any) -> Any:  # noqa: ANN401 - an lxml element
    """Give the last element inside, in the order of the file."""
    while len(element):
        element = element[-1]
    return element


def _line(element: Any) -> int:  # noqa: ANN401 - an lxml element
    line = int(element.sourceline or 0)
    # Further down libxml2 gives the line where the first text inside ends.
    return line if line <= _LINES_KNOWN else line - (element.text or "").count("\n")
