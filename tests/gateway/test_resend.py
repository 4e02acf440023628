"""What a sender lost is told again as it was, and can be handed over to whoever judges."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from connectors import errors
from connectors.contract import Arrival
from gateway.app import open_house
from gateway.clerk import Address
from gateway.cli.speech import Exit
from gateway.doors.accounts import Accounts
from gateway.doors.durable import Patience
from gateway.doors.lookout import Post
from gateway.errors import Misconfigured, Unavailable
from gateway.ledger import VerifierKey, verify_receipt
from gateway.resend import resend
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.stages.acknowledge import acknowledge
from gateway.stages.keep import keep
from gateway.store.acknowledgements import times_again
from gateway.store.database import open_engine
from gateway.store.deliveries import find_delivery
from gateway.store.locks import account_locks
from gateway.store.tables import ACKNOWLEDGEMENT
from tests.world.clerks import Verifier, clerk
from tests.world.failing import Failing
from tests.world.furnished import document, furnish, run
from tests.world.hubee import RSA, HubeeWorld, a_file, hubee_world
from tests.world.records import collected, passport, refusal
from tests.world.town import read_ledger

NAME = "DUPONT-TEST ANNE.xml"  # outside every convention: shown nowhere but at its sender's


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house that received one file, refused it and filed it."""
    made = furnish(tmp_path_factory.mktemp("house"))
    (made / "lieu" / "depot" / NAME).write_bytes(b"not even encrypted")
    asyncio.run(_received(made))
    return made


async def _received(root: Path) -> None:
    async with running(load(root / "config" / "gateway.toml"), Patience(2, 0.01)) as (
        house,
        notebook,
    ):
        await go_round(house, notebook, lambda _phase, _started: None)


async def _published(root: Path) -> None:
    async with open_house(load(root / "config" / "gateway.toml")) as house:
        house.notary.publish()


def ack(root: Path, *words: str | Path) -> Any:
    result = run("ack", *words, "--config", root / "config" / "gateway.toml", "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    return document(result)


def told(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "lieu" / "ack").iterdir()}


@pytest.fixture(scope="module")
def delivery(root: Path) -> str:
    (line,) = ack(root, "list")
    return str(line["depot"])


def test_a_filed_delivery_is_told_again_to_the_byte_under_the_name_its_sender_gave(
    root: Path, delivery: str
) -> None:
    before = told(root)
    assert {name.split(".xml.")[0] for name in before} == {"DUPONT-TEST ANNE"}
    for path in (root / "lieu" / "ack").iterdir():
        path.unlink()
    said = ack(root, "resend", delivery, "--motif", "perdu pendant la migration")
    assert told(root) == before
    index = said["ecriture_journal"]
    shown = ack(root, "show", delivery)
    assert [(one["motif"], one["ecriture_journal"]) for one in shown["renvois"]] == [
        ("perdu pendant la migration", index)
    ]
    assert [one["etape"] for one in shown["avis"]] == ["received", "unreadable"]
    text = run("ack", "show", delivery, "--config", root / "config" / "gateway.toml").stdout
    assert "perdu pendant la migration" in text
    assert "ARL illisible" in text
    assert "Renvois" in run("ack", "list", "--config", root / "config" / "gateway.toml").stdout


def test_the_name_its_sender_gave_is_in_nothing_we_keep(root: Path, delivery: str) -> None:
    ack(root, "resend", delivery)
    kept = {p: p.read_bytes() for p in (root / "etat").rglob("*") if p.is_file()}
    assert len(kept) > 5
    assert [path for path, body in kept.items() if b"DUPONT" in body] == []


def test_a_judge_checks_what_was_handed_over_with_gpg_and_the_ledger_s_key_alone(
    root: Path, delivery: str, tmp_path: Path
) -> None:
    folder, config = tmp_path / "litige", root / "config" / "gateway.toml"
    assert run("ack", "export", delivery, folder, "--config", config).exit_code == Exit.DONE
    judge = Verifier(tmp_path / "judge", (folder / "passerelle.asc").read_text())
    signed = [folder / path.stem for path in folder.glob("*.json.asc")]
    assert {path.name for path in signed} == {"ART.json", "ARL.json"}
    assert all(judge.accepts(path) for path in signed)
    received = json.loads((folder / "ART.json").read_text("utf-8"))
    assert received["sha256"] == hashlib.sha256(b"not even encrypted").hexdigest()
    assert received["sha256"] in (folder / "LISEZMOI.txt").read_text("utf-8")
    key = VerifierKey.parse((root / "cles" / "ledger.pub").read_text())
    entry = (folder / "verdict.json").read_bytes()
    proven = verify_receipt((folder / "verdict.tlog-proof").read_text(), entry, key)
    assert proven.index == received["ecriture_journal"]
    again = run("ack", "export", delivery, folder, "--config", config)
    assert again.exit_code == Exit.CONFIGURATION


