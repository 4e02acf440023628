"""Sealing in a process of its own: what dies leaves nothing, and what is taken makes nobody wait."""

import asyncio
import hashlib
import io
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.errors import Misconfigured, Unavailable
from gateway.secret import KeyPair
from gateway.vault import Sealed, Unsealer, Vault, generate_identity, open_folder
from gateway.vault.age import parse_recipients
from gateway.vault.pouring import SMALL as MOST_SMALL
from gateway.vault.pouring import Forgotten
from gateway.vault.storage import Stock, new_incoming
from gateway.vault.worker import Errand, seal_into
from gateway.vault.workers import LARGE, MOST, SMALL, Bench, Worker

BLOCK = os.urandom(1 << 20)


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return generate_identity()


@pytest.fixture
def vault(tmp_path: Path, key: KeyPair) -> Vault:
    return Vault(open_folder(tmp_path / "vault"), [key.public])


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.end()


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


def the_one_at_work(bench: Bench) -> Worker:
    """Borrowed and given back: the next to be taken."""
    with bench.borrowed() as worker:
        assert worker is not None
        return worker


async def test_a_worker_that_dies_is_time_s_to_repair_and_leaves_nothing(
    tmp_path: Path, vault: Vault
) -> None:
    worker = the_one_at_work(LARGE)
    async with vault.receiving() as sink:
        for _ in range(3):
            await sink.write(BLOCK)
        while not files(tmp_path):
            await asyncio.sleep(0.01)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(Unavailable):
            for _ in range(3):
                await sink.write(BLOCK)
            await sink.keep()
    assert files(tmp_path) == []
    assert not worker.is_alive
    async with vault.receiving() as sink:
        for _ in range(3):
            await sink.write(BLOCK)
        assert await sink.keep() == Sealed(hashlib.sha256(BLOCK * 3).hexdigest(), 3 << 20)
    assert the_one_at_work(LARGE).pid != worker.pid


async def test_a_large_object_is_sealed_by_a_worker_and_comes_out(
    tmp_path: Path, vault: Vault, key: KeyPair
) -> None:
    async with vault.receiving() as sink:
        for _ in range(2):
            await sink.write(BLOCK)
        sealed = await sink.keep()
    assert the_one_at_work(LARGE).is_alive
    with (tmp_path / "out").open("w+b") as out:
        Unsealer(open_folder(tmp_path / "vault"), [key.secret]).unseal_into(sealed.digest, out)
        out.seek(0)
        assert out.read() == BLOCK * 2


async def test_when_every_worker_is_taken_nobody_waits_for_one(vault: Vault) -> None:
    with ExitStack() as held:
        taken = [held.enter_context(LARGE.borrowed()) for _ in range(MOST)]
        assert None not in taken
        with LARGE.borrowed() as another:
            assert another is None
        async with asyncio.timeout(20), vault.receiving() as sink:
            for _ in range(2):
                await sink.write(BLOCK)
            assert (await sink.keep()).digest == hashlib.sha256(BLOCK * 2).hexdigest()


async def test_small_objects_are_named_by_a_worker_and_one_forgotten_stops_no_other(
    tmp_path: Path, vault: Vault
) -> None:
    the_one_at_work(SMALL)  # so that one is there already
    bodies = [os.urandom(1000) for _ in range(30)]

    async def kept(body: bytes) -> str:
        async with vault.receiving() as sink:
            await sink.write(body)
            if body is bodies[7]:
                return ""
            return (await sink.keep()).digest

    digests = await asyncio.gather(*map(kept, bodies))
    expected = [hashlib.sha256(body).hexdigest() for body in bodies]
    expected[7] = ""
    assert digests == expected
    assert {path.stem for path in files(tmp_path)} == set(expected) - {""}


async def test_small_objects_whose_worker_dies_are_each_told(tmp_path: Path, vault: Vault) -> None:
    worker = the_one_at_work(SMALL)
    os.kill(worker.pid, signal.SIGSTOP)

    async def kept() -> None:
        async with vault.receiving() as sink:
            await sink.write(os.urandom(MOST_SMALL))
            await sink.keep()

    keeping = asyncio.create_task(kept())
    await asyncio.sleep(0.2)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="s'est arrêté"):
        await keeping
    assert files(tmp_path) == []


class Whole:
    """Bytes to be sealed, see `Given`."""

    def __init__(self, body: bytes, digest: str) -> None:
        self.size, self.digest, self._body = len(body), digest, memoryview(body)

    def read(self, size: int) -> memoryview:
        given, self._body = self._body[:size], self._body[size:]
        return given

    def check_wanted(self) -> None:
        """Always."""


class Shrunk(Stock):
    """Keeps one byte less than it was given, or says so."""

    def size_of(self, path: str) -> int:
        return super().size_of(path) - 1


def test_an_object_that_its_store_did_not_keep_whole_is_refused(
    tmp_path: Path, key: KeyPair
) -> None:
    store, readers = Shrunk(open_folder(tmp_path / "vault")), parse_recipients([key.public])
    with pytest.raises(Unavailable, match="pas gardé tout"):
        seal_into(store, new_incoming(), io.BytesIO(b"bytes"), readers)


class Unwanted(Whole):
    """Given to its last byte, and then wanted no more."""

    def check_wanted(self) -> None:
        raise Forgotten


def test_what_is_wanted_no_more_after_its_last_byte_gets_no_name(
    tmp_path: Path, key: KeyPair, bench: Bench
) -> None:
    body = b"bytes"
    errand = Errand(str(open_folder(tmp_path / "vault").prefix), [key.public], ["incoming/1"])
    given = Unwanted(body, hashlib.sha256(body).hexdigest())
    with pytest.raises(Forgotten), bench.borrowed() as worker:
        assert worker is not None
        worker.seal(errand, [given])
    assert worker is not None
    assert not worker.is_alive
    assert given.digest not in {path.stem for path in files(tmp_path)}


def test_what_the_worker_refuses_is_said_and_ends_it(tmp_path: Path, bench: Bench) -> None:
    folder = tmp_path / "vault"
    errand = Errand(str(open_folder(folder).prefix), ["not a key"], ["incoming/1"])
    with pytest.raises(Misconfigured, match="age"), bench.borrowed() as worker:
        assert worker is not None
        worker.seal(errand, [Whole(b"bytes", "00" * 32)])
    assert worker is not None
    assert not worker.is_alive
    assert files(tmp_path) == []
