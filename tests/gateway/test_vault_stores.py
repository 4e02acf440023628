"""The same promises wherever sealed bytes rest: a folder, memory, an S3 bucket."""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from gateway.secret import KeyPair
from gateway.vault import (
    Bucket,
    Damaged,
    NotHeld,
    ObjectStore,
    Sealed,
    Unsealer,
    Vault,
    WrongKey,
    generate_identity,
    open_bucket,
    open_folder,
)
from tests.world.s3 import REGION, Server, s3_server, write_credentials

BIG = os.urandom(1 << 20) * 23  # more than two parts of an upload


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with s3_server() as running:
        running.create_bucket("coffre")
        yield running


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return generate_identity()


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return open_folder(tmp_path / "vault")
    if request.param == "memory":
        return MemoryStore()
    server: Server = request.getfixturevalue("server")
    place = write_credentials(tmp_path)
    bucket = Bucket(f"s3://coffre/{tmp_path.name}", server.endpoint, REGION, place)
    return open_bucket(bucket, "reception")


@pytest.fixture
def vault(store: ObjectStore, key: KeyPair) -> Vault:
    return Vault(store, [key.public])


@pytest.fixture
def unsealer(store: ObjectStore, key: KeyPair) -> Unsealer:
    return Unsealer(store, [key.secret])


def names(store: ObjectStore) -> list[str]:
    return sorted(item["path"] for page in obstore.list(store) for item in page)


@pytest.mark.parametrize("content", [b"", b"x", bytes(70_000), BIG], ids=len)
def test_what_is_put_comes_out_under_its_digest(
    store: ObjectStore, vault: Vault, unsealer: Unsealer, content: bytes
) -> None:
    sealed = vault.put(io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    assert sealed == Sealed(digest, len(content))
    assert names(store) == [f"{digest[:2]}/{digest}.age"]
    out = io.BytesIO()
    assert unsealer.unseal_into(digest, out) == len(content)
    assert out.getvalue() == content


def test_a_source_is_read_from_where_it_stands(vault: Vault) -> None:
    source = io.BytesIO(b"before-after")
    source.seek(7)
    assert vault.put(source).digest == hashlib.sha256(b"after").hexdigest()


def test_the_same_bytes_are_kept_once_and_the_first_object_stays(
    store: ObjectStore, vault: Vault
) -> None:
    first = vault.put(io.BytesIO(b"same"))
    (name,) = names(store)
    before = bytes(obstore.get(store, name).bytes())
    assert vault.put(io.BytesIO(b"same")) == first
    assert bytes(obstore.get(store, name).bytes()) == before


def test_a_path_is_put_like_a_stream(tmp_path: Path, vault: Vault) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"by path")
    assert vault.put(source) == vault.put(io.BytesIO(b"by path"))


def test_what_is_deleted_is_no_longer_held(vault: Vault, unsealer: Unsealer) -> None:
    sealed = vault.put(io.BytesIO(b"gone"))
    assert vault.has(sealed.digest)
    vault.delete(sealed.digest)
    vault.delete(sealed.digest)
    assert not vault.has(sealed.digest)
    with pytest.raises(NotHeld):
        unsealer.unseal_into(sealed.digest, io.BytesIO())


@pytest.mark.parametrize("after", [0, 100_000, 22_000_000])
def test_a_source_that_breaks_leaves_no_object(
    store: ObjectStore, vault: Vault, after: int
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= after:
                raise OSError(5, "disk")
            return super().read(size)

    with pytest.raises(OSError, match="disk"):
        vault.put(Broken(BIG))
    assert names(store) == []


def test_a_source_that_changes_meanwhile_bears_the_name_of_what_was_read(
    store: ObjectStore, vault: Vault, unsealer: Unsealer
) -> None:
    class Changing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            self.getbuffer()[:] = bytes(len(self.getbuffer()))
            return block

    sealed = vault.put(Changing(BIG))
    read = BIG[: 1 << 20] + bytes(len(BIG) - (1 << 20))
    assert sealed == Sealed(hashlib.sha256(read).hexdigest(), len(read))
    out = io.BytesIO()
    unsealer.unseal_into(sealed.digest, out)
    assert out.getvalue() == read


def test_eight_at_once_keep_one_whole_object(
    store: ObjectStore, vault: Vault, unsealer: Unsealer
) -> None:
    content = BIG[: 12 << 20]
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(lambda _: vault.put(io.BytesIO(content)), range(8)))
    assert len(set(put)) == 1
    assert len(names(store)) == 1
    assert unsealer.unseal_into(put[0].digest, io.BytesIO()) == len(content)


def test_another_key_and_damage_are_told_apart(
    store: ObjectStore, vault: Vault, unsealer: Unsealer
) -> None:
    sealed = vault.put(io.BytesIO(b"content" * 20_000))
    with pytest.raises(WrongKey):
        Unsealer(store, [generate_identity().secret]).unseal_into(sealed.digest, io.BytesIO())
    (name,) = names(store)
    body = bytearray(obstore.get(store, name).bytes())
    body[70_000] ^= 1
    obstore.put(store, name, bytes(body))
    out = io.BytesIO(b"before")
    out.seek(6)
    with pytest.raises(Damaged):
        unsealer.unseal_into(sealed.digest, out)
    assert out.getvalue() == b"before"
