"""Bytes at rest are sealed, whole, and never trusted without their digest."""

import hashlib
import io
import os
import secrets
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from gateway.errors import Misconfigured
from gateway.secret import KeyPair, Secret
from gateway.vault import (
    Damaged,
    NotHeld,
    Sealed,
    Unsealer,
    Vault,
    WrongKey,
    generate_identity,
    open_folder,
)

ROOT = Path(__file__).parents[2]
CONTENT = b"bonjour;12\n" * 30_000


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return generate_identity()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return open_folder(tmp_path / "vault")


@pytest.fixture
def vault(store: LocalStore, key: KeyPair) -> Vault:
    return Vault(store, [key.public])


@pytest.fixture
def unsealer(store: LocalStore, key: KeyPair) -> Unsealer:
    return Unsealer(store, [key.secret])


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file())


@given(st.binary(max_size=5000))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_put_comes_out(key: KeyPair, content: bytes) -> None:
    memory = MemoryStore()
    sealed = Vault(memory, [key.public]).put(io.BytesIO(content))
    out = io.BytesIO()
    assert Unsealer(memory, [key.secret]).unseal_into(sealed.digest, out) == len(content)
    assert out.getvalue() == content
    assert sealed == Sealed(hashlib.sha256(content).hexdigest(), len(content))


def test_a_file_is_put_under_its_digest_and_is_not_readable(tmp_path: Path, vault: Vault) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    sealed = vault.put(source)
    (held,) = files(tmp_path)
    assert held.name == f"{sealed.digest}.age"
    assert held.parent.name == sealed.digest[:2]
    assert b"bonjour" not in held.read_bytes()
    assert vault.has(sealed.digest)


def test_the_same_bytes_are_kept_once(tmp_path: Path, vault: Vault) -> None:
    first = vault.put(io.BytesIO(CONTENT))
    before = files(tmp_path)[0].read_bytes()
    assert vault.put(io.BytesIO(CONTENT)) == first
    assert [path.read_bytes() for path in files(tmp_path)] == [before]


def test_two_holders_may_open(store: LocalStore, key: KeyPair) -> None:
    other = generate_identity()
    sealed = Vault(store, [key.public, other.public]).put(io.BytesIO(CONTENT))
    for holder in (key, other):
        assert Unsealer(store, [holder.secret]).unseal_into(sealed.digest, io.BytesIO()) == len(
            CONTENT
        )


def test_deleting_twice_is_deleting_once(vault: Vault, unsealer: Unsealer) -> None:
    sealed = vault.put(io.BytesIO(CONTENT))
    vault.delete(sealed.digest)
    vault.delete(sealed.digest)
    assert not vault.has(sealed.digest)
    with pytest.raises(NotHeld):
        unsealer.unseal_into(sealed.digest, io.BytesIO())


def test_another_key_is_a_wrong_key_and_not_damage(store: LocalStore, vault: Vault) -> None:
    sealed = vault.put(io.BytesIO(CONTENT))
    with pytest.raises(WrongKey):
        Unsealer(store, [generate_identity().secret]).unseal_into(sealed.digest, io.BytesIO())


def test_a_flipped_bit_is_damage_and_nothing_is_left(
    tmp_path: Path, vault: Vault, unsealer: Unsealer
) -> None:
    sealed = vault.put(io.BytesIO(CONTENT))
    (held,) = files(tmp_path)
    good = held.read_bytes()
    for offset in [*range(0, 400, 7), 70_000, len(good) - 1]:
        held.write_bytes(good[:offset] + bytes((good[offset] ^ 1,)) + good[offset + 1 :])
        out = io.BytesIO(b"before")
        out.seek(6)
        with pytest.raises((Damaged, WrongKey)) as broken:
            unsealer.unseal_into(sealed.digest, out)
        assert out.getvalue() == b"before"
        assert offset < 200 or broken.type is Damaged


@pytest.mark.parametrize("left", [0, 10, 100, 300, 65_900, -1])
def test_a_cut_object_is_damage(
    tmp_path: Path, vault: Vault, unsealer: Unsealer, left: int
) -> None:
    sealed = vault.put(io.BytesIO(CONTENT))
    (held,) = files(tmp_path)
    held.write_bytes(held.read_bytes()[:left])
    with pytest.raises(Damaged):
        unsealer.unseal_into(sealed.digest, io.BytesIO())


