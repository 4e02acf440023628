"""What a closed habilitation left uncollected is taken back, once, wherever the look is killed."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from connectors.contract import LeftFile, Outlet, Piece
from connectors.errors import Unreachable
from connectors.folder import FolderOutlet
from gateway.errors import NotAuthorised
from gateway.habilitation import Status
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.passage.withdrawing import HANDED_OVER, Withdrawing, withdraw_one
from gateway.store.alerts import open_alerts
from gateway.store.answers import delivered_to
from gateway.store.habilitations import decide_state
from gateway.store.releases import authorise, find_release, mark_delivered, write_manifest
from gateway.store.tables import RELEASE
from gateway.store.withdrawals import find_left, mark_withdrawn
from tests.world.habilitations import LONG, example, stored
from tests.world.records import digest, entry, extracted

KEY, BODY, MANIFEST = "r-1", b"sealed for its recipient", '{"format": "x"}'
FILE, SAID = "CONTACTS_08_20220615.csv.gpg", "CONTACTS_08_20220615.csv.manifeste.json"
HABILITATION = example(**LONG).id


@pytest.fixture
def pickup(tmp_path: Path) -> Path:
    (tmp_path / "retrait").mkdir()
    return tmp_path / "retrait"


@pytest.fixture
async def house(emptied: Engine, pickup: Path) -> Engine:
    """One release delivered in a folder, under a habilitation that stands."""
    stored(emptied, example(**LONG))
    outlet = FolderOutlet(pickup, "rdv-insertion")
    made = extracted(KEY, habilitation=HABILITATION, sealed=digest_of(BODY), sealed_size=len(BODY))
    authorise(emptied, made, entry(KEY, Act.RELEASE_AUTHORISED))
    write_manifest(emptied, KEY, MANIFEST)
    pieces = [Piece(FILE, io.BytesIO(BODY)), Piece(SAID, io.BytesIO(MANIFEST.encode()))]
    await outlet.deliver(pieces, "")
    mark_delivered(emptied, KEY, "there", entry(KEY, Act.RELEASE_DELIVERED))
    return emptied


def digest_of(body: bytes) -> str:
    return digest(body.decode())


def looking(engine: Engine, outlet: Outlet) -> Withdrawing:
    return Withdrawing(engine, {"rdv-insertion": outlet})


def close(engine: Engine, status: Status = Status.REVOKED) -> None:
    decide_state(engine, HABILITATION, status, by="camille", motive="essai")


def told(engine: Engine) -> Entry:
    """The last entry."""
    size = committed_size(engine)
    (body,) = bodies(engine, size - 1, size)
    return Entry.decode(body)


def facts(engine: Engine) -> Mapping[str, object]:
    last = told(engine)
    assert last.act is Act.RELEASE_WITHDRAWN
    return {k: last.facts[k] for k in ("why", "removed", "gone", "file", "attempts_cut")}


def row(engine: Engine) -> object:
    with engine.begin() as connection:
        return find_release(connection, KEY)


WHOLE = {"why": "REVOKED", "removed": 2, "gone": 0, "file": "removed", "attempts_cut": 0}


async def test_while_it_stands_nothing_is_taken_back(house: Engine, pickup: Path) -> None:
    here = looking(house, FolderOutlet(pickup, "rdv-insertion"))
    assert [await here.look(), await here.look()] == [0, 0]
    assert len(list(pickup.iterdir())) == 2


@pytest.mark.parametrize("status", [Status.REVOKED, Status.SUSPENDED])
async def test_once_closed_it_is_taken_back_once(
    house: Engine, pickup: Path, status: Status
) -> None:
    here = looking(house, FolderOutlet(pickup, "rdv-insertion"))
    assert await here.look() == 0
    close(house, status)
    assert [await here.look(), await here.look()] == [1, 0]
    assert list(pickup.iterdir()) == []
    assert facts(house) == WHOLE | {"why": status.value}
    size = committed_size(house)
    assert await looking(house, FolderOutlet(pickup, "rdv-insertion")).look() == 0
    assert committed_size(house) == size
    with house.begin() as connection:
        assert delivered_to(connection, "rdv-insertion") == []


async def test_what_expired_is_taken_back(emptied: Engine, house: Engine, pickup: Path) -> None:
    stored(emptied, example())  # a next version, that ended years ago
    assert await looking(house, FolderOutlet(pickup, "rdv-insertion")).look() == 1
    assert facts(house) == WHOLE | {"why": "EXPIRED"}


async def test_what_was_collected_is_said_collected(house: Engine, pickup: Path) -> None:
    (pickup / FILE).unlink()
    close(house)
    assert await looking(house, FolderOutlet(pickup, "rdv-insertion")).look() == 1
    assert facts(house) == WHOLE | {"removed": 1, "gone": 1, "file": "gone"}
    assert row(house).collected_at is not None  # type: ignore[attr-defined]
    assert list(pickup.iterdir()) == []


@pytest.mark.parametrize("column", ["collected_at", "answered_at"])
async def test_what_was_collected_or_answered_of_record_is_left(
    house: Engine, pickup: Path, column: str
) -> None:
    at = told(house).at
    with house.begin() as connection:
        connection.execute(update(RELEASE).values(**{column: at}))
    close(house)
    assert await looking(house, FolderOutlet(pickup, "rdv-insertion")).look() == 0
    assert len(list(pickup.iterdir())) == 2


class Killed(Exception):
    """The process ends here."""


class Dying(FolderOutlet):
    """Dies before, or once what stands there is removed."""

    async def retract(self, pieces: Sequence[LeftFile]) -> Sequence[str]:
        await super().retract(pieces)
        raise Killed


async def test_killed_between_the_place_and_the_record_it_ends_the_same(
    house: Engine, pickup: Path
) -> None:
    close(house)
    with pytest.raises(Killed):
        await looking(house, Dying(pickup, "rdv-insertion")).look()
    assert told(house).act is Act.HABILITATION_REVOKED
    assert await looking(house, FolderOutlet(pickup, "rdv-insertion")).look() == 1
    assert facts(house) == WHOLE | {"removed": 0, "gone": 2, "file": "gone", "attempts_cut": 1}
    # Nobody can say that its recipient had it: we may have removed it ourselves.
    assert row(house).collected_at is None  # type: ignore[attr-defined]
    assert row(house).withdrawn_index is not None  # type: ignore[attr-defined]


class Silent(FolderOutlet):
    """A place that does not answer."""

    async def retract(self, pieces: Sequence[LeftFile]) -> Sequence[str]:
        raise Unreachable(f"{len(pieces)}")


async def test_a_silent_place_is_asked_again_and_its_release_is_handed_to_nobody(
    house: Engine, pickup: Path
) -> None:
    close(house)
    here = looking(house, Silent(pickup, "rdv-insertion"))
    assert [await here.look(), await here.look()] == [0, 0]
    begun = row(house)
    assert begun.withdrawn_at is not None  # type: ignore[attr-defined]
    assert begun.withdrawn_index is None  # type: ignore[attr-defined]
    here.outlets = {"rdv-insertion": FolderOutlet(pickup, "rdv-insertion")}
    assert await here.look() == 1
    assert list(pickup.iterdir()) == []


class HandedOver:
    """A place that gives what it is given, as HubEE does."""


async def test_what_a_place_handed_over_is_one_alert_for_the_dpo(house: Engine) -> None:
    close(house)
    for _ in range(2):
        await looking(house, HandedOver()).look()  # type: ignore[arg-type]
    with house.begin() as connection:
        (alert,) = open_alerts(connection, kind=HANDED_OVER)
    assert "demandez-lui de l'effacer" in alert.alert.sentence
    assert told(house).act is Act.HABILITATION_REVOKED


async def test_an_operator_takes_one_back_and_says_why(house: Engine, pickup: Path) -> None:
    outlet = FolderOutlet(pickup, "rdv-insertion")
    with house.begin() as connection:
        left = find_left(connection, KEY)
        with pytest.raises(NotAuthorised, match="aucune publication"):
            find_left(connection, "nowhere")
    assert len(await withdraw_one(house, outlet, left, by="camille", motive="erreur")) == 2
    assert facts(house) == WHOLE | {"why": "DECISION"}
    assert told(house).actor == "camille"
    assert "erreur" not in str(told(house).facts)
    assert row(house).withdrawn_motive == "erreur"  # type: ignore[attr-defined]
    with pytest.raises(NotAuthorised, match="déjà reprise"):
        await withdraw_one(house, outlet, left, by="camille", motive="encore")


async def test_two_at_once_end_it_once(house: Engine) -> None:
    ends = [mark_withdrawn(house, KEY, entry(KEY), collected=False) for _ in range(2)]
    assert ends == [True, False]
