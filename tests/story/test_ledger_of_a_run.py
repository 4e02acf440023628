"""The ledger a real week leaves: verified by anyone, and betrayed by one bit out of place."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from gateway.cli.root import app
from gateway.ledger import published_entry
from gateway.ledger.folder import CHECKPOINT_NAME
from tests.story.conftest import Drawing
from tests.story.lived import live
from tests.world.town import week_of

RUN = CliRunner()


@pytest.fixture(scope="module")
def run(drawn: Drawing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a town whose week is over."""
    folder, samples = tmp_path_factory.mktemp("town") / "t", drawn("2B").folder
    asyncio.run(live(folder, samples, week_of(samples)))
    return folder


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """A copy handed over, as the command line makes it."""
    config, into = str(run / "config" / "gateway.toml"), tmp_path / "copie"
    done = RUN.invoke(app, ["ledger", "export", str(into), "--config", config])
    assert done.exit_code == 0, done.output
    return into


def verdict(folder: Path, *options: str) -> tuple[int, str]:
    done = RUN.invoke(app, ["ledger", "verify", str(folder), *options])
    return done.exit_code, " ".join(done.output.split())


def test_the_ledger_of_a_run_is_verified_in_place_and_as_a_copy(run: Path, copy: Path) -> None:
    key = str(run / "cles" / "ledger.pub")
    for folder in (run / "etat" / "journal", copy):
        code, said = verdict(folder, "--key", key)
        assert (code, "Journal intègre" in said) == (0, True)


def test_a_copy_of_the_ledger_says_as_json_how_many_entries_were_verified(copy: Path) -> None:
    done = RUN.invoke(app, ["ledger", "verify", str(copy), "--json"])
    told = json.loads(done.output)
    assert told["integre"] is True
    assert told["entrees"] >= 12


def test_one_bit_of_any_entry_is_seen_and_its_number_named(copy: Path) -> None:
    (bundle,) = _entries(copy)
    whole, number, at = bundle.read_bytes(), 0, 0
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 2])
        place = at + 2 + Random(number).randrange(length)
        _flip(bundle, whole, place)
        code, said = verdict(copy)
        assert code == 1
        assert re.search(rf"l'entrée {number} n'a pas l'empreinte que dit l'arbre", said), said
        bundle.write_bytes(whole)
        number, at = number + 1, at + 2 + length
    assert number >= 12
    assert verdict(copy)[0] == 0


def test_one_bit_of_any_tile_is_seen_and_the_first_bad_entry_named(copy: Path) -> None:
    tiles = [path for path in _files(copy / "tile") if "entries" not in path.parts]
    assert tiles
    for tile in tiles:
        whole = tile.read_bytes()
        for place in range(0, len(whole), 32):
            _flip(tile, whole, place + Random(place).randrange(32))
            code, said = verdict(copy)
            assert code == 1
            assert f"l'entrée {place // 32} " in said
        tile.write_bytes(whole)
    assert verdict(copy)[0] == 0


def test_one_bit_of_the_checkpoint_is_seen_wherever_it_is(copy: Path) -> None:
    path = copy / CHECKPOINT_NAME
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        _flip(path, whole, place)
        assert verdict(copy)[0] == 1, place
    path.write_bytes(whole)
    assert verdict(copy)[0] == 0


def test_a_ledger_signed_by_another_key_does_not_pass_for_ours(run: Path, copy: Path) -> None:
    ours = (run / "cles" / "ledger.pub").read_text()
    name, _, _ = ours.partition("+")
    other = copy.parent / "autre"
    shutil.copytree(copy, other)
    key = RUN.invoke(app, ["ledger", "verify", str(other), "--key", ours.strip()])
    assert key.exit_code == 0
    forged = re.sub(r"^— .*$", f"— {name} {'A' * 92}", _text(other), flags=re.MULTILINE)
    (other / CHECKPOINT_NAME).write_text(forged)
    assert verdict(other, "--key", ours.strip())[0] == 1


def test_no_entry_of_the_run_names_anybody(run: Path, drawn: Drawing) -> None:
    truth = drawn("2B").truth
    journal = run / "etat" / "journal"
    size = int(_text(journal).splitlines()[1])
    bodies = b"\n".join(published_entry(journal, index) for index in range(size))
    for word in truth.nirs13 | truth.emails | truth.phones | truth.cd_ids | truth.names:
        assert word.encode() not in bodies


def _text(folder: Path) -> str:
    return (folder / CHECKPOINT_NAME).read_text("utf-8")


def _entries(folder: Path) -> list[Path]:
    return list(_files(folder / "tile" / "entries"))


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root) / name for name in sorted(names))


def _flip(path: Path, whole: bytes, place: int) -> None:
    changed = bytearray(whole)
    changed[place] ^= 1 << Random(place).randrange(8)
    path.write_bytes(changed)
