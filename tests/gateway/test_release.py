"""A release leaves with an entry and a grant, or it does not leave: and that is written."""

import io
import json
import os
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy import Engine, select

from connectors.contract import Outlet
from connectors.folder import FolderOutlet
from connectors.sandbox.hubee import Fault, applies
from gateway.errors import NotAuthorised, Unavailable
from gateway.habilitation import Grant
from gateway.ledger.entry import Act
from gateway.ledger.tables import ENTRY
from gateway.passage.release import Notary, Release, release
from gateway.store.database import open_engine
from gateway.store.releases import Extracted, authorise, edition_of, find_prepared, find_release
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.habilitations import granted
from tests.world.publisher import PublisherWorld, publisher_world
from tests.world.records import entry

T = TypeVar("T")
SEALED = b"sealed for its recipient"
KEY, DAY = "publication:h@v1:08:2022-06-15:abc", date(2022, 6, 15)


class InOrder:
    """Steps done as they come, nothing remembered: enough for one walk."""

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        assert name
        return await step()


class Killed(Exception):
    """The process ends here."""


class KilledAfter(InOrder):
    """Dies once this step is done, before its result is written down."""

    def __init__(self, last: str) -> None:
        self._last = last

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        result = await step()
        if name == self._last:
            raise Killed
        return result


class Resumed(InOrder):
    """Finds `prepare` done by a process that was killed: the grant is not checked there again."""

    def __init__(self, done: str) -> None:
        self._done = done

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        return cast("T", "") if name == self._done else await step()


def suspended_at(check: int) -> Callable[[], Grant]:
    """A grant in force until it is checked for the nth time."""
    checks = iter(range(1, 100))

    def grant() -> Grant:
        if next(checks) >= check:
            raise NotAuthorised("elle est suspendue")
        return granted()

    return grant


def opened(
    folder: Path,
    grant: Callable[[], Grant] = granted,
    outlet: Outlet | None = None,
    body: bytes = SEALED,
    **changes: Any,
) -> tuple[Release, Engine]:
    identity = generate_identity()
    store = open_folder(folder / "vault")
    sealed = Vault(store, [identity.public]).put(io.BytesIO(body))
    extracted = Extracted(
        id=KEY, product="risque-rupture", recipient="cd", departement="08", period=DAY,
        habilitation="h", habilitation_version=1, habilitation_digest=granted().snapshot, name="X.csv",
        sha256="1" * 64, size=1, rows=0, sealed=sealed.digest, sealed_size=sealed.size, seconds=0.1,
    )  # fmt: skip
    extracted = replace(extracted, **changes)
    (folder / "pickup").mkdir()
    engine = open_engine(f"sqlite:///{folder / 'db.sqlite'}")
    notary = Notary(publish=lambda: None, receipt=lambda index: f"receipt {index}")
    outlet = outlet or FolderOutlet(folder / "pickup", "cd")
    house = Release(
        engine,
        lambda _key, _day: extracted,
        grant,
        Unsealer(store, [identity.secret]),
        outlet,
        notary,
    )
    return house, engine


def acts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [json.loads(body)["act"] for body in bodies]


async def test_a_release_leaves_with_its_entry_and_its_receipt(tmp_path: Path) -> None:
    house, engine = opened(tmp_path)
    await release(KEY, DAY, house, InOrder())
    assert acts(engine) == ["release.authorised", "release.delivered"]
    manifest = json.loads((tmp_path / "pickup" / "X.csv.manifeste.json").read_text("utf-8"))
    assert manifest["journal"] == {"ecriture": 0, "recu": "receipt 0"}
    assert "décision" in manifest["mention"]
    assert (tmp_path / "pickup" / "X.csv.gpg").read_bytes() == b"sealed for its recipient"


async def test_a_manifest_says_all_that_an_integrator_checks(tmp_path: Path) -> None:
    house, engine = opened(tmp_path)
    first = replace(house.extract("", DAY), id="earlier", name="W.csv")
    authorise(engine, first, entry("earlier", Act.RELEASE_AUTHORISED))
    others = (
        replace(first, id="other", period=date(2022, 7, 15)),
        replace(first, id="cd", recipient="x"),
    )
    for other in others:
        authorise(engine, other, entry(other.id, Act.RELEASE_AUTHORISED))
    await release(KEY, DAY, house, InOrder())
    manifest = json.loads((tmp_path / "pickup" / "X.csv.manifeste.json").read_text("utf-8"))
    assert {key: manifest[key] for key in ("sha256", "octets", "lignes", "periode", "sequence")} == {
        "sha256": "1" * 64, "octets": 1, "lignes": 0, "periode": "2022-06-15", "sequence": 2,
    }  # fmt: skip
    assert (manifest["produit"], manifest["version"]) == ("risque-rupture", "1.1.0")
    assert manifest["habilitation"] == {"id": "h", "version": 1, "empreinte": granted().snapshot}
    assert manifest["journal"] == {"ecriture": 3, "recu": "receipt 3"}
    with engine.begin() as connection:  # a correction does not change which release the first was
        assert [edition_of(connection, one) for one in ("earlier", KEY, "other")] == [1, 2, 1]


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (1, ["release.refused"]),
        (2, ["release.authorised", "release.stopped"]),
        (3, ["release.authorised", "release.stopped"]),
    ],
)
async def test_a_habilitation_suspended_after_the_extract_stops_the_release(
    tmp_path: Path, check: int, told: list[str]
) -> None:
    house, engine = opened(tmp_path, grant=suspended_at(check))
    with pytest.raises(NotAuthorised):
        await release(KEY, DAY, house, InOrder())
    assert acts(engine) == told
    assert list((tmp_path / "pickup").iterdir()) == []


