"""A release pushed to RDV-Insertion: opened once it may leave, batch after batch, resumed, stopped, counted."""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.contract import Piece
from connectors.errors import Denied, Unreachable
from connectors.rdv_insertion import Pushed, RdvInsertion, User
from connectors.sandbox.rdv_insertion import Fault, RdvInsertionSandbox
from gateway.errors import NotAuthorised, Refused
from gateway.habilitation import Status
from gateway.keymaking import create_keys
from gateway.keyring import Keyring
from gateway.pairs import own_desk
from gateway.passage.release import Notary, Release, release
from gateway.pgp import Desks
from gateway.pushing import Opening, PushOutlet
from gateway.store.approvals import Approval, Matter, ask, decide
from gateway.store.database import open_engine
from gateway.store.habilitations import adopt, decide_state, shown
from gateway.store.pushes import pushed_of
from gateway.store.releases import Extracted, authorise
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.gateway.test_release import InOrder
from tests.world.databases import sqlite_url
from tests.world.habilitations import content, example, granted
from tests.world.hooked import ledger
from tests.world.pushed import Hands, pushing
from tests.world.records import DAY, entry, extracted
from tests.world.userlist import line, workbook

RELEASE = "publication:h@v1:08:2022-06-15:1"


@pytest.fixture(scope="module")
def desks() -> Iterator[Desks]:
    with Desks() as opened:
        yield opened


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    folder = tmp_path_factory.mktemp("cles") / "cles"
    return create_keys(folder, origin="example.org/journal", uid="Essai <p@example.org>")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    yield opened
    opened.dispose()


class Scene:
    """One release of so many people, sealed as `Extraction` seals it, authorised or not."""

    def __init__(self, folder: Path, engine: Engine, ring: Keyring, desks: Desks) -> None:
        self.folder, self.engine, self.ring, self.desks = folder, engine, ring, desks
        self.opening = Opening(desks, own_desk(ring, "rdv-insertion"))
        self.habilitation = _approved(engine)

    def sealed(self, body: bytes) -> bytes:
        clear, closed = self.folder / "clear", self.folder / "closed"
        clear.write_bytes(body)
        with self.desks.at(own_desk(self.ring, "rdv-insertion")) as desk:
            desk.encrypt(clear, closed)
        return closed.read_bytes()

    def pieces(self, rows: Sequence[Sequence[str]], key: str = RELEASE) -> list[Piece]:
        manifest = json.dumps({"publication": key, "fichier": "X.xlsx"}).encode()
        return [
            Piece("X.xlsx.gpg", io.BytesIO(self.sealed(workbook(rows)))),
            Piece("X.xlsx.manifeste.json", io.BytesIO(manifest)),
        ]

    def authorise(self, key: str = RELEASE) -> None:
        one = extracted(key, habilitation=self.habilitation)
        authorise(self.engine, one, entry(key))

    def outlet(self, pusher: Any) -> PushOutlet:
        return PushOutlet("rdv-insertion", self.engine, pusher, self.opening)

    def pushed(self) -> list[dict[str, object]]:
        found = [dict(one.facts) for one in ledger(self.engine) if one.act == "release.pushed"]
        return [{str(k): v for k, v in facts.items()} for facts in found]

    def states(self) -> list[str]:
        with self.engine.begin() as connection:
            return [row.state for row in pushed_of(connection, RELEASE)]


def _approved(engine: Engine) -> str:
    draft = content(example(ends=datetime.now(UTC).date().replace(year=2099)))
    with engine.begin() as connection:
        seen = shown(connection, draft, demand=1, changes={})
    asked = ask(engine, Matter.HABILITATION, draft.id, seen, by="camille", motive="m")

    def adopted(connection: Any, given: Approval) -> None:
        adopt(connection, given)

    decide(engine, asked.id, by="dominique", agrees=True, then=adopted)
    return draft.id


