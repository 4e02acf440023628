"""A whole week on the stores the composition gives: PostgreSQL, and a vault in an S3 bucket."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import Misconfigured, Unavailable
from gateway.store.database import open_engine
from schemas.generator.flows.monthly import write_week
from tests.world.postgres import has_postgres, postgres
from tests.world.s3 import REGION, s3_server, write_credentials
from tests.world.town import Town, town, week_of

SETTINGS = """
[database]
url = "{database}"
durable_url = "{database}"

[vault]
url = "s3://coffre/essai"
endpoint = "{endpoint}"
region = "{region}"
credentials_file = "{credentials}"
"""


@pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed")
def test_a_week_is_received_crossed_and_released_from_a_bucket(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    write_week(samples, departement="08", people=60, seed=3, as_of=date(2022, 6, 15))
    with s3_server() as server, postgres() as database:
        server.create_bucket("coffre")
        written = SETTINGS.format(
            database=database,
            endpoint=server.endpoint,
            region=REGION,
            credentials=write_credentials(tmp_path),
        )
        asyncio.run(_live(tmp_path / "town", samples, written))
        drawers = {key.split("/")[1] for key in server.keys("coffre")}
        assert drawers == {"reception", "journeys", "identity", "releases"}
        assert server.unfinished("coffre") == []
    assert not (tmp_path / "town" / "etat" / "coffre").exists()
    assert list((tmp_path / "town" / "etat").glob("*.sqlite")) == []


def test_a_database_that_does_not_answer_is_waited_for() -> None:
    with pytest.raises(Unavailable, match="base de données") as silence:
        open_engine("postgresql+psycopg://moi:sesame@127.0.0.1:9/base?connect_timeout=2")
    assert "sesame" not in repr(silence.value)


@pytest.mark.parametrize("url", ["sesame", "postgresql+sesame://moi@base/x", "sesame://moi@base"])
def test_a_database_badly_written_is_ours_to_repair(url: str) -> None:
    with pytest.raises(Misconfigured, match="url") as refusal:
        open_engine(url)
    assert "sesame" not in str(refusal.value)


async def _live(folder: Path, samples: Path, settings: str) -> None:
    async with town(folder, week_of(samples), settings=settings) as here:
        assert await here.rounds() > 0
        assert await here.failures() == {}
        check_told(here)


def check_told(here: Town) -> None:
    assert {row.product for row in here.releases()} == {"contacts-rdv-insertion", "risque-rupture"}
    assert all(row.delivered for row in here.releases())
    assert {row.verdict for row in here.deliveries()} >= {"accepted"}
    assert here.opened()["rdv-insertion"]
    assert here.left_rooms() == []
