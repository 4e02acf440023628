"""`passerelle doctor` finds what is missing or open to others before the first file does."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.speech import Exit
from tests.world.furnished import document, furnish, run

TOLD_BY_OTHERS = {"ledger.pub", "api-tokens.pub"}  # their private halves
OF_THE_API = ["api-tokens.key", "webhooks.key"]
OPEN = """
[api]
address = "https://localhost:8443"
certificate_file = "api.crt"
key_file = "api.key"
"""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(furnished: Path, tmp_path: Path) -> Path:
    """The same, of one's own: to be damaged."""
    return shutil.copytree(furnished, tmp_path / "house")


def _faults(house: Path) -> list[str]:
    result = run("doctor", "--config", house / "config" / "gateway.toml", "--json")
    found: list[str] = document(result)["a_reparer"]
    assert result.exit_code == (Exit.CONFIGURATION if found else Exit.DONE)
    return found


def test_a_sound_house_needs_nothing(house: Path) -> None:
    assert _faults(house) == []
    told = run("doctor", "--config", house / "config" / "gateway.toml")
    assert (told.exit_code, "Rien à réparer" in told.stdout) == (Exit.DONE, True)
    assert 'mode = "off"' in told.stdout


def test_the_doctor_asks_for_the_keys_of_the_api_once_it_is_open(house: Path) -> None:
    for name in OF_THE_API:
        (house / "cles" / name).unlink()
    assert _faults(house) == []
    config = house / "config" / "gateway.toml"
    config.write_text(config.read_text() + OPEN)
    faults = _faults(house)
    assert [name for name in OF_THE_API if any(name in fault for fault in faults)] == OF_THE_API
    assert run("key", "create", "--config", config).exit_code == Exit.DONE
    assert _faults(house) == []


def test_the_doctor_finds_any_key_that_is_missing(house: Path) -> None:
    names = [
        path.relative_to(house / "cles")
        for path in (house / "cles").rglob("*")
        if path.is_file() and path.name not in {*TOLD_BY_OTHERS, *OF_THE_API}
    ]
    assert len(names) == 14
    for name in names:
        kept = (house / "cles" / name).read_bytes()
        (house / "cles" / name).unlink()
        assert any(name.name in fault for fault in _faults(house)), name
        (house / "cles" / name).write_bytes(kept)
        (house / "cles" / name).chmod(0o600)


def test_the_doctor_asks_for_our_certificate_once_a_flow_comes_in_cms(house: Path) -> None:
    paper = house / "config" / "partners" / "pe.toml"
    paper.write_text(paper.read_text() + 'envelope = "cms"\n')
    missing = [fault for fault in _faults(house) if "cms-reception" in fault]
    assert len(missing) == 2
    config = house / "config" / "gateway.toml"
    assert run("key", "create", "--cms", "--config", config).exit_code == Exit.DONE
    assert _faults(house) == []


@pytest.mark.parametrize("name", ["", "pseudonym.key", "ledger.key", "age-identity.key"])
def test_the_doctor_finds_what_others_may_read(house: Path, name: str) -> None:
    (house / "cles" / name).chmod(0o755)
    assert any("chmod" in fault for fault in _faults(house))


def test_the_doctor_lists_everything_at_once(house: Path) -> None:
    (house / "cles" / "openpgp-reception.key").unlink()
    with closing(sqlite3.connect(house / "etat" / "passerelle.sqlite")) as database, database:
        database.execute("DELETE FROM partner_key")
    shutil.rmtree(house / "lieu")
    found = " ".join(_faults(house))
    for word in ("openpgp-reception.key", "pe : aucune clé OpenPGP", "pe ne répond pas"):
        assert word in found


def test_the_doctor_says_a_database_that_does_not_answer(house: Path) -> None:
    with (house / "config" / "gateway.toml").open("a") as settings:
        settings.write('[database]\nurl = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n')
    assert any("base de données" in fault for fault in _faults(house))
    later = run("flow", "list", "--config", house / "config" / "gateway.toml")
    assert later.exit_code == Exit.LATER


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d"])
def test_a_database_url_we_cannot_use_is_a_setting_to_repair(house: Path, url: str) -> None:
    with (house / "config" / "gateway.toml").open("a") as settings:
        settings.write(f'[database]\nurl = "{url}"\n')
    result = run("flow", "list", "--config", house / "config" / "gateway.toml")
    assert result.exit_code == Exit.CONFIGURATION
    assert "postgresql+psycopg" in result.stderr
