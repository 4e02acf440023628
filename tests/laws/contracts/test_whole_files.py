"""One defect of the whole file: it is refused under one code, whatever its rows say."""

from collections.abc import Iterator
from random import Random

import pytest

from schemas.codes import Code
from schemas.contract import Contract, Envelope, Layout
from schemas.reading import FileRefused
from tests.laws.contracts.effort import EVERY, SHEETS, TREES
from tests.laws.contracts.files import lenient, paper, row, rows, verdict
from tests.laws.contracts.mutations import takes
from tests.laws.contracts.sheets import arranged, names
from tests.laws.contracts.trees import Element, asked, record, statement, tree

ELSEWHERE, NO_DAY = "51", "2022-02-30"


def refusal(contract: Contract, body: bytes) -> Code:
    """Say under which code a file is refused."""
    try:
        report = verdict(lenient(contract), body).report
    except FileRefused as refused:
        return refused.code
    raise AssertionError(f"accepted: {report.accepted} rows, {dict(report.by_code())}")


@EVERY
def test_another_encoding_is_refused(contract: Contract) -> None:
    text = accented(contract)
    other = "iso-8859-1" if contract.is_unicode else "utf-8"
    bodies = [text.encode("utf-16"), text.encode("utf-32")]
    if contract.layout is Layout.XML or other not in contract.other_encodings:
        bodies.append(text.encode(other, "ignore"))
    for body in bodies:
        assert refusal(contract, body) is Code.WRONG_ENCODING
    if not contract.bom_tolerated:
        assert refusal(contract, text.encode("utf-8-sig")) is Code.WRONG_ENCODING


@EVERY
def test_each_accepted_encoding_says_the_same(contract: Contract) -> None:
    text = accented(contract)
    usual = verdict(lenient(contract), text.encode(contract.encoding))
    assert usual.report.accepted == 3
    for other in contract.other_encodings:
        stated = text.replace(f'encoding="{contract.encoding.upper()}"', f'encoding="{other}"')
        found = verdict(lenient(contract), stated.encode(other))
        assert (found.rows.to_dicts(), found.report) == (usual.rows.to_dicts(), usual.report)


def accented(contract: Contract) -> str:
    """Write a file of three rows that has an accent."""
    rng = Random(2)
    contract = arranged(contract)[0]
    free = next(
        c for c in contract.read_columns if c.form == "texte" and not c.enum and takes(c.pattern)
    )
    odd = row(contract, rng) | {free.name: "\xe9t\xe9"}
    return paper(contract, [odd, *rows(contract, rng, 2)], rng).body.decode(contract.encoding)


@EVERY
@pytest.mark.parametrize("body", [b"", b" \n\t\r\n"])
def test_an_empty_file_is_refused(contract: Contract, body: bytes) -> None:
    assert refusal(contract, body) is Code.EMPTY


@SHEETS
def test_any_other_header_is_refused(contract: Contract) -> None:
    rng = Random(3)
    lawful = [tuple(names(each)) for each in arranged(contract)]
    wanted = lawful[0]
    first = arranged(contract)[0]
    records = paper(first, rows(first, rng, 2), rng).body.partition(b"\n")[2]
    for rank, name in enumerate(wanted):
        for odd in ([], [f"{name}X"], [name, name]):
            changed = (*wanted[:rank], *odd, *wanted[rank + 1 :])
            if changed in lawful:
                continue
            header = contract.separator.join(changed)
            body = header.encode(contract.encoding) + b"\n" + records
            assert refusal(contract, body) is Code.WRONG_HEADER
    assert refusal(contract, records) is Code.WRONG_HEADER


@SHEETS
def test_a_quote_left_open_is_refused(contract: Contract) -> None:
    rng = Random(4)
    contract = arranged(contract)[0]
    body = paper(contract, rows(contract, rng, 3), rng).body
    assert refusal(contract, body + b'"X;Y\n') is Code.MALFORMED_CSV


@TREES
def test_each_word_of_the_envelope_is_asked(contract: Contract) -> None:
    rng = Random(5)
    records = [record(contract, [one]) for one in rows(contract, rng, 2)]
    said = statement(contract, len(records))
    assert verdict(lenient(contract), tree(contract, records, said).body).report.accepted == 2
    for change, code in _lies(asked(contract)):
        body = tree(contract, records, said | change).body
        assert refusal(contract, body) is code, change
    for path in said:
        rest = {other: text for other, text in said.items() if other != path}
        assert refusal(contract, tree(contract, records, rest).body) is Code.WRONG_ENVELOPE, path


@TREES
def test_a_tree_cut_anywhere_or_grafted_is_refused(contract: Contract) -> None:
    rng = Random(6)
    records = [record(contract, [one]) for one in rows(contract, rng, 2)]
    said = statement(contract, 2)
    body = tree(contract, records, said).body
    ends = [rng.randrange(100, len(body) - 3) for _ in range(20)]
    assert {refusal(contract, body[:end]) for end in ends} == {Code.MALFORMED_XML}
    root = asked(contract).root.encode()
    assert refusal(contract, body.replace(root, b"autre")) is Code.WRONG_ENVELOPE
    assert refusal(contract, body.replace(b"?>", b"?><!DOCTYPE x>", 1)) is Code.DOCTYPE
    spoiled = [*records, Element(asked(contract).record, children=[Element("a", "\x01")])]
    assert refusal(contract, tree(contract, spoiled, said).body) is Code.MALFORMED_XML


def _lies(envelope: Envelope) -> Iterator[tuple[dict[str, str], Code]]:
    for path, text in envelope.constants.items():
        yield {path: f"{text}X"}, Code.WRONG_ENVELOPE
    for rank, path in enumerate(envelope.departement):
        code = Code.HEADER_FOOTER_DIFFER if rank else Code.OTHER_DEPARTEMENT
        yield {path: ELSEWHERE}, code
    for path in envelope.reference_date[1:]:
        yield {path: "2022-05-01"}, Code.HEADER_FOOTER_DIFFER
    for path in (*envelope.reference_date, *([envelope.made_on] if envelope.made_on else [])):
        yield {path: NO_DAY}, Code.WRONG_ENVELOPE
    if envelope.made_on and envelope.reference_date:
        yield {envelope.made_on: "2022-05-31"}, Code.INCOHERENT_DATES
    if envelope.total:
        yield {envelope.total: "0000003"}, Code.CONTROL_TOTAL
        yield {envelope.total: "deux"}, Code.CONTROL_TOTAL
