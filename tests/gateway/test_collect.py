"""From a partner's place into the vault: sealed at once, and each failure told as whose it is."""

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from connectors import errors
from connectors.contract import Arrival, Milestone, Sink, Withholding
from connectors.folder import FolderSource
from gateway.delivery import Collected, Kept, Refusal, Verdict
from gateway.errors import Unavailable
from gateway.notices import notices
from gateway.stages.collect import WITHHELD, collect, find
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from schemas.codes import Code
from tests.world.failing import BEGINNING, Failing
from tests.world.records import NOON

BODY = b"NIR;NOM\n" * 100


ARRIVAL = Arrival(key="k", name="SOMEBODY.csv", size=len(BODY))


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    for name in ("depot", "archive", "ack"):
        (tmp_path / "place" / name).mkdir(parents=True)
    return tmp_path / "place" / "depot"


@pytest.fixture
def store(tmp_path: Path) -> tuple[Vault, Unsealer, Path]:
    pair, folder = generate_identity(), tmp_path / "coffre"
    opened = open_folder(folder)
    return Vault(opened, [pair.public]), Unsealer(opened, [pair.secret]), folder


def held(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_is_collected_is_sealed_under_its_digest_and_still_waits(
    depot: Path, store: tuple[Vault, Unsealer, Path], tmp_path: Path
) -> None:
    (depot / "a.csv").write_bytes(BODY)
    source = FolderSource(depot.parent, "p")
    (arrival,) = await source.arrivals()
    got = await collect("d1", arrival, source, vault=store[0], limit=10_000)
    assert isinstance(got, Collected)
    assert (got.delivery, got.digest, got.size) == ("d1", sha256(BODY).hexdigest(), len(BODY))
    with (tmp_path / "out").open("wb+") as out:
        store[1].unseal_into(got.digest, out)
    assert (tmp_path / "out").read_bytes() == BODY
    assert [one.key for one in await source.arrivals()] == [arrival.key]
    assert BODY[:8] not in b"".join(path.read_bytes() for path in held(store[2]))


async def test_collecting_twice_is_collecting_once(
    depot: Path, store: tuple[Vault, Unsealer, Path]
) -> None:
    (depot / "a.csv").write_bytes(BODY)
    source = FolderSource(depot.parent, "p")
    (arrival,) = await source.arrivals()
    got = [await collect("d1", arrival, source, vault=store[0], limit=10_000) for _ in range(2)]
    one, two = (replace(each, seconds=0.0) for each in got if isinstance(each, Collected))
    assert one == two
    assert len(held(store[2])) == 1


@pytest.mark.parametrize(("limit", "refused"), [(len(BODY), False), (len(BODY) - 1, True)])
async def test_the_limit_of_the_flow_is_the_most_that_is_taken(
    depot: Path, store: tuple[Vault, Unsealer, Path], limit: int, refused: bool
) -> None:
    (depot / "a.csv").write_bytes(BODY)
    source = FolderSource(depot.parent, "p")
    (arrival,) = await source.arrivals()
    got = await collect("d1", arrival, source, vault=store[0], limit=limit)
    assert isinstance(got, Refusal) == refused
    assert bool(held(store[2])) != refused


async def test_bytes_that_are_not_those_announced_are_the_senders_to_repair(
    depot: Path, store: tuple[Vault, Unsealer, Path]
) -> None:
    (depot / "a.csv").write_bytes(BODY)
    (depot / "a.csv.sha256").write_text("ab" * 32)
    source = FolderSource(depot.parent, "p")
    (arrival,) = await source.arrivals()
    got = await collect("d1", arrival, source, vault=store[0], limit=10_000)
    assert got == Refusal("d1", Code.INCOMPLETE_TRANSFER, "collect")
    assert held(store[2]) == []


async def test_an_arrival_taken_back_meanwhile_is_waited_for(
    depot: Path, store: tuple[Vault, Unsealer, Path]
) -> None:
    (depot / "a.csv").write_bytes(BODY)
    source = FolderSource(depot.parent, "p")
    (arrival,) = await source.arrivals()
    (depot / "a.csv").unlink()
    with pytest.raises(Unavailable):
        await collect("d1", arrival, source, vault=store[0], limit=10_000)
    with pytest.raises(Unavailable):
        await collect("d1", None, source, vault=store[0], limit=10_000)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.TooLarge("p: limit"), Code.TOO_LARGE),
        (errors.Corrupt("p: digest"), Code.INCOMPLETE_TRANSFER),
    ],
)
async def test_what_the_sender_must_repair_is_a_refusal(
    store: tuple[Vault, Unsealer, Path], error: Exception, code: Code
) -> None:
    got = await collect("d1", ARRIVAL, Failing(error), vault=store[0], limit=9)
    assert got == Refusal("d1", code, "collect")


