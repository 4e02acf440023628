"""What a place lists again though its verdict is of record is told again from the record, then settled."""

import shutil
from pathlib import Path

from sqlalchemy import update

from gateway.doors.durable import Patience
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.store.deliveries import all_deliveries
from gateway.store.tables import DELIVERY
from tests.world.furnished import furnish, run


async def test_a_sender_that_forgot_is_told_the_same_again_and_nothing_is_received_twice(
    tmp_path: Path,
) -> None:
    root = furnish(tmp_path / "house")
    depot, archive, told = (root / "lieu" / name for name in ("depot", "archive", "ack"))
    (depot / "PECG.xml").write_bytes(b"not even encrypted")
    async with running(load(root / "config" / "gateway.toml"), Patience(2, 0.01)) as (
        house,
        notebook,
    ):
        first = await go_round(house, notebook, lambda _phase, _started: None)
        answers = {path.name: path.read_bytes() for path in told.iterdir()}
        assert first.started == 1
        assert len(answers) >= 2
        # Restored from a backup: the file waits again, and what we had told is gone.
        (kept,) = archive.iterdir()
        kept.rename(depot / "PECG.xml")
        shutil.rmtree(told)
        told.mkdir()
        again = await go_round(house, notebook, lambda _phase, _started: None)
        assert (len(again.sightings), again.started) == (1, 0)
        assert {path.name: path.read_bytes() for path in told.iterdir()} == answers
        assert list(depot.iterdir()) == []
        with house.engine.begin() as connection:
            assert len(all_deliveries(connection)) == 1
    said = run("flow", "list", "--config", root / "config" / "gateway.toml").stdout
    assert ("Accusé" in said, "remis" in said) == (True, True)


async def test_a_verdict_of_record_that_was_never_said_is_told_and_written(tmp_path: Path) -> None:
    root = furnish(tmp_path / "house")
    config, depot = root / "config" / "gateway.toml", root / "lieu" / "depot"
    (depot / "PECG.xml").write_bytes(b"not even encrypted")
    async with running(load(config), Patience(2, 0.01)) as (house, notebook):
        await go_round(house, notebook, lambda _phase, _started: None)
        (kept,) = (root / "lieu" / "archive").iterdir()
        kept.rename(depot / "PECG.xml")
        with house.engine.begin() as connection:
            connection.execute(update(DELIVERY).values(acknowledged_at=None))
        assert "à remettre" in " ".join(run("flow", "list", "--config", config).stdout.split())
        await go_round(house, notebook, lambda _phase, _started: None)
        with house.engine.begin() as connection:
            assert [bool(row.acknowledged_at) for row in all_deliveries(connection)] == [True]
    assert list(depot.iterdir()) == []
