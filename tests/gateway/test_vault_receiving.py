"""What comes from elsewhere is sealed as it passes, kept only on purpose, and never held in memory."""

import asyncio
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from connectors.contract import Sink
from gateway.errors import Unavailable
from gateway.secret import KeyPair
from gateway.vault import Sealed, Unsealer, Vault, generate_identity, open_bucket, open_folder
from gateway.vault.bucket import Bucket
from gateway.vault.pouring import PENDING, SMALL, Forgotten, Pour
from gateway.vault.receiving import receiving
from tests.world.s3 import REGION, s3_server, write_credentials

ROOT = Path(__file__).parents[2]
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return generate_identity()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return open_folder(tmp_path / "vault")


@pytest.fixture
def vault(store: LocalStore, key: KeyPair) -> Vault:
    return Vault(store, [key.public])


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file())


async def given_in_pieces(sink: Sink, body: bytes, piece: int = MEBIBYTE) -> None:
    for start in range(0, len(body), piece):
        await sink.write(body[start : start + piece])


@given(chunks=st.lists(st.binary(max_size=200_000), max_size=6))
@settings(max_examples=30, deadline=None)
async def test_what_is_received_comes_out_counted_and_hashed(
    key: KeyPair, chunks: list[bytes]
) -> None:
    memory, body = MemoryStore(), b"".join(chunks)
    async with Vault(memory, [key.public]).receiving() as sink:
        for chunk in chunks:
            await sink.write(chunk)
        assert (sink.size, sink.sha256) == (len(body), hashlib.sha256(body).hexdigest())
        sealed = await sink.keep()
    assert sealed == Sealed(sink.sha256, len(body))
    out = io.BytesIO()
    Unsealer(memory, [key.secret]).unseal_into(sealed.digest, out)
    assert out.getvalue() == body


async def test_what_is_received_and_what_is_put_are_one_object(
    tmp_path: Path, vault: Vault
) -> None:
    put = vault.put(io.BytesIO(b"same"))
    before = files(tmp_path)[0].read_bytes()
    async with vault.receiving() as sink:
        await sink.write(b"same")
        assert await sink.keep() == put
    assert [path.read_bytes() for path in files(tmp_path)] == [before]


@pytest.mark.parametrize("size", [0, 10, 9 * MEBIBYTE])
async def test_leaving_without_keeping_forgets(tmp_path: Path, vault: Vault, size: int) -> None:
    async with vault.receiving() as sink:
        await given_in_pieces(sink, bytes(size))
    with pytest.raises(RuntimeError, match="transfer"):
        async with vault.receiving() as sink:
            await given_in_pieces(sink, bytes(size))
            raise RuntimeError("transfer")
    assert files(tmp_path) == []


async def test_what_is_kept_takes_nothing_more(vault: Vault) -> None:
    async with vault.receiving() as sink:
        sealed = await sink.keep()
        with pytest.raises(ValueError, match="nothing more"):
            await sink.write(b"late")
        assert await sink.keep() == sealed


async def test_a_restart_forgets_what_was_taken_and_keeps_what_comes(
    tmp_path: Path, vault: Vault
) -> None:
    async with vault.receiving() as sink:
        await given_in_pieces(sink, b"lie" * MEBIBYTE)
        await sink.restart()
        assert (sink.size, sink.sha256) == (0, hashlib.sha256(b"").hexdigest())
        await sink.write(b"true")
        sealed = await sink.keep()
    assert sealed == Sealed(hashlib.sha256(b"true").hexdigest(), 4)
    assert [path.stem for path in files(tmp_path)] == [sealed.digest]


async def test_a_transfer_that_is_cancelled_leaves_nothing(tmp_path: Path, vault: Vault) -> None:
    async def transfer() -> None:
        async with vault.receiving() as sink:
            while True:
                await sink.write(bytes(MEBIBYTE))

    task = asyncio.create_task(transfer())
    while not files(tmp_path):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == []


def stopped(until: Event) -> Callable[[Pour[Sealed]], Sealed]:
    """A seal on a store that takes nothing until it is told to."""

    def seal(pour: Pour[Sealed]) -> Sealed:
        until.wait(30)
        while pour.read(MEBIBYTE):
            pass
        return Sealed(pour.digest, pour.size)

    return seal


