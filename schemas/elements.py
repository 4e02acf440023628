"""An XML file written from a contract: its envelope, then one record per row, each column at its path.

Paths are those a contract may have: steps, `[TAG='value']` predicates, a leading `/` for what the record
says once. An absent text has no element. The block that announces the total comes last, unless it also
says what the file is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lxml import etree

from schemas.contract import Contract, Envelope

_STEP = re.compile(r"([^/\[\]]+)((?:\[[^\]]*\])*)")
_EQUALS = re.compile(r"\[([^\]=]+)=['\"]([^'\"]*)['\"]\]")


def document(
    contract: Contract,
    rows: Sequence[Mapping[str, str | None]],
    *,
    departement: str,
    as_of: date | None,
) -> bytes:
    """Write the rows. Without `as_of` the dates of the envelope are left empty."""
    envelope = contract.envelope
    if envelope is None:
        raise ValueError("a contract without an envelope has no XML")
    root = etree.Element(envelope.root)
    texts = _stated(envelope, len(rows), departement, as_of)
    last = {envelope.total.split("/")[0]} if envelope.total else set()
    last -= {path.split("/")[0] for path in envelope.constants}
    _fill(root, {path: text for path, text in texts.items() if path.split("/")[0] not in last})
    for row in rows:
        _record(root, contract, envelope, row)
    _fill(root, {path: text for path, text in texts.items() if path.split("/")[0] in last})
    encoding = contract.encoding.upper()
    text = etree.tostring(root, encoding=encoding, xml_declaration=True, pretty_print=True)
    return text if isinstance(text, bytes) else text.encode(encoding)


def _stated(
    envelope: Envelope, total: int, departement: str, as_of: date | None
) -> Mapping[str, str]:
    day = as_of.isoformat() if as_of else ""
    texts = dict(envelope.constants)
    texts |= dict.fromkeys(envelope.departement, departement)
    texts |= dict.fromkeys(envelope.reference_date, day)
    texts |= {envelope.made_on: day} if envelope.made_on else {}
    return texts | ({envelope.total: str(total)} if envelope.total else {})


def _record(
    root: Any,  # noqa: ANN401 - an lxml element
    contract: Contract,
    envelope: Envelope,
    row: Mapping[str, str | None],
) -> None:
    record = etree.SubElement(root, envelope.record)
    inside = _reach(record, envelope.row) if envelope.row else record
    for column in contract.read_columns:
        text = row[column.name]
        if text is not None:
            place = record if column.path.startswith("/") else inside
            _reach(place, column.path.removeprefix("/")).text = text


def _fill(root: Any, texts: Mapping[str, str]) -> None:  # noqa: ANN401 - an lxml element
    for path, text in texts.items():
        _reach(root, path).text = text


def _reach(element: Any, path: str) -> Any:  # noqa: ANN401 - lxml elements
    """Give the element at a path, making the steps that are not there."""
    for step in _STEP.finditer(path):
        tag, predicates = step.groups()
        asked = _EQUALS.findall(predicates)
        found = next((each for each in element.findall(tag) if _has(each, asked)), None)
        element = etree.SubElement(element, tag) if found is None else found
        if found is None:
            for child, text in asked:
                etree.SubElement(element, child).text = text
    return element


def _has(element: Any, asked: Iterable[tuple[str, str]]) -> bool:  # noqa: ANN401 - an lxml element
    return all(element.findtext(child) == text for child, text in asked)