def test_what_an_earlier_version_told_is_handed_over_and_cannot_be_sent_again(
    root: Path, delivery: str, tmp_path: Path
) -> None:
    old = shutil.copytree(root, tmp_path / "old")
    engine = open_engine(f"sqlite:///{old / 'etat' / 'passerelle.sqlite'}")
    with engine.begin() as connection:
        connection.execute(delete(ACKNOWLEDGEMENT))
    engine.dispose()
    config = old / "config" / "gateway.toml"
    refused = run("ack", "resend", delivery, "--config", config)
    assert refused.exit_code == Exit.CONFIGURATION
    assert "ack export" in refused.stderr
    folder = tmp_path / "litige"
    assert run("ack", "export", delivery, folder, "--config", config).exit_code == Exit.DONE
    assert (folder / "ARL.json.asc").exists()


@pytest.mark.parametrize("words", [("show", "x"), ("resend", "x"), ("export", "x", "y")])
def test_an_unknown_delivery_is_said_to_be(root: Path, tmp_path: Path, words: list[str]) -> None:
    places = [str(tmp_path / word) if word == "y" else word for word in words]
    result = run("ack", *places, "--config", root / "config" / "gateway.toml")
    assert result.exit_code == Exit.CONFIGURATION
    assert "aucun dépôt x" in result.stderr


def test_the_ledger_says_who_had_it_told_again_and_keeps_the_motive_out(
    root: Path, delivery: str
) -> None:
    ack(root, "resend", delivery, "--motif", "motif de ce test")
    asyncio.run(_published(root))
    ledger = read_ledger(root / "etat" / "journal")
    page = [e for e in ledger if e["subject"] == delivery]
    again = [entry for entry in page if entry["act"] == "delivery.told-again"]
    assert {entry["facts"]["about"] for entry in again} == {ledger.index(page[0])}
    assert all(entry["actor"] not in {"", "passerelle"} for entry in again)
    assert "motif de ce test" not in json.dumps(again, ensure_ascii=False)


# --- places that answer otherwise


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'db.sqlite'}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.Unreachable("cd: no"), Unavailable),
        (errors.Denied("cd: no"), Misconfigured),
        (errors.Missing("cd: no"), Misconfigured),
    ],
)
async def test_a_place_that_fails_is_said_and_nothing_is_written(
    engine: Engine, tmp_path: Path, error: Exception, expected: type[Exception]
) -> None:
    kept = keep(engine, passport(), collected(), refusal())
    mine = clerk(engine)
    mine.notices(kept, Address("cd", Arrival(key="k", name="a")), in_files=False)
    posts = [Post("cd", Failing(error), ())]
    accounts = Accounts(account_locks(f"sqlite:///{tmp_path / 'db.sqlite'}", tmp_path), posts)
    with pytest.raises(expected):
        await resend(mine, posts, accounts, "d1", by="ada", motive="m")
    with pytest.raises(Misconfigured, match="plus relevé"):
        await resend(mine, [], accounts, "d1", by="ada", motive="m")
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    assert row is not None
    assert row.acknowledged_at is None


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        world.publish(a_file(b"1", kind="RSABEI"), process=RSA)
        yield world


async def test_at_hubee_telling_again_a_closed_case_adds_no_event(
    engine: Engine, world: HubeeWorld, tmp_path: Path
) -> None:
    async with world.source(RSA) as source:
        (arrival,) = await source.arrivals()
        shown = passport(arrival=arrival.key, post="cnaf")
        kept = keep(engine, shown, collected(), refusal())
        mine = clerk(engine)
        assert (await acknowledge(mine, shown, kept, source, arrival)).told
        said = list(world.case(arrival.reference["case"]).events)
        assert said
        posts = [Post("cnaf", source, ())]
        accounts = Accounts(account_locks(f"sqlite:///{tmp_path / 'db.sqlite'}", tmp_path), posts)
        assert await resend(mine, posts, accounts, "d1", by="ada", motive="m") > 0
        assert list(world.case(arrival.reference["case"]).events) == said


async def test_a_case_of_which_another_file_waits_is_not_said_to_be_told_again(
    engine: Engine, world: HubeeWorld, tmp_path: Path
) -> None:
    world.publish(a_file(b"1", kind="RSABEI"), a_file(b"2", kind="RSABAI"), process=RSA)
    async with world.source(RSA) as source:
        arrival = next(one for one in await source.arrivals() if one.kind == "RSABAI")
        shown = passport(arrival=arrival.key, post="cnaf")
        kept = keep(engine, shown, collected(), refusal())
        mine = clerk(engine)
        assert not (await acknowledge(mine, shown, kept, source, arrival)).told
        posts = [Post("cnaf", source, ())]
        accounts = Accounts(account_locks(f"sqlite:///{tmp_path / 'db.sqlite'}", tmp_path), posts)
        with pytest.raises(Unavailable, match="autres fichiers"):
            await resend(mine, posts, accounts, "d1", by="ada", motive="m")
    with engine.begin() as connection:
        assert times_again(connection) == {}
