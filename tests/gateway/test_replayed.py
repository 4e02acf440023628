"""A delivery received before is treated again: without a transfer, once, wherever it is killed."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.app import House, open_house
from gateway.cli.records import engine_of
from gateway.delivery import Verdict
from gateway.doors.durable import Patience
from gateway.ledger.folder import read_checkpoint
from gateway.passage.crossing import inputs
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.store.alerts import open_alerts
from gateway.store.deliveries import all_deliveries, find_delivery
from gateway.store.replays import waiting_replays
from gateway.store.sequences import GAP_ALERT
from gateway.store.tables import QUARANTINE
from schemas.examples import example
from tests.world.contracts import two_majors
from tests.world.records import passport
from tests.world.sender import Sender
from tests.world.town import read_ledger

T = TypeVar("T")
FIRST = "CD-PARCOURS_08_20220615_000001_V1.csv"


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """A house that accepted one file, and holds another of its number."""
    sender = Sender(tmp_path_factory.mktemp("accepted") / "house")
    sender.leaves(1)
    asyncio.run(_rounds(sender, 1))
    yield sender
    sender.close()


@pytest.fixture
def sender(accepted: Sender, tmp_path: Path) -> Iterator[Sender]:
    """The same, of one's own."""
    own = Sender.__new__(Sender)
    own.__dict__ |= vars(accepted)
    own.root = shutil.copytree(accepted.root, tmp_path / "house")
    own.place, own.config = own.root / "lieu", own.root / "config" / "gateway.toml"
    yield own


async def _rounds(sender: Sender, number: int = 2) -> None:
    async with running(load(sender.config), Patience(2, 0.01)) as (house, durable):
        for _ in range(number):
            await go_round(house, durable, lambda _phase, _started: None)
        assert await durable.failures() == {}


def rows(sender: Sender) -> list[dict[str, object]]:
    found: list[dict[str, object]] = sender.asks("flow", "list")
    return found


def acts(sender: Sender, subject: str) -> list[str]:
    ledger = read_ledger(sender.root / "etat" / "journal")
    return [entry["act"] for entry in ledger if entry["subject"] == subject]


async def test_a_replay_is_treated_from_the_vault_and_told_under_a_name_of_its_own(
    sender: Sender,
) -> None:
    (original,) = rows(sender)
    shutil.rmtree(sender.place / "archive")
    (sender.place / "archive").mkdir()  # nothing to transfer from
    asked = sender.asks(
        "flow", "replay", str(original["id"]), "--motif", "contrat changé", by="ana"
    )
    before = sender.answers(FIRST)
    await _rounds(sender)
    again = next(row for row in rows(sender) if row["id"] == asked["reprise"])
    assert (again["verdict"], again["replay_of"]) == ("accepted", original["id"])
    same = ("digest", "plaintext", "reference_date", "rows_accepted", "name", "sequence")
    assert [again[key] for key in same] == [original[key] for key in same]
    assert acts(sender, asked["reprise"]) == [
        "delivery.replayed", "delivery.accepted", "delivery.acknowledged",
    ]  # fmt: skip
    told = sender.answers(f"{FIRST}.gpg.REJEU-")
    assert {answer["depot"] for answer in told.values()} == {asked["reprise"]}
    assert len(told) == len(before) == 3
    assert {name: sender.answers(FIRST)[name] for name in before} == before
    assert "REJEU" in sender.types("flow", "list").stdout


async def test_a_replay_counts_nothing_twice_and_takes_the_place_of_its_original(
    sender: Sender,
) -> None:
    (original,) = rows(sender)
    asked = sender.asks("flow", "replay", str(original["id"]), "--motif", "m", by="ana")
    await _rounds(sender)
    async with open_house(load(sender.config)) as house:
        found = inputs(house.crossing, "08")
        assert found is not None
        assert found.cd.delivery == asked["reprise"]
        facts = house.drawers.journeys.read(found.cd.facts)
        index = house.drawers.identities.read(found.index)
    assert facts.height == original["rows_accepted"]
    assert index.height == len({*facts.get_column("PERSONNE")})


