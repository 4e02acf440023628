"""Nothing passes unscanned: an infected file is refused and told so, and without clamd files wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from gateway.antivirus import Clamd
from schemas.codes import Code
from tests.story.conftest import Drawing, Drawn
from tests.world.clamd import EICAR, RealClamd, needs_clamd, real_clamd
from tests.world.town import Town, town, week_of

pytestmark = needs_clamd


def _journeys(drawn: Drawn) -> bytes:
    (path,) = (drawn.folder / "cd").glob("*_000001_*.csv")
    return path.read_bytes()


def _name(number: int) -> str:
    return f"CD-PARCOURS_2B_20220615_{number:06}_V1.csv"


class Killing:
    """A file whose first bytes are the last that clamd reads."""

    def __init__(self, body: BinaryIO, clamd: RealClamd) -> None:
        self._body, self._clamd = body, clamd

    def read(self, size: int) -> bytes:
        read = self._body.read(size)
        self._clamd.kill()
        return read


@contextmanager
def _killed_in_the_middle(clamd: RealClamd) -> Iterator[None]:
    scan = Clamd.scan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Clamd, "scan", lambda self, body: scan(self, cast("BinaryIO", Killing(body, clamd)))
        )
        yield


def _verdicts(here: Town) -> dict[str, tuple[str, str | None]]:
    return {row.name: (row.verdict, row.code) for row in here.deliveries()}


def _check_refused(here: Town, name: str) -> None:
    refused = here.fate(name)
    assert (refused.row.code, refused.row.stage) == (Code.INFECTED.value, "scan")
    assert refused.answers["ARL"]["code"] == "GW-301"
    assert not refused.waits


async def test_an_infected_file_is_refused_and_while_clamd_is_dead_files_wait(
    drawn: Drawing, tmp_path: Path
) -> None:
    source = drawn("2B")
    good = _journeys(source)
    with real_clamd() as clamd:
        where = f'clamd = "{clamd.socket}"\nseconds = 20'
        async with town(
            tmp_path / "t", week_of(source.folder, empty=True), antivirus=where
        ) as here:
            here.cd.sends(_name(1), good)
            infected = here.cd.sends(_name(2), EICAR)
            await here.rounds()
            _check_refused(here, infected)
            accepted = here.fate(f"{_name(1)}.gpg")
            by = accepted.page[0]["facts"]["scanned"]
            assert by == clamd.client().version().name
            assert "scan=" in accepted.row.timings

            again = here.cd.sends(_name(3), good + b"\n")
            with _killed_in_the_middle(clamd):
                await here.round()
            assert list(await here.failures()) != []
            assert again.removesuffix(".gpg") not in _verdicts(here)
            late = here.cd.sends(_name(4), good + b"\n\n")
            assert (await here.round()).started == 0  # left where it is
            assert here.cd.waits(again)
            assert here.cd.waits(late)
            clamd.start()
            await here.rounds()
            assert await here.failures() == {}
            assert _verdicts(here) == {
                _name(1): ("accepted", None),
                _name(2): ("refused", "GW-301"),
                _name(3): ("accepted", None),
                _name(4): ("accepted", None),
            }
            assert here.left_rooms() == []
