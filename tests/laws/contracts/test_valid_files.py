"""A file that keeps its contract is accepted whole, however it is lawfully written."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import Contract
from tests.laws.contracts.effort import EVERY, SEEDS, TREES, tried
from tests.laws.contracts.files import lenient, paper, rows, tame, verdict
from tests.laws.contracts.sheets import Manner, arranged
from tests.laws.contracts.trees import asked, record, statement, tree


@EVERY
@tried(4)
@given(seed=SEEDS, count=st.integers(0, 30), windows=st.booleans())
def test_a_file_that_keeps_its_contract_is_accepted_whole(
    contract: Contract, seed: int, count: int, windows: bool
) -> None:
    rng = Random(seed)
    contract = rng.choice(arranged(contract))
    manner = Manner(
        newline="\r\n" if windows else "\n",
        marked=contract.bom_tolerated and rng.random() < 0.5,
        trailing=contract.trailing_separator_tolerated and rng.random() < 0.5,
        quotes=rng.choice(["none", "some", "all"]),
    )
    drawn = rows(contract, rng, count)
    drawn = tame(drawn) if rng.random() < 0.5 else drawn
    reading = verdict(lenient(contract), paper(contract, drawn, rng, manner).body)
    assert reading.report.anomalies == (), (reading.report.anomalies, manner)
    assert reading.report.read == reading.report.accepted == reading.rows.height == count


@EVERY
def test_every_arrangement_of_columns_is_accepted(contract: Contract) -> None:
    rng = Random(1)
    for each in arranged(contract):
        body = paper(each, rows(each, rng, 3), rng).body
        assert verdict(lenient(contract), body).report.accepted == 3


@TREES
@tried(2)
@given(seed=SEEDS, sizes=st.lists(st.integers(1, 3), max_size=6))
def test_a_record_of_several_rows_gives_them_all(
    contract: Contract, seed: int, sizes: list[int]
) -> None:
    rng = Random(seed)
    if asked(contract).row is None:
        sizes = [1 for _ in sizes]
    records = [record(contract, rows(contract, rng, size)) for size in sizes]
    body = tree(contract, records, statement(contract, len(records))).body
    report = verdict(lenient(contract), body).report
    assert report.anomalies == ()
    assert report.accepted == report.read == sum(sizes)
