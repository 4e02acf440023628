"""XML: records one after the other, each forgotten once read.

1. The bytes were scanned first (`schemas.readers.bytes`) and the parser is forced into the
   contract's encoding: what was scanned is what is parsed.
2. No entity, no network, no DTD, no huge tree: libxml2's own limits stay in force.
3. A wrong root is refused at the first tag (GW-510), a broken file where it breaks (GW-505).
4. Unknown elements are tolerated, since partners add some; a record is a child of the root.
5. A column's path starts at the row; with a leading `/` it starts at the record.

A record's last line is that of its last element: the parser does not tell where it closes. Past
line 65 535 libxml2 knows lines only by the blanks between tags: a record written without any
says 65 535, and its record number is what finds it.
"""

from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from schemas.codes import Code
from schemas.contract import Column, Contract, Envelope
from schemas.readers.batch import BATCH_ROWS, Batch, Row
from schemas.reading import FileRefused

_LINES_KNOWN = 65_535


def read_markup(path: Path, contract: Contract) -> Iterator[Batch]:
    """Yield the records of the file, at most about `BATCH_ROWS` rows at a time."""
    envelope = contract.envelope
    if envelope is None:  # pragma: no cover - the contract parser gives every XML one
        raise FileRefused(Code.INTERNAL)
    try:
        yield from _batches(path, contract, envelope)
    except etree.XMLSyntaxError as error:
        # The parser's message quotes the file: only the line is kept.
        line = error.lineno
    else:
        return
    raise FileRefused(Code.MALFORMED_XML, line=line)


def read_elements_of(path: Path, contract: Contract, numbers: Collection[int]) -> Iterator[bytes]:
    """Yield these records as XML, written again, in the contract's encoding inside the flow's root."""
    envelope = contract.envelope
    if envelope is None:  # pragma: no cover - the contract parser gives every XML one
        raise FileRefused(Code.INTERNAL)
    encoding, root = contract.encoding, envelope.root
    yield f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n<{root}>\n'.encode(encoding)
    for number, element in enumerate(_children(path, contract, (envelope.record,)), 1):
        if number in numbers:
            written = etree.tostring(
                element, encoding=encoding, xml_declaration=False, with_tail=False
            )
            yield written if isinstance(written, bytes) else written.encode(encoding)
            yield b"\n"
        _forget(element)
    yield f"</{root}>\n".encode(encoding)


def _batches(path: Path, contract: Contract, envelope: Envelope) -> Iterator[Batch]:
    _check_root(path, contract, envelope)
    stated: dict[str, str] = {}
    blocks = {each.split("/")[0] for each in envelope.paths}
    rows: list[Row] = []
    number = told = 0
    for element in _children(path, contract, (envelope.record, *blocks)):
        if element.tag == envelope.record:
            number += 1
            rows.extend(_rows(element, contract, envelope, number))
        else:
            stated |= _stated(element, envelope)
        _forget(element)
        if len(rows) >= BATCH_ROWS:
            yield Batch(rows, (), len(rows), number - told, dict(stated))
            rows, told = [], number
    yield Batch(rows, (), len(rows), number - told, dict(stated))


def _parse(file: BinaryIO, contract: Contract, **wanted: Any) -> Any:  # noqa: ANN401 - lxml's own
    return etree.iterparse(
        file,
        encoding=contract.encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        **wanted,
    )


def _check_root(path: Path, contract: Contract, envelope: Envelope) -> None:
    with path.open("rb") as file:
        _, root = next(_parse(file, contract, events=("start",)))
    if root.getroottree().docinfo.doctype:  # pragma: no cover - the scan of the bytes sees it first
        raise FileRefused(Code.DOCTYPE)
    if root.tag != envelope.root:
        raise FileRefused(Code.WRONG_ENVELOPE, line=root.sourceline)


def _children(path: Path, contract: Contract, tags: tuple[str, ...]) -> Iterator[Any]:
    with path.open("rb") as file:
        for _, element in _parse(file, contract, events=("end",), tag=tags):
            parent = element.getparent()
            if parent is not None and parent.getparent() is None:
                yield element


def _forget(element: Any) -> None:  # noqa: ANN401 - an lxml element
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _stated(element: Any, envelope: Envelope) -> dict[str, str]:  # noqa: ANN401 - an lxml element
    found = {}
    for path in envelope.paths:
        block, _, rest = path.partition("/")
        text = element.findtext(rest) if rest and block == element.tag else None
        if text is not None:
            found[path] = text.strip()
    return found


def _rows(record: Any, contract: Contract, envelope: Envelope, number: int) -> Iterator[Row]:  # noqa: ANN401
    line, end = _line(record), _line(deque(record.iter(), maxlen=1)[0])
    columns = contract.read_columns
    for row in [record] if envelope.row is None else record.findall(envelope.row):
        texts: dict[str, str] = {}
        _gather(row, "", texts)
        cells = (
            texts.get(column.path) if _is_plain(column) else _searched(record, row, column)
            for column in columns
        )
        yield (*cells, line, end, number)


def _line(element: Any) -> int:  # noqa: ANN401 - an lxml element
    line = int(element.sourceline or 0)
    # Further down libxml2 gives the line where the first text inside ends.
    return line if line <= _LINES_KNOWN else line - (element.text or "").count("\n")


def _is_plain(column: Column) -> bool:
    return column.many is None and not column.path.startswith("/") and "[" not in column.path


def _gather(element: Any, place: str, texts: dict[str, str]) -> None:  # noqa: ANN401 - an lxml element
    """Note the first text of every path below an element: one walk instead of a search each."""
    for child in element:
        path = f"{place}{child.tag}"
        texts.setdefault(path, child.text or "")
        if len(child):
            _gather(child, f"{path}/", texts)


def _searched(record: Any, row: Any, column: Column) -> str | None:  # noqa: ANN401 - lxml elements
    place, path = (record, column.path[1:]) if column.path.startswith("/") else (row, column.path)
    if column.many is not None:
        texts = [(each.text or "").strip() for each in place.findall(path)]
        return column.many.join(texts) if texts else None
    text = place.findtext(path)
    return None if text is None else str(text)
