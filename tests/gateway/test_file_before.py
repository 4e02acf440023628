"""The file of the month before, from the vaults: linked by itself, with the identities it gave."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest

from gateway.archive import Archive
from gateway.identity.index import SUBJECT
from gateway.passage.inputs import Crossing, Inputs
from gateway.passage.journeys import gather
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.rules.rule import Flow
from gateway.rules.thresholds import AVANT_2025
from gateway.secret import Secret
from gateway.store.database import open_engine
from gateway.store.deliveries import Partition
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.census import CD, PE, File, cd, known, name_of, number, pe

MAY, JUNE, CROSSED = date(2022, 5, 1), date(2022, 6, 1), date(2022, 6, 15)
BORN = date(1985, 3, 12)
A, B = number(BORN, 1), number(BORN, 2)
MASTER = Secret(b"0123456789abcdef0123456789abcdef")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Crossing:
    root: Path = tmp_path_factory.mktemp("coffre")
    pair, store = generate_identity(), open_folder(root / "coffre")
    archive = Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))
    return Crossing(open_engine(f"sqlite:///{root / 'p.sqlite'}"), archive, archive, MASTER)


def people_before(
    house: Crossing, may: list[Any], june: list[Any]
) -> tuple[set[str], Mapping[str, str]]:
    """The CD's people found in the file of May, and their grades in the one of June."""
    index = known(
        File(CD, (cd("a", A), cd("b", B)), CROSSED),
        File(PE, tuple(may), MAY),
        File(PE, tuple(june), JUNE),
    )
    subjects = dict(zip(name_of(index), index[SUBJECT], strict=True))
    journeys = gather(
        house,
        Inputs(
            cd=_kept(house, Flow.CD, CROSSED, [subjects["cd:a"], subjects["cd:b"]]),
            pe=_kept(house, Flow.PE, JUNE, [subjects[f"pe:{row[3]}"] for row in june]),
            cnaf=None,
            contacts=None,
            index=house.identities.write(index),
            thresholds=AVANT_2025,
            digest="",
            before=MappingProxyType(
                {Flow.PE: _kept(house, Flow.PE, MAY, [subjects[f"pe:{row[3]}"] for row in may])}
            ),
        ),
        "08",
        CROSSED,
    ).journeys
    of = Pseudonymiser(MASTER, JOURNEYS).of_series
    names = dict(zip(of(pl.Series([subjects["cd:a"], subjects["cd:b"]])), "ab", strict=True))
    grades = {names[row["PERSONNE"]]: row["GRADE"] for row in journeys.people.rows(named=True)}
    told = journeys.before[Flow.PE]
    assert (told.reference, told.delivery) == (MAY, f"pe-parcours-{MAY}")
    return {names[person] for person in told.facts["PERSONNE"]}, grades


def _kept(house: Crossing, flow: Flow, day: date, subjects: list[str]) -> Partition:
    column = pl.Series(SUBJECT, subjects, pl.String)
    identities = pl.DataFrame({SUBJECT: column}).with_columns(COMMUNE_RESIDENCE=pl.lit("08105"))
    facts = pl.DataFrame({"PERSONNE": Pseudonymiser(MASTER, JOURNEYS).of_series(column)})
    return Partition(
        f"{flow}-{day}",
        flow,
        day,
        house.journeys.write(facts),
        house.identities.write(identities),
        datetime(2022, 6, 15, tzinfo=UTC),
    )


def test_who_left_the_file_is_found_in_the_one_before_and_not_linked_now(house: Crossing) -> None:
    seen, grades = people_before(house, [pe("p", A), pe("q", B)], [pe("q", B)])
    assert seen == {"a", "b"}
    assert grades == {"a": "none", "b": "A"}


def test_a_changed_identifier_is_neither_a_disappearance_nor_a_second_candidate(
    house: Crossing,
) -> None:
    seen, grades = people_before(house, [pe("p", A)], [pe("p-nouveau", A)])
    assert (seen, grades["a"]) == ({"a"}, "A")


def test_a_doubtful_link_of_the_month_before_is_not_read(house: Crossing) -> None:
    seen, grades = people_before(house, [pe("p", A, date(1990, 1, 1)), pe("q", B)], [pe("q", B)])
    assert seen == {"b"}
    assert grades["a"] == "none"
