"""What is already done is not done again; what is corrected is."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.doors import durable
from tests.story.conftest import Drawing
from tests.world.oracle import contact_feed
from tests.world.town import Town, town, week_of

CONTACTS = "coordonnees-allocataire.txt"
SECONDS = 120


def _contacts(samples: Path) -> bytes:
    return (samples / "cnaf" / CONTACTS).read_bytes()


def _without_its_last_row(contacts: bytes) -> bytes:
    return b"\n".join([*contacts.strip(b"\n").split(b"\n")[:-1], b""])


def _outside(here: Town) -> Mapping[str, bytes]:
    """Every file that recipients and senders can see."""
    roots = [here.scenery.pickup, here.cd.home, here.pe.home]
    return {
        path.relative_to(here.scenery.root.parent).as_posix(): path.read_bytes()
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
    }


async def test_the_same_week_twice_starts_nothing_and_releases_nothing_twice(
    drawn: Drawing, tmp_path: Path
) -> None:
    week = week_of(drawn("2B").folder)
    async with town(tmp_path / "t", week) as here:
        assert await here.rounds() > 0
        ledger, outside = here.ledger(), _outside(here)
    async with town(tmp_path / "t", week) as again:
        assert await again.rounds() == 0
        assert again.ledger() == ledger
        assert _outside(again) == outside
        read = {path: path.read_bytes() for paths in again.opened().values() for path in paths}
        for path in read:  # what a reader killed while it opened them may have left
            for left in (f"{path.name}.part", f".{path.name}.new"):
                path.with_name(left).write_bytes(b"half")
            path.write_bytes(b"half")
        assert {path: path.read_bytes() for path in again.opened()["cd"]}.items() <= read.items()
        assert all(path.read_bytes() == body for path, body in read.items())


async def test_the_same_content_under_another_name_is_a_duplicate_without_effect(
    drawn: Drawing, tmp_path: Path
) -> None:
    samples = drawn("2B").folder
    async with town(tmp_path / "t", week_of(samples)) as here:
        await here.rounds()
        ledger, document = here.ledger(), here.document()
        again = here.pe.sends("PECG-bis.xml", (samples / "pe" / "PECG.xml").read_bytes())
        other = here.cnaf.publishes("contacts-bis.txt", _contacts(samples))
        await here.rounds()
        for name in (again, other):
            fate = here.fate(name)
            assert (fate.row.verdict, fate.row.code) == ("duplicate", "GW-402")
            assert fate.acts == ["delivery.duplicate", "delivery.acknowledged"]
            assert not fate.waits
        assert here.fate(again).answers["ARA"]["resultat"] == "DOUBLON"
        status, message = here.fate(other).heard[-1]
        assert (status, "DOUBLON" in message) == ("DONE", True)
        assert len(here.ledger()) == len(ledger) + 4
        assert here.document()["signals"] == document["signals"]
        assert here.document()["releases"] == document["releases"]
        assert await here.failures() == {}


async def test_a_refused_file_sent_again_is_judged_again(drawn: Drawing, tmp_path: Path) -> None:
    samples = drawn("2B").folder
    async with town(tmp_path / "t", week_of(samples)) as here:
        await here.rounds()
        name = "PECG-total-faux.xml"
        again = here.pe.sends(f"bis-{name}", (samples / "pe" / name).read_bytes())
        await here.rounds()
        assert (here.fate(again).row.verdict, here.fate(again).row.code) == ("refused", "GW-701")


async def test_a_corrected_contact_file_is_a_new_release_beside_the_first(
    drawn: Drawing, tmp_path: Path
) -> None:
    samples = drawn("2B").folder
    async with town(tmp_path / "t", week_of(samples)) as here:
        await here.rounds()
        before = {path.name: path.read_bytes() for path in here.opened()["rdv-insertion"]}
        corrected = tmp_path / "corrected.txt"
        corrected.write_bytes(_without_its_last_row(_contacts(samples)))
        here.cnaf.publishes(corrected.name, corrected.read_bytes())
        await here.rounds()
        assert await here.failures() == {}
        after = {path.name: path.read_bytes() for path in here.opened()["rdv-insertion"]}
        assert before.items() < after.items()
        (second,) = after.keys() - before.keys()
        assert after[second] == contact_feed(corrected)
        assert [r.product for r in here.releases()].count("contacts-rdv-insertion") == 2
        assert all(release.delivered for release in here.releases())


async def test_a_corrected_journey_file_crosses_again_and_releases_again(
    drawn: Drawing, tmp_path: Path
) -> None:
    samples = drawn("2B").folder
    async with town(tmp_path / "t", week_of(samples)) as here:
        await here.rounds()
        (path,) = (samples / "cd").glob("*.csv")
        head, *lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if b";CONTRAT;" not in line]
        here.cd.sends(path.name.replace("_000001_", "_000002_"), b"".join([head, *kept]))
        await here.rounds()
        assert await here.failures() == {}
        lists = here.opened()["cd"]
        assert len(lists) == 2
        listed = [list_.read_text("utf-8-sig") for list_ in lists]
        assert sorted(";R09;" in text for text in listed) == [False, True]


async def test_a_release_half_delivered_is_finished_once_its_place_is_repaired(
    drawn: Drawing, tmp_path: Path
) -> None:
    async with town(tmp_path / "t", week_of(drawn("2B").folder)) as here:
        name = "RISQUE_RUPTURE_2B_20220615.csv"
        obstacle = here.cd.home / "retrait" / f"{name}.manifeste.json"
        obstacle.write_bytes(b"somebody else's")
        await here.round()
        (failed,) = await here.failures()
        assert failed.startswith("publication:h-2b-risque-rupture")
        sealed = (here.cd.home / "retrait" / f"{name}.gpg").read_bytes()
        obstacle.unlink()
        await here.rounds()
        assert await here.failures() == {}
        assert (here.cd.home / "retrait" / f"{name}.gpg").read_bytes() == sealed
        assert [e["act"] for e in here.page(failed)] == ["release.authorised", "release.delivered"]
        assert len(here.opened()["cd"]) == 1


async def test_a_release_that_fails_for_ever_stops_nothing_else(
    drawn: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "MAX_ATTEMPTS", 2)
    samples = drawn("2B").folder
    async with town(tmp_path / "t", week_of(samples)) as here:
        name = "RISQUE_RUPTURE_2B_20220615.csv.manifeste.json"
        (here.cd.home / "retrait" / name).write_bytes(b"somebody else's")
        await here.rounds()
        (failed,) = await here.failures()
        corrected = here.cnaf.publishes("corrected.txt", _without_its_last_row(_contacts(samples)))
        await here.rounds()
        assert here.fate(corrected).row.verdict == "accepted"
        assert len(here.opened()["rdv-insertion"]) == 2
        assert list(await here.failures()) == [failed]


def test_the_demo_played_twice_says_that_nothing_is_released_twice(
    drawn: Drawing, tmp_path: Path
) -> None:
    samples = drawn("2B").folder
    first, second = (_demo(samples, tmp_path / "demo") for _ in range(2))
    assert "Rien de nouveau" not in first
    assert "rien n'est publié deux fois" in second
    counted = [re.search(r"Journal : (\d+) écritures, vérifié", said) for said in (first, second)]
    assert counted[0] is not None
    assert counted[1] is not None
    assert counted[0][1] == counted[1][1]


def _demo(samples: Path, var: Path) -> str:
    command = [sys.executable, "-m", "gateway", "demo", "--samples", samples, "--var", var]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())