@pytest.fixture
def scene(tmp_path: Path, engine: Engine, ring: Keyring, desks: Desks) -> Scene:
    return Scene(tmp_path, engine, ring, desks)


def lines(number: int, bad: Sequence[int] = ()) -> list[list[str]]:
    gone = {"Prénom bénéficiaire": ""}
    return [line(one, **(gone if one in bad else {})) for one in range(number)]


async def test_a_release_is_pushed_by_25_and_said_once_by_count(scene: Scene) -> None:
    scene.authorise()
    rows = lines(60, bad=[4])
    rows[30] = line(30, Civilité="M.", NIR="2520699001001")  # theirs to refuse
    async with pushing(Hands()) as (place, pusher, _):
        outlet = scene.outlet(pusher)
        first = await outlet.deliver(scene.pieces(rows), await outlet.prepare(scene.pieces(rows)))
        again = await outlet.deliver(scene.pieces(rows), "")
        assert (first.already_there, again.already_there) == (False, True)
        assert len(place.people) == 58
        assert max(place.taken.values()) == 1
    assert scene.states() == ["DONE"] * 3
    assert scene.pushed() == [{"batches": 3, "pushed": 58, "refused": 2, "batches_left": 0}]
    with scene.engine.begin() as connection:
        errors = [row.error for row in pushed_of(connection, RELEASE)]
    assert errors == ["incomplete:1", "nir:1", ""]


async def test_a_list_of_nobody_is_pushed_too(scene: Scene) -> None:
    scene.authorise()
    async with pushing(Hands()) as (place, pusher, _):
        await scene.outlet(pusher).deliver(scene.pieces([]), "")
        assert place.calls == []
    assert scene.pushed() == [{"batches": 1, "pushed": 0, "refused": 0, "batches_left": 0}]


async def test_nothing_is_pushed_without_an_entry_or_for_what_is_no_release(scene: Scene) -> None:
    async with pushing(Hands()) as (place, pusher, _):
        outlet = scene.outlet(pusher)
        with pytest.raises(NotAuthorised, match="écriture"):
            await outlet.deliver(scene.pieces(lines(1)), "")
        for pieces in (
            [scene.pieces([])[0]],
            [Piece("t", io.BytesIO()), Piece("x.manifeste.json", io.BytesIO(b"{}"))],
        ):
            with pytest.raises(Denied):
                await outlet.prepare(pieces)
        with pytest.raises(Denied, match="prepared"):
            await outlet.deliver(scene.pieces([]), "something")
        assert (place.calls, place.sign_ins, scene.states()) == ([], 0, [])


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.UNANSWERED, Fault.SLOW])
async def test_cut_in_the_middle_it_goes_on_from_there_and_nobody_is_sent_three_times(
    scene: Scene, fault: Fault
) -> None:
    scene.authorise()
    async with pushing(Hands()) as (place, pusher, _):
        outlet = scene.outlet(pusher)
        place.order(*_after(1, fault))
        with pytest.raises(Unreachable):
            await outlet.deliver(scene.pieces(lines(75)), "")
        assert scene.states() == ["DONE", "FAILED"]
        assert scene.pushed() == []
        await outlet.deliver(scene.pieces(lines(75)), "")
        assert len(place.people) == 75
        assert max(place.taken.values()) <= 2
        assert sum(place.taken.values()) == 75 + (25 if fault is not Fault.ERROR else 0)
    assert scene.states() == ["DONE"] * 3
    assert [one["pushed"] for one in scene.pushed()] == [75]


def _after(good: int, fault: Fault) -> list[Fault | None]:
    return [*[None] * good, fault]


class Dying:
    """Gives a batch, and the process ends before it is written."""

    def __init__(self, pusher: RdvInsertion) -> None:
        self._pusher = pusher

    async def push(self, users: Sequence[User]) -> Pushed:
        await self._pusher.push(users)
        raise KeyboardInterrupt

    async def close(self) -> None:
        await self._pusher.close()