async def test_no_receipt_no_release(tmp_path: Path) -> None:
    house, engine = opened(tmp_path)

    def unpublished(index: int) -> str:
        raise IndexError(index)

    blind = Release(
        house.engine, house.extract, house.grant, house.sealed, house.outlet,
        Notary(publish=lambda: None, receipt=unpublished),
    )  # fmt: skip
    with pytest.raises(IndexError):
        await release(KEY, DAY, blind, InOrder())
    assert acts(engine) == ["release.authorised"]
    assert list((tmp_path / "pickup").iterdir()) == []


async def test_a_release_larger_than_its_share_of_memory_leaves_whole(tmp_path: Path) -> None:
    body = os.urandom(24 << 20)
    house, _ = opened(tmp_path, body=body)
    tracemalloc.start()
    await release(KEY, DAY, house, InOrder())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(body) / 2
    assert (tmp_path / "pickup" / "X.csv.gpg").read_bytes() == body


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[PublisherWorld]:
    async with publisher_world(tmp_path / "hub") as world:
        yield world


async def test_a_release_leaves_by_hubee_with_its_manifest(
    hub: PublisherWorld, tmp_path: Path
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, outlet=outlet)
        location = await release(KEY, DAY, house, InOrder())
    (folder,) = hub.folders()
    assert location == f"hubee:{folder.id}"
    assert set(hub.visible()) == {"X.csv.gpg", "X.csv.manifeste.json"}
    assert hub.visible()["X.csv.gpg"] == SEALED
    assert acts(engine) == ["release.authorised", "release.delivered"]


async def test_suspended_between_the_two_steps_what_was_prepared_is_taken_back(
    hub: PublisherWorld, tmp_path: Path
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, grant=suspended_at(3), outlet=outlet)
        with pytest.raises(NotAuthorised):
            await release(KEY, DAY, house, InOrder())
    assert hub.folders() == []
    assert acts(engine) == ["release.authorised", "release.stopped"]
    assert find_prepared(engine, KEY) is None


async def test_suspended_while_hubee_does_not_answer_nothing_leaves(
    hub: PublisherWorld, tmp_path: Path
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, grant=suspended_at(3), outlet=outlet)
        hub.hub.sandbox.faults.order("folder.delete", *[Fault.RESET_BEFORE] * 3)
        with pytest.raises(NotAuthorised):
            await release(KEY, DAY, house, InOrder())
    assert hub.new_items() == []
    assert acts(engine) == ["release.authorised", "release.stopped"]


async def test_suspended_after_it_left_the_ledger_says_that_it_left(
    hub: PublisherWorld, tmp_path: Path
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, grant=suspended_at(4), outlet=outlet)
        with pytest.raises(Killed):
            await release(KEY, DAY, house, KilledAfter("deliver"))
        await release(KEY, DAY, house, Resumed("prepare"))
    assert acts(engine) == ["release.authorised", "release.delivered"]
    assert len(hub.new_items()) == 1


@pytest.mark.parametrize("last", ["prepare", "deliver"])
async def test_killed_after_a_step_the_recipient_is_told_once(
    hub: PublisherWorld, tmp_path: Path, last: str
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, outlet=outlet)
        with pytest.raises(Killed):
            await release(KEY, DAY, house, KilledAfter(last))
    async with hub.outlet() as outlet:
        await release(KEY, DAY, replace(house, outlet=outlet), InOrder())
    assert len(hub.folders()) == len(hub.new_items()) == 1
    assert acts(engine) == ["release.authorised", "release.delivered"]


FAULTS = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.RESET_BEFORE, Fault.RESET_AFTER]


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (route, fault)
        for route in ("folder.create", "folder.upload", "folder.read", "folder.move")
        for fault in FAULTS
        if applies(fault, route)
    ],
)
async def test_whatever_fails_at_hubee_a_release_tells_its_recipient_once(
    hub: PublisherWorld, tmp_path: Path, route: str, fault: Fault
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, outlet=outlet)
        hub.hub.sandbox.faults.order(route, *[fault] * 3)
        for _ in range(4):
            try:
                await release(KEY, DAY, house, InOrder())
            except Unavailable:
                continue
    assert len(hub.new_items()) == 1
    assert acts(engine) == ["release.authorised", "release.delivered"]


async def test_what_was_deleted_at_hubee_is_prepared_again(
    hub: PublisherWorld, tmp_path: Path
) -> None:
    async with hub.outlet() as outlet:
        house, engine = opened(tmp_path, outlet=outlet)
        with pytest.raises(Killed):
            await release(KEY, DAY, house, KilledAfter("prepare"))
        await outlet.withdraw(find_prepared(engine, KEY) or "")
        with pytest.raises(Unavailable, match="préparer de nouveau"):
            await release(KEY, DAY, house, InOrder())
        await release(KEY, DAY, house, InOrder())
    assert len(hub.folders()) == len(hub.new_items()) == 1
    with engine.connect() as connection:
        row = find_release(connection, KEY)
    assert row is not None
    assert row.delivered
