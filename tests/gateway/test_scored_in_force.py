"""What only the weights bring together: kept while it may be somebody, erased with whom it was crossed as."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from gateway.identity.decisions import NONE
from gateway.identity.index import SUBJECT
from gateway.passage.crossing import Crossing
from gateway.passage.who_is_who import who_is_who
from gateway.retention.trimming import trim_unmatched
from gateway.retention.whereabouts import read_index, whole
from gateway.rulebook import ask_for, draft
from gateway.store.approvals import Matter, decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import latest_partition
from gateway.store.retention import Terms
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.world.keeping import Keeping
from tests.world.records import DAY

LINKING = 'departement = "08"\nregime = "AVANT_2025"\nscore = "lier"\n'


@dataclass
class AsDecided(Keeping):
    """A house that crosses with what its département decided."""

    @property
    def crossing(self) -> Crossing:
        return replace(super().crossing, thresholds=None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Keeping]:
    """Pôle emploi gives no number of anybody, and doubles a letter of every name."""
    told = write_everything(tmp_path, Wishes("08", people=30, seed=9, as_of=DAY))
    paths = {one.flow: tmp_path / one.path for one in reversed(told.written)}
    numberless = re.sub(
        rb"<(nir|identifiant-caf)>[^<]*</\1>\s*", b"", paths["pe-parcours"].read_bytes()
    )
    misspelt = re.sub(rb"<(nom-\w+)>(\w{3})(\w)", rb"<\1>\2\3\3", numberless)
    house = AsDecided(open_engine(f"sqlite:///{tmp_path / 'base.sqlite'}"), tmp_path)
    for flow in (
        "cnaf-beneficiaires",
        "cd-parcours",
    ):  # the CNAF alone knows that a birth date is certain
        house.receive(flow, paths[flow].read_bytes())
    house.receive("pe-parcours", misspelt)
    yield house
    house.engine.dispose()


def proposed(house: Keeping) -> pl.DataFrame:
    """Département's subject, Pôle emploi's: the pairs whose weight is high."""
    pairs = who_is_who(read_index(house.keeper, "08"), NONE).proposals
    return pairs.filter(pl.col("BAND") == "haute")


def link_by_weight(house: Keeping) -> None:
    with house.engine.begin() as connection:
        wanted = draft(connection, "08", LINKING, effective=DAY)
    asked = ask_for(house.engine, wanted, by="ana", motive="essai d'un an")
    decide(house.engine, asked.id, by="bruno", agrees=True, then=DEEDS[Matter.RULES])


def test_whom_a_person_may_yet_link_is_not_trimmed(house: Keeping) -> None:
    waiting = set(proposed(house)["RIGHT"])
    index = read_index(house.keeper, "08")
    later = datetime.now(UTC) + timedelta(days=46)
    gone = trim_unmatched(house.keeper, Terms(), later)
    with house.engine.begin() as connection:
        part = latest_partition(connection, "08", "pe-parcours")
    assert part is not None
    kept = set(house.keeper.identities.read(part.identities)[SUBJECT])
    assert waiting
    assert waiting <= kept
    assert sum(gone.values()) == index.filter(FLOW="pe-parcours").height - len(kept) > 0


def test_who_was_crossed_as_one_person_is_erased_as_one(house: Keeping) -> None:
    left, right, *_ = proposed(house).row(0)
    house.cross()
    assert right not in whole(house.keeper, "08", left).subjects
    link_by_weight(house)
    house.cross()
    assert right in whole(house.keeper, "08", left).subjects
