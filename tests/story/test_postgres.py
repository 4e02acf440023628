"""The same week on PostgreSQL, for what is stored and for what is durable: the same files leave."""

import asyncio

import pytest

from tests.story.conftest import Drawing
from tests.story.lived import Lived, live, signals_agree
from tests.world.postgres import has_postgres, postgres
from tests.world.town import week_of

DATABASE = """
[database]
url = "{url}"
durable_url = "{durable}"
"""


@pytest.fixture(scope="module")
def lived(drawn: Drawing, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    if not has_postgres():
        pytest.skip("no PostgreSQL server on this machine: install the Debian package postgresql")
    samples = drawn("08").folder
    with postgres() as url:
        settings = DATABASE.format(url=url, durable=url.rsplit("/", 1)[0] + "/travaux")
        folder = tmp_path_factory.mktemp("town") / "t"
        return asyncio.run(live(folder, samples, week_of(samples), settings=settings))


def test_on_postgresql_the_week_is_lived_to_its_end(lived: Lived) -> None:
    assert lived.failures == {}
    assert lived.started == len(lived.fates) + 3
    assert not any(path.suffix == ".sqlite" for path in (lived.scenery.root / "etat").iterdir())


def test_on_postgresql_the_same_contacts_leave_byte_for_byte(lived: Lived) -> None:
    expected = lived.samples / "expected" / "contacts-rdv-insertion.csv"
    assert lived.left["contacts-rdv-insertion"].clear == expected.read_bytes()


def test_on_postgresql_the_same_signals_are_found(lived: Lived) -> None:
    found = lived.document["signals"]
    assert signals_agree(found, lived.expected()) > 100


def test_on_postgresql_the_ledger_tells_the_same_story(lived: Lived) -> None:
    for fate in lived.fates.values():
        assert fate.acts[0] == f"delivery.{fate.row.verdict}"
        assert fate.acts[1:] == ["delivery.acknowledged"]
    assert [entry["act"] for entry in lived.ledger[-4:]] == [
        "release.authorised",
        "release.delivered",
    ] * 2