def test_an_object_exchanged_for_another_is_damage(
    tmp_path: Path, vault: Vault, unsealer: Unsealer
) -> None:
    one, other = vault.put(io.BytesIO(b"one")), vault.put(io.BytesIO(b"other"))
    paths = {path.stem: path for path in files(tmp_path)}
    paths[one.digest].write_bytes(paths[other.digest].read_bytes())
    out = io.BytesIO()
    with pytest.raises(Damaged, match="other bytes"):
        unsealer.unseal_into(one.digest, out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_digest_is_not_a_path(vault: Vault, unsealer: Unsealer, digest: str) -> None:
    for act in (vault.has, vault.delete, lambda text: unsealer.unseal_into(text, io.BytesIO())):
        with pytest.raises(ValueError, match="digest"):
            act(digest)


def test_a_vault_that_nobody_could_open_is_refused(store: LocalStore) -> None:
    for recipients in ([], ["age1nonsense"], [""]):
        with pytest.raises(Misconfigured):
            Vault(store, recipients)


def test_a_bad_private_key_is_refused_without_being_shown(store: LocalStore) -> None:
    for text in ("AGE-SECRET-KEY-1SESAME", "sesame"):
        with pytest.raises(Misconfigured) as refusal:
            Unsealer(store, [Secret(text)])
        assert "sesame" not in str(refusal.value).lower()
        assert refusal.value.__cause__ is None


def test_a_source_that_breaks_leaves_nothing(tmp_path: Path, vault: Vault) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise OSError(5, "disk")
            return super().read(size)

    with pytest.raises(OSError, match="disk"):
        vault.put(Broken(CONTENT))
    assert files(tmp_path) == []


def test_a_full_disk_is_not_taken_for_damage(vault: Vault, unsealer: Unsealer) -> None:
    class Full(io.BytesIO):
        def write(self, block: object) -> int:
            raise OSError(28, f"no space left for {type(block)}")

    sealed = vault.put(io.BytesIO(CONTENT))
    with pytest.raises(OSError, match="no space"):
        unsealer.unseal_into(sealed.digest, Full())


KILLED = """
import io, os, signal, sys
from pathlib import Path
from gateway.vault import Vault, open_folder
class Dying(io.BytesIO):
    def read(self, size=-1):
        if self.tell() >= int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)
Vault(open_folder(Path(sys.argv[1])), [sys.argv[2]]).put(Dying(bytes(20_000_000)))
"""


@pytest.mark.parametrize("after", [0, 1_000_000, 15_000_000])
def test_a_put_that_is_killed_leaves_nothing_visible_and_is_swept(
    tmp_path: Path, vault: Vault, key: KeyPair, after: int
) -> None:
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "vault"), key.public, str(after)]
    assert subprocess.run(arguments, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert [path for path in files(tmp_path) if path.suffix == ".age"] == []
    assert not vault.has(hashlib.sha256(bytes(20_000_000)).hexdigest())
    left = files(tmp_path)
    assert vault.sweep() == 0, "another process may be putting"
    assert vault.sweep(older_than=timedelta(0)) == len(left)
    assert files(tmp_path) == []
    assert vault.put(io.BytesIO(b"again")).size == 5


PEAK = """
import resource, sys
from pathlib import Path
from gateway.secret import Secret
from gateway.vault import Unsealer, Vault, open_folder
store = open_folder(Path(sys.argv[1]))
sealed = Vault(store, [sys.argv[2]]).put(Path(sys.argv[3]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open("/dev/null", "w+b") as sink:
    class Sink:
        tell = seek = truncate = lambda self, *_: 0
        flush = sink.flush
        write = sink.write
    Unsealer(store, [Secret(sys.stdin.read())]).unseal_into(sealed.digest, Sink())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path, key: KeyPair) -> None:
    peaks = []
    for megabytes in (1, 200):
        source = tmp_path / str(megabytes)
        block = os.urandom(1 << 20)
        with source.open("wb") as file:
            for _ in range(megabytes):
                file.write(block)
        arguments = [sys.executable, "-c", PEAK, str(tmp_path / "vault"), key.public, str(source)]
        done = subprocess.run(
            arguments,
            cwd=ROOT,
            input=key.secret.reveal(),
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 40, f"peak memory in MiB: {peaks}"


def test_a_secret_stays_out_of_what_is_shown(
    vault: Vault, unsealer: Unsealer, key: KeyPair
) -> None:
    shown = (
        repr(vault)
        + repr(unsealer)
        + repr(key)
        + repr(vault.put(io.BytesIO(secrets.token_bytes(9))))
    )
    assert key.secret.reveal() not in shown