async def test_a_gap_is_said_to_the_sender_and_to_an_operator_until_it_is_filled(
    sender: Sender,
) -> None:
    sender.leaves(3, sender.changed())
    await _rounds(sender, 1)
    third = FIRST.replace("000001", "000003")
    said = {answer["niveau"]: answer for answer in sender.answers(third).values()}
    assert said["ARA"]["codes"]["GW-408"] == 1
    assert _alerts(sender) == 1
    second = b"\n".join([*sender.body.rstrip().split(b"\n")[:-2], b""])
    sender.leaves(2, second)
    await _rounds(sender, 1)
    assert rows(sender)[-1]["verdict"] == "accepted"
    assert _alerts(sender) == 0


def _alerts(sender: Sender) -> int:
    with engine_of(load(sender.config)) as engine, engine.begin() as connection:
        return len(open_alerts(connection, kind=GAP_ALERT))


async def test_what_was_agreed_of_a_flow_is_what_it_is_judged_by(sender: Sender) -> None:
    paper = sender.root / "config" / "partners" / "cd.toml"
    agreed = 'same_period = "refuse"\nsequence = "lenient"\nreject_threshold = 0.0\n'
    paper.write_text(paper.read_text() + agreed)
    kept = '[admission]\nenvironment = "test"\nquarantine_days = 3\n'
    sender.config.write_text(sender.config.read_text() + kept)
    sender.leaves(9, sender.changed())
    sender.leaves(2, sender.changed(), by=sender.stranger)
    sender.leaves(8, sender.body + b"one;short;row\n")
    await _rounds(sender, 1)
    assert {row["code"] for row in rows(sender)[1:]} == {"GW-403", "GW-204", "GW-704"}
    (held,) = sender.asks("quarantine", "list")
    received = datetime.fromisoformat(held["recu_le"]).date()
    assert held["garde_jusqu_au"] == (received + timedelta(days=3)).isoformat()
    async with open_house(load(sender.config)) as house:
        terms = house._terms(house.settings.partner("cd").flows[0], passport())
    assert (terms.sequence, terms.environment) == ("lenient", "test")


async def test_a_file_is_read_by_the_version_its_name_states(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "contrats").mkdir()
    registry = two_majors(tmp_path / "contrats")
    for module in ("gateway.app", "gateway.openings"):
        monkeypatch.setattr(f"{module}.ours", lambda: registry)
    one, two = (
        example(contract, rows=4, seed=1) for contract in reversed(registry.in_force("cd-parcours"))
    )
    sender.leaves(9, one, name="CD-PARCOURS_08_20260115_000009_V1.csv.gpg")
    sender.leaves(10, two, name="CD-PARCOURS_08_20260115_000010_V2.csv.gpg")
    sender.leaves(11, two, name="CD-PARCOURS_08_20260115_000011_V3.csv.gpg")
    await _rounds(sender, 1)
    told = {(row["sequence"], row["contract_version"], row["code"]) for row in rows(sender)[1:]}
    assert told == {(9, "1.1.0", None), (10, "2.0.0", None), (None, "", "GW-401")}


