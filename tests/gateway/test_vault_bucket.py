"""An S3 bucket: refused when badly written, said when silent, and never a word of its secret."""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import obstore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.errors import Misconfigured, Unavailable
from gateway.secret import KeyPair
from gateway.vault import Bucket, Unsealer, Vault, generate_identity, open_bucket
from tests.world.s3 import REGION, Server, s3_server, write_credentials

BIG = os.urandom(1 << 20) * 23


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with s3_server() as running:
        running.create_bucket("coffre")
        yield running


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return generate_identity()


@pytest.fixture
def bucket(server: Server, tmp_path: Path) -> Bucket:
    place = write_credentials(tmp_path)
    return Bucket(f"s3://coffre/{tmp_path.name}", server.endpoint, REGION, place)


def test_each_drawer_has_its_own_prefix(server: Server, bucket: Bucket, key: KeyPair) -> None:
    prefix = bucket.url.removeprefix("s3://coffre/")
    store = open_bucket(bucket, "a")
    one, other = Vault(store, [key.public]), Vault(open_bucket(bucket, "b"), [key.public])
    sealed = one.put(io.BytesIO(b"one"))
    assert not other.has(sealed.digest)
    held = [name for name in server.keys("coffre") if name.startswith(prefix)]
    path = f"{sealed.digest[:2]}/{sealed.digest}.age"
    assert held == [f"{prefix}/a/{path}"]
    assert b"one" not in bytes(obstore.get(store, path).bytes())


def test_a_bucket_needs_no_prefix(bucket: Bucket, key: KeyPair, server: Server) -> None:
    drawer = open_bucket(replace(bucket, url="s3://coffre"), "sans-prefixe")
    Vault(drawer, [key.public]).put(io.BytesIO(b"bare"))
    assert any(name.startswith("sans-prefixe/") for name in server.keys("coffre"))


def test_an_upload_that_fails_is_withdrawn(server: Server, bucket: Bucket, key: KeyPair) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 15 << 20:
                raise OSError(5, "disk")
            return super().read(size)

    before = server.keys("coffre")
    with pytest.raises(OSError, match="disk"):
        Vault(open_bucket(bucket, "reception"), [key.public]).put(Broken(BIG))
    assert server.keys("coffre") == before
    assert server.unfinished("coffre") == []


def test_an_object_replaced_while_it_is_read_is_said_and_never_mixed(
    bucket: Bucket, key: KeyPair
) -> None:
    store = open_bucket(bucket, "reception")
    sealed = Vault(store, [key.public]).put(io.BytesIO(BIG))
    path = f"{sealed.digest[:2]}/{sealed.digest}.age"

    class Replacing(io.BytesIO):
        def write(self, block: object) -> int:
            if not self.tell():
                obstore.put(store, path, b"another seal" * 2_000_000)
            return super().write(block)  # type: ignore[arg-type]

    out = Replacing()
    with pytest.raises(Unavailable, match="remplacé"):
        Unsealer(store, [key.secret]).unseal_into(sealed.digest, out)
    assert out.getvalue() == b""


def test_a_server_that_dies_is_waited_for(tmp_path: Path, key: KeyPair) -> None:
    with s3_server() as dying:
        dying.create_bucket("coffre")
        bucket = Bucket("s3://coffre", dying.endpoint, REGION, write_credentials(tmp_path))
        store = open_bucket(bucket, "reception")
        vault, unsealer = Vault(store, [key.public]), Unsealer(store, [key.secret])
        sealed = vault.put(io.BytesIO(b"kept"))
        dying.kill()
        for act in (
            lambda: vault.put(io.BytesIO(b"more")),
            lambda: vault.has(sealed.digest),
            lambda: vault.delete(sealed.digest),
            vault.sweep,
            lambda: unsealer.unseal_into(sealed.digest, io.BytesIO()),
            lambda: open_bucket(bucket, "reception"),
        ):
            with pytest.raises(Unavailable, match="ne répond pas"):
                act()


def test_unknown_credentials_are_ours_to_repair(tmp_path: Path, key: KeyPair) -> None:
    with s3_server() as strict:
        strict.create_bucket("coffre")
        bucket = Bucket("s3://coffre", strict.endpoint, REGION, write_credentials(tmp_path))
        vault = Vault(open_bucket(bucket, "reception"), [key.public])
        strict.refuse_strangers()
        for act in (
            lambda: open_bucket(bucket, "reception"),
            lambda: vault.put(io.BytesIO(b"x")),
            lambda: vault.has("0" * 64),
        ):
            with pytest.raises(Misconfigured, match="refuse l'accès") as refusal:
                act()
            check_quiet(str(refusal.value))