async def test_a_store_that_stands_still_holds_the_sender_back_and_nobody_else() -> None:
    until, given = Event(), 0
    body = os.urandom(MEBIBYTE)
    async with receiving(stopped(until)) as sink:

        async def transfer() -> None:
            nonlocal given
            for _ in range(20):
                given += len(body)
                await sink.write(body)

        task = asyncio.create_task(transfer())
        await asyncio.sleep(0.2)
        assert PENDING < given <= PENDING + len(body), "held back, and not before it must"
        turns, limit = 0, time.monotonic() + 0.2
        while time.monotonic() < limit:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 100, "the event loop goes on"
        assert sink.sha256 == hashlib.sha256(body * (given // len(body))).hexdigest()
        until.set()
        await task
        assert await sink.keep() == Sealed(hashlib.sha256(body * 20).hexdigest(), 20 * len(body))


async def test_leaving_lets_go_of_a_seal_that_waits() -> None:
    ended: list[type[BaseException]] = []

    def seal(pour: Pour[Sealed]) -> Sealed:
        try:
            while pour.read(SMALL):
                pass
        except Forgotten as error:
            ended.append(type(error))
            raise
        raise AssertionError("it was never said that all was given")

    async with receiving(seal) as sink:
        await sink.write(bytes(SMALL))
    assert ended == [], "up to there, nothing was begun"
    async with receiving(seal) as sink:
        await sink.write(bytes(SMALL + 1))
    assert ended == [Forgotten]


async def test_small_objects_at_once_are_each_kept_under_their_own_digest(
    tmp_path: Path, vault: Vault
) -> None:
    bodies = [os.urandom(number) for number in range(40)]

    async def kept(body: bytes) -> Sealed:
        async with vault.receiving() as sink:
            await sink.write(body)
            return await sink.keep()

    sealed = await asyncio.gather(*map(kept, bodies))
    expected = [Sealed(hashlib.sha256(body).hexdigest(), len(body)) for body in bodies]
    assert sealed == expected
    assert {path.stem for path in files(tmp_path)} == {one.digest for one in expected}


async def test_a_keep_that_is_cancelled_is_no_failure_of_the_seal(vault: Vault) -> None:
    async with vault.receiving() as sink:
        await sink.write(b"small")
        keeping = asyncio.create_task(sink.keep())
        await asyncio.sleep(0)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
        assert (await sink.keep()).size == 5


@pytest.mark.parametrize("size", [1, PENDING * 3])
async def test_a_seal_that_fails_is_told_and_is_not_taken_for_another_content(size: int) -> None:
    def seal(pour: Pour[Sealed]) -> Sealed:
        pour.read(1)
        raise Unavailable("plein")

    body = os.urandom(size)
    async with receiving(seal) as sink:
        with pytest.raises(Unavailable, match="plein"):
            await given_in_pieces(sink, body, MEBIBYTE // 2)
            assert sink.sha256 == hashlib.sha256(body).hexdigest()
            await sink.keep()


SPOILED = """
import asyncio, resource, sys
from pathlib import Path
from gateway.errors import Unavailable
from gateway.vault import Vault, open_folder
async def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (5 << 20, 5 << 20))
    vault = Vault(open_folder(Path(sys.argv[1])), [sys.argv[2]])
    try:
        async with vault.receiving() as sink:
            for _ in range(20):
                await sink.write(bytes(1 << 20))
            await sink.keep()
    except Unavailable as error:
        print(error)
asyncio.run(main())
"""


def test_a_disk_that_fills_up_is_waited_for_and_nothing_is_left(
    tmp_path: Path, key: KeyPair
) -> None:
    assert run(SPOILED, tmp_path / "vault", key.public).strip() == "le disque du coffre est plein"
    assert files(tmp_path) == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from gateway.vault import Vault, open_folder
async def main():
    async with Vault(open_folder(Path(sys.argv[1])), [sys.argv[2]]).receiving() as sink:
        for _ in range(20):
            await sink.write(bytes(1 << 20))
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def test_a_process_killed_while_it_receives_leaves_what_a_sweep_removes(
    tmp_path: Path, vault: Vault, key: KeyPair
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as died:
        run(KILLED, tmp_path / "vault", key.public)
    assert died.value.returncode == -signal.SIGKILL
    (left,) = files(tmp_path)
    assert left.parent.name == "incoming"
    assert left.read_bytes().count(bytes(64)) == 0, "what is left is sealed"
    assert vault.sweep() == 0, "another process may be receiving"
    assert vault.sweep(older_than=timedelta(0)) == 1
    assert files(tmp_path) == []


PEAK = """
import asyncio, os, resource, sys
from pathlib import Path
from gateway.vault import Vault, open_folder
async def main():
    block = os.urandom(1 << 18)
    async with Vault(open_folder(Path(sys.argv[1])), [sys.argv[2]]).receiving() as sink:
        for turn in range(int(sys.argv[3]) * 4):
            await sink.write(block[8:] + turn.to_bytes(8))  # a new object each time
        await sink.keep()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
asyncio.run(main())
"""


def test_memory_does_not_grow_with_what_is_received(tmp_path: Path, key: KeyPair) -> None:
    peaks = [int(run(PEAK, tmp_path / "vault", key.public, str(size))) for size in (16, 256)]
    assert peaks[1] - peaks[0] < 12, f"peak memory in MiB: {peaks}"


async def test_a_bucket_that_goes_away_is_waited_for(tmp_path: Path, key: KeyPair) -> None:
    with s3_server() as dying:
        dying.create_bucket("coffre")
        bucket = Bucket("s3://coffre", dying.endpoint, REGION, write_credentials(tmp_path))
        vault = Vault(open_bucket(bucket, "reception"), [key.public])
        async with vault.receiving() as sink:
            await given_in_pieces(sink, bytes(12 * MEBIBYTE))
            dying.kill()
            with pytest.raises(Unavailable, match="ne répond pas"):
                await given_in_pieces(sink, bytes(40 * MEBIBYTE))
                await sink.keep()


def run(program: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