async def test_killed_after_each_batch_it_still_ends_with_everybody_and_one_entry(
    scene: Scene,
) -> None:
    scene.authorise()
    async with pushing(Hands()) as (place, pusher, _):
        for _again in range(3):
            with pytest.raises(KeyboardInterrupt):
                await scene.outlet(Dying(pusher)).deliver(scene.pieces(lines(50)), "")
        assert scene.states() == []
        await scene.outlet(pusher).deliver(scene.pieces(lines(50)), "")
        assert len(place.people) == 50
    assert len(scene.pushed()) == 1


class Revoking:
    """The habilitation is revoked while the first batch is under way."""

    def __init__(self, pusher: RdvInsertion, scene: Scene) -> None:
        self._pusher, self._scene, self._first = pusher, scene, True

    async def push(self, users: Sequence[User]) -> Pushed:
        if self._first:
            decide_state(
                self._scene.engine, self._scene.habilitation, Status.REVOKED, by="c", motive="fin"
            )
        self._first = False
        return await self._pusher.push(users)

    async def close(self) -> None:
        await self._pusher.close()


async def test_a_revocation_stops_what_is_left_and_says_what_had_left(scene: Scene) -> None:
    scene.authorise()
    async with pushing(Hands()) as (place, pusher, _):
        outlet = scene.outlet(Revoking(pusher, scene))
        for _again in range(2):
            with pytest.raises(NotAuthorised, match="en vigueur"):
                await outlet.deliver(scene.pieces(lines(75)), "")
        assert len(place.people) == 25
    assert scene.states() == ["DONE", "STOPPED"]
    assert scene.pushed() == [{"batches": 1, "pushed": 25, "refused": 0, "batches_left": 2}]


async def test_the_whole_path_of_a_release_ends_with_people_and_a_clear_file_is_never_pushed(
    scene: Scene, tmp_path: Path
) -> None:
    identity = generate_identity()
    store = open_folder(tmp_path / "vault")
    async with pushing(Hands()) as (place, pusher, _):
        for number, body in enumerate((scene.sealed(workbook(lines(3))), workbook(lines(3)))):
            key = f"{RELEASE}:{number}"
            kept = Vault(store, [identity.public]).put(io.BytesIO(body))
            one = extracted(
                key,
                habilitation=scene.habilitation,
                habilitation_digest=granted().snapshot,
                sealed=kept.digest,
                sealed_size=kept.size,
            )
            house = Release(
                scene.engine,
                partial(_given, one),
                granted,
                Unsealer(store, [identity.secret]),
                scene.outlet(pusher),
                Notary(publish=lambda: None, receipt=str),
            )
            if number == 0:
                assert await release(key, DAY, house, InOrder()) == "rdv-insertion:rdv-insertion"
                continue
            with pytest.raises(Refused):
                await release(key, DAY, house, InOrder())
        assert len(place.people) == 3
        assert len(place.calls) == 1
    acts = [str(one.act) for one in ledger(scene.engine)]
    assert acts.index("release.authorised") < acts.index("release.pushed")
    assert acts.index("release.pushed") < acts.index("release.delivered")


def _given(one: Extracted, _key: str, _day: date) -> Extracted:
    return one


async def test_nothing_of_a_person_is_kept(scene: Scene) -> None:
    scene.authorise()
    async with pushing(Hands()) as (_, pusher, _statuses):
        await scene.outlet(pusher).deliver(scene.pieces(lines(3, bad=[1])), "")
    with scene.engine.begin() as connection:
        kept = " ".join(str(row) for row in pushed_of(connection, RELEASE))
    written = kept + " ".join(str(one) for one in ledger(scene.engine))
    for word in (
        "EXEMPLE",
        "Prénom",
        "personne.",
        "IODAS",
        "0612345678",
        RdvInsertionSandbox.password,
    ):
        assert word not in written