async def test_a_round_ends_what_nobody_decided_of_and_erases_it(sender: Sender) -> None:
    sender.leaves(2, sender.changed(), by=sender.stranger)
    await _rounds(sender, 1)
    digest = str(rows(sender)[-1]["digest"])
    sealed = sender.root / "etat" / "coffre" / "reception" / digest[:2] / f"{digest}.age"
    assert sealed.exists()
    with engine_of(load(sender.config)) as engine, engine.begin() as connection:
        connection.execute(QUARANTINE.update().values(expires_at=datetime.now(UTC)))
    await _rounds(sender, 1)
    assert not sealed.exists()
    assert sender.asks("quarantine", "list")[0]["etat"] == "expired"
    assert acts(sender, str(rows(sender)[-1]["id"]))[-1] == "quarantine.expired"


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A notebook that outlives the process, which dies at its nth step: before it, or before noting it."""

    def __init__(self) -> None:
        self.noted: dict[str, object] = {}
        self.done: Counter[str] = Counter()
        self.dies: tuple[str, str] = ("", "")

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        if name not in self.noted:
            if self.dies == (name, "before"):
                raise Killed
            result = await step()
            self.done[name] += 1
            if self.dies == (name, "after"):
                raise Killed
            self.noted[name] = result
        return self.noted[name]  # type: ignore[return-value]  # what that step gave


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["treat", "keep", "acknowledge"])
async def test_killed_at_any_durable_point_it_is_done_once(
    sender: Sender, step: str, moment: str
) -> None:
    (original,) = rows(sender)
    sender.asks("flow", "replay", str(original["id"]), "--motif", "m", by="ana")
    notebook = Dying()
    async with open_house(load(sender.config)) as house:
        (replay,) = _waiting(house)
        notebook.dies = (step, moment)
        with pytest.raises(Killed):
            await house.replay(replay, notebook)
    notebook.dies = ("", "")
    async with open_house(load(sender.config)) as house:
        done = await house.replay(replay, notebook)
        assert (done.verdict, done.told) == (Verdict.ACCEPTED, True)
        assert _waiting(house) == []
        with house.engine.begin() as connection:
            kept = [row.id for row in all_deliveries(connection)]
            row = find_delivery(connection, replay)
        house.notary.publish()
    assert kept == [original["id"], replay]
    assert row is not None
    assert row.acknowledged_at is not None
    assert acts(sender, replay) == [
        "delivery.replayed", "delivery.accepted", "delivery.acknowledged",
    ]  # fmt: skip
    assert len(sender.answers(f"{FIRST}")) > 3


def _waiting(house: House) -> list[str]:
    with house.engine.begin() as connection:
        return [replay for replay, _ in waiting_replays(connection)]


# --- out of quarantine, from the file to the answer


async def test_a_second_content_of_a_number_is_held_then_released_by_two_people(
    sender: Sender,
) -> None:
    sender.leaves(1, sender.changed())
    await _rounds(sender)
    held = sender.asks("quarantine", "list")
    assert [(line["code"][:6], line["etat"]) for line in held] == [("GW-405", "held")]
    delivery = held[0]["depot"]
    assert rows(sender)[-1]["code"] == "GW-405"
    request = sender.asks("quarantine", "release", delivery, "--motif", "le bon", by="ana")
    mine = sender.types("approval", "approve", request["demande"], by="ana")
    assert mine.exit_code == 1
    sender.asks("approval", "approve", request["demande"], by="bob")
    await _rounds(sender)
    again = rows(sender)[-1]
    assert (again["verdict"], again["replay_of"]) == ("accepted", delivery)
    seen = sender.asks("quarantine", "inspect", delivery)
    assert (seen["etat"], seen["decide_par"]) == ("released", "bob")
    assert [line["etat"] for line in seen["demandes"]] == ["approuvée"]
    assert [line["reprise"] for line in seen["reprises"]] == [again["id"]]
    assert sender.types("quarantine", "release", delivery, "--motif", "m", by="eve").exit_code == 1
    told = sender.answers(f"{FIRST}.gpg.REJEU-")
    assert {answer["depot"] for answer in told.values()} == {again["id"]}


async def test_a_signature_nobody_knew_is_checked_again_and_accepted_once_its_key_is(
    sender: Sender,
) -> None:
    sender.leaves(2, sender.changed(), by=sender.stranger)
    await _rounds(sender)
    first = rows(sender)[-1]
    assert first["code"] == "GW-204"
    await _released(sender, str(first["id"]))
    second = rows(sender)[-1]
    assert (second["code"], second["replay_of"]) == ("GW-204", first["id"])
    sender.declares(sender.stranger)
    await _released(sender, str(second["id"]))
    third = rows(sender)[-1]
    assert (third["verdict"], third["replay_of"]) == ("accepted", first["id"])
    told = sender.answers(f"{FIRST.replace('01_V1', '02_V1')}.gpg.REJEU-{str(third['id'])[-8:]}")
    assert len(told) == 3
    assert read_checkpoint(sender.root / "etat" / "journal") is not None


async def _released(sender: Sender, delivery: str) -> None:
    request = sender.asks("quarantine", "release", delivery, "--motif", "m", by="ana")
    sender.asks("approval", "approve", request["demande"], by="bob")
    await _rounds(sender)
