"""Which codes a file of one flow can be answered with, once it is open: read from its contract.

What is answered before that (transport, encryption, antivirus, name, order) is the same for every flow.
"""

from collections.abc import Iterator

from schemas.codes import Code
from schemas.contract import Column, Contract, Envelope, Layout
from schemas.fields import form_of

_OF_BYTES = {Code.EMPTY, Code.WRONG_ENCODING, Code.TOO_MANY_REJECTS}
_OF_LAYOUT = {
    Layout.CSV: {
        Code.WRONG_HEADER,
        Code.QUOTED_NEWLINE,
        Code.SHORT_ROW,
        Code.LONG_ROW,
        Code.MALFORMED_CSV,
    },
    Layout.XML: {Code.MALFORMED_XML, Code.DOCTYPE, Code.WRONG_ENVELOPE},
}


def codes_of(contract: Contract) -> tuple[Code, ...]:
    """Give them in order."""
    found = _OF_BYTES | _OF_LAYOUT[contract.layout] | set(_of_tolerances(contract))
    found |= {code for column in contract.columns for code in _of_column(column)}
    found |= set(_of_rules(contract))
    if contract.envelope is not None:
        found |= set(_of_envelope(contract.envelope))
    return tuple(sorted(found))


def _of_tolerances(contract: Contract) -> Iterator[Code]:
    if not contract.is_unicode:
        yield Code.CP1252_BYTE
    if contract.header_tolerance:
        yield Code.HEADER_RECOGNISED
    if contract.duplicates_ignored:
        yield Code.DUPLICATE_ROW
    if contract.departement_column:
        yield Code.OTHER_DEPARTEMENT
    if contract.kept:
        yield Code.OUT_OF_SCOPE
    if contract.full_set:
        yield Code.PEOPLE_DISAPPEARED
    if "(?P<lignes>" in (contract.file_name or ""):
        yield Code.CONTROL_TOTAL


def _of_column(column: Column) -> Iterator[Code]:
    yield from (fault.code for fault in form_of(column).faults)
    if column.required:
        yield Code.MISSING_VALUE
    if column.pattern:
        yield Code.WRONG_FORMAT
    if column.enum:
        yield Code.NOT_IN_LIST
    if column.lawful:
        yield Code.BEYOND_THE_LAW


def _of_rules(contract: Contract) -> Iterator[Code]:
    for rule in contract.rules:
        if rule.required or rule.one_of or rule.cohesive:
            yield Code.MISSING_VALUE
        if rule.lists:
            yield Code.NOT_IN_LIST
        if rule.compared is not None:
            yield Code.COLUMNS_DISAGREE


def _of_envelope(envelope: Envelope) -> Iterator[Code]:
    if envelope.departement:
        yield Code.OTHER_DEPARTEMENT
    if len(envelope.departement) > 1 or len(envelope.reference_date) > 1:
        yield Code.HEADER_FOOTER_DIFFER
    if envelope.made_on and envelope.reference_date:
        yield Code.INCOHERENT_DATES
    if envelope.total:
        yield Code.CONTROL_TOTAL