@pytest.mark.parametrize("error", [errors.Unreachable("p: no answer"), errors.Missing("p: gone")])
async def test_what_time_must_repair_is_unavailable_and_names_no_file(
    store: tuple[Vault, Unsealer, Path], error: Exception
) -> None:
    with pytest.raises(Unavailable) as told:
        await collect("d1", ARRIVAL, Failing(error), vault=store[0], limit=9)
    assert "SOMEBODY" not in str(told.value)


@pytest.mark.parametrize("error", [errors.Denied("p: no"), OSError("disk"), ValueError("bug")])
async def test_what_we_must_repair_is_left_as_it_is(
    store: tuple[Vault, Unsealer, Path], error: Exception
) -> None:
    """A broken access is never tried again: retrying it locks accounts."""
    with pytest.raises(type(error)):
        await collect("d1", ARRIVAL, Failing(error), vault=store[0], limit=9)


async def test_whatever_happens_nothing_is_left_in_the_vault(
    store: tuple[Vault, Unsealer, Path],
) -> None:
    for error in (errors.TooLarge("x"), errors.Corrupt("x"), errors.Withheld("x")):
        await collect("d1", ARRIVAL, Failing(error), vault=store[0], limit=9)
    with pytest.raises(OSError, match="disk"):
        await collect("d1", ARRIVAL, Failing(OSError("disk")), vault=store[0], limit=9)
    assert held(store[2]) == []


class Looking(Failing):
    """Gives many bytes, and looks where they went before it gives the last ones."""

    def __init__(self, *places: Path) -> None:
        super().__init__(ValueError("not asked to fail"))
        self.places, self.found = places, 0

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        self.asked.append(f"fetch {arrival.key} {limit}")
        for _ in range(12):
            await into.write(BEGINNING * 100_000)
        written: list[Path] = []
        while not self.found:
            await asyncio.sleep(0.01)
            written = [path for place in self.places for path in held(place)]
            self.found = sum(path.stat().st_size for path in written)
        assert [path for path in written if BEGINNING in path.read_bytes()] == []


async def test_no_clear_copy_is_written_while_bytes_arrive(
    store: tuple[Vault, Unsealer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", tmp_path / "rooms")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    for name in ("rooms", "temporary"):
        (tmp_path / name).mkdir()
    source = Looking(tmp_path)
    got = await collect("d1", ARRIVAL, source, vault=store[0], limit=9)
    assert isinstance(got, Collected)
    assert got.size == 12 * len(BEGINNING) * 100_000
    assert source.found
    assert [path.suffix for path in held(tmp_path)] == [".age"]


@pytest.mark.parametrize(
    ("why", "code"),
    [
        (Withholding.VIRUS, Code.VIRUS_AT_PLACE),
        (Withholding.REJECTED, Code.REJECTED_AT_PLACE),
        (Withholding.PURGED, Code.PURGED_AT_PLACE),
        (Withholding.MISDESCRIBED, Code.MANIFEST_DIFFERS),
    ],
)
async def test_what_a_place_withholds_is_refused_listed_so_or_found_so(
    store: tuple[Vault, Unsealer, Path], why: Withholding, code: Code
) -> None:
    """Known from the listing, not a byte is asked for."""
    source = Failing(errors.Withheld("p: kept", why))
    for arrival in (replace(ARRIVAL, withheld=why), ARRIVAL):
        got = await collect("d1", arrival, source, vault=store[0], limit=9)
        assert got == Refusal("d1", code, "collect")
    assert source.asked == ["fetch k 9"]
    assert held(store[2]) == []


def test_every_reason_to_withhold_has_its_code() -> None:
    assert WITHHELD.keys() == set(Withholding)


def test_what_is_withheld_is_told_as_unreadable() -> None:
    """Nothing was received: no first acknowledgement, and the sender must send again."""
    code = Code.VIRUS_AT_PLACE
    (told,) = notices(Kept("d1", Verdict.REFUSED, code, 7), at=NOON)
    assert (told.milestone, told.code) == (Milestone.UNREADABLE, code.value)


async def test_an_arrival_is_found_by_its_key_alone(depot: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (depot / name).write_bytes(BODY)
    source = FolderSource(depot.parent, "p")
    one, two = await source.arrivals()
    assert await find(source, two.key) == two
    assert await find(source, one.key) == one
    assert await find(source, "gone") is None


async def test_a_place_that_does_not_answer_is_waited_for() -> None:
    with pytest.raises(Unavailable):
        await find(Failing(errors.Unreachable("p: no answer")), "k")
    with pytest.raises(errors.Denied):
        await find(Failing(errors.Denied("p: no")), "k")