def test_a_missing_bucket_is_ours_to_repair(bucket: Bucket) -> None:
    with pytest.raises(Misconfigured, match="n'existe pas"):
        open_bucket(replace(bucket, url="s3://absent/x"), "reception")


@pytest.mark.parametrize(
    "url", ["", "coffre", "https://coffre", "s3://", "s3://x", "s3://coffre/../autre", "s3://c/ o"]
)
def test_a_bucket_badly_written_is_refused(bucket: Bucket, url: str) -> None:
    with pytest.raises(Misconfigured, match="url"):
        open_bucket(replace(bucket, url=url), "reception")


@pytest.mark.parametrize(
    "endpoint",
    ["", "ftp://s3", "https://", "https://s3/chemin", "https://moi:mot@s3", "https://s3?x=1"],
)
def test_an_endpoint_badly_written_is_refused_without_being_repeated(
    bucket: Bucket, endpoint: str
) -> None:
    with pytest.raises(Misconfigured, match="endpoint") as refusal:
        open_bucket(replace(bucket, endpoint=endpoint), "reception")
    assert "mot@" not in str(refusal.value)


@pytest.mark.parametrize(
    "host", ["store:3900", "10.0.0.1", "localhost.example.org", "[2001:db8::1]"]
)
def test_clear_http_beyond_this_machine_must_be_typed(bucket: Bucket, host: str) -> None:
    with pytest.raises(Misconfigured, match="allow_http"):
        open_bucket(replace(bucket, endpoint=f"http://{host}"), "reception")


def test_clear_http_that_was_typed_is_tried(bucket: Bucket) -> None:
    elsewhere = replace(bucket, endpoint="http://absent.invalid:3900", allow_http=True)
    with pytest.raises(Unavailable, match="ne répond pas"):
        open_bucket(elsewhere, "reception")


def test_a_region_is_needed(bucket: Bucket) -> None:
    with pytest.raises(Misconfigured, match="region"):
        open_bucket(replace(bucket, region=""), "reception")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o700])
def test_credentials_others_may_read_are_refused(bucket: Bucket, mode: int) -> None:
    bucket.credentials_file.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        open_bucket(bucket, "reception")


@pytest.mark.parametrize("text", ["", "identifiant", "a\n\n", "\nb\n", "a\nb\nc\n"])
def test_credentials_are_two_lines(bucket: Bucket, text: str) -> None:
    bucket.credentials_file.write_text(text, "utf-8")
    with pytest.raises(Misconfigured, match="deux lignes"):
        open_bucket(bucket, "reception")


def test_missing_credentials_are_said(bucket: Bucket) -> None:
    with pytest.raises(Misconfigured, match="illisible"):
        open_bucket(replace(bucket, credentials_file=Path("/nulle/part")), "reception")


def test_the_environment_changes_nothing(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://absent.invalid")
    for name in ("AWS_BUCKET", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "absent")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    assert open_bucket(bucket, "reception").config["endpoint"] == bucket.endpoint


def test_the_secret_stays_out_of_what_is_shown(bucket: Bucket, key: KeyPair) -> None:
    store = open_bucket(bucket, "reception")
    check_quiet(repr(bucket) + repr(store) + repr(store.config) + repr(Vault(store, [key.public])))


def test_a_private_authority_is_trusted_once_named_and_never_before(tmp_path: Path) -> None:
    chain, private = self_signed(tmp_path)
    with s3_server(certificate=(chain, private)) as server:
        place = write_credentials(tmp_path)
        bucket = Bucket("s3://absent-pour-tous", server.endpoint, REGION, place)
        with pytest.raises(Unavailable, match="ne répond pas"):
            open_bucket(bucket, "reception")
        with pytest.raises(Misconfigured, match="n'existe pas"):
            open_bucket(replace(bucket, ca_file=chain), "reception")


def check_quiet(shown: str) -> None:
    assert re.search("secret-du|passerelle-essai", shown) is None


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, SHA256())
    )
    chain, private = folder / "chain.pem", folder / "tls.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private
