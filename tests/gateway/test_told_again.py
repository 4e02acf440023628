"""What a place lists again though its verdict is of record is told again from the record, then settled."""

import shutil
from pathlib import Path

from gateway.doors.durable import Patience
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.store.deliveries import all_deliveries
from tests.world.furnished import furnish


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
