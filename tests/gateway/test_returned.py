"""A professional's answer, from the file the département sends to the signal it silences."""

from collections.abc import Iterator
from datetime import date

import pytest

from gateway.passage.crossing import inputs
from gateway.passage.returned import answering
from gateway.store.database import open_engine
from schemas.contract import ColumnType
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from schemas.registry import contract
from tests.world.keeping import Keeping
from tests.world.records import DAY

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-beneficiaires")
HEADER = "ID_CD;REGLE;DATE;RETOUR;MOTIF;DEPUIS\n"
ANSWERED = date(2022, 6, 14)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeping]:
    folder = tmp_path_factory.mktemp("gens")
    told = write_everything(folder, Wishes("08", people=25, seed=3, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}
    house = Keeping(open_engine(f"sqlite:///{folder / 'base.sqlite'}"), folder)
    for flow in FLOWS:
        house.receive(flow, (folder / paths[flow]).read_bytes())
    yield house
    house.engine.dispose()


def answers(house: Keeping, *lines: str, day: date = ANSWERED) -> str:
    return house.receive("cd-retours", (HEADER + "\n".join(lines)).encode(), as_of=day)


def results(told: set[tuple[object, ...]]) -> dict[tuple[object, object], object]:
    """(ID_CD, REGLE) → its result, and who silenced it."""
    return {(one[0], one[1]): (one[2], one[-1]) for one in told}


def test_a_dismissed_signal_is_silenced_until_its_clock_starts_again(house: Keeping) -> None:
    before = house.told()
    who, rule, since = next(
        (one[0], one[1], one[4]) for one in sorted(before, key=str) if one[2] == "triggered"
    )
    assert inputs_digest(house) == inputs_digest(house)
    stood = inputs_digest(house)
    answers(house, f"{who};{rule};2022-06-14;ECARTE;SITUATION_CONNUE;{since}")
    assert inputs_digest(house) != stood
    after = house.told()
    assert results(after) == results(before) | {(who, rule): ("suppressed", "S12")}
    answers(
        house,
        f"{who};{rule};2022-06-14;VU;;{since}",
        f"{who};{rule};2022-06-14;ECARTE;SANS_SUITE;2022-01-01",
    )
    assert results(house.told()) == results(before)
    answers(house, "INCONNU-1;;2022-06-14;ECARTE;SANS_SUITE;")
    assert results(house.told()) == results(before)


def test_an_earlier_file_that_comes_late_corrects_nothing(house: Keeping) -> None:
    before = house.told()
    who, rule, since = next(
        (one[0], one[1], one[4]) for one in sorted(before, key=str) if one[2] == "triggered"
    )
    signal = f"{who};{rule};2022-06-05"
    answers(house, f"{signal};VU;;{since}", day=date(2022, 6, 15))
    answers(house, f"{signal};ECARTE;SANS_SUITE;{since}", day=date(2022, 6, 5))
    assert results(house.told()) == results(before)


def inputs_digest(house: Keeping) -> str:
    found = inputs(house.crossing, "08")
    assert found is not None
    return found.digest


def test_answers_that_can_silence_no_more_are_not_read(house: Keeping) -> None:
    late = answers(house, "CD08-000001;;2022-01-02;VU;;", day=date(2022, 1, 2))
    with house.engine.begin() as connection:
        read = [part.delivery for part in answering(connection, "08", DAY, 90)]
        then = [part.delivery for part in answering(connection, "08", date(2022, 4, 1), 90)]
    assert late not in read
    assert late in then
    assert len(read) >= 3


def test_facts_of_an_answer_hold_no_identifier_and_no_free_text() -> None:
    agreed = contract("cd-retours")
    carried = {column.name for column in agreed.columns if column.name != "ID_CD"}
    assert carried == {"REGLE", "DATE", "RETOUR", "MOTIF", "DEPUIS"}
    assert all(c.enum or c.type is ColumnType.DATE for c in agreed.columns if c.name in carried)
    assert not agreed.full_set
