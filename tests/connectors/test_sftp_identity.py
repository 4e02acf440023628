"""Who is at each end: fingerprints, certificates, passphrases, and no way not to verify."""

import ast
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import asyncssh
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Denied
from connectors.host_keys import fingerprint_of, kind_of
from connectors.sftp import SftpSource
from connectors.sftp_settings import SftpSettings
from gateway.settings import SftpPlace
from tests.house.tree import ROOT
from tests.world.shelves import Shelves
from tests.world.sshd import made_key, openssh_server

PASSPHRASE = "une phrase de passe d'essai"


@dataclass(frozen=True)
class Authority:
    """Signs the keys of clients."""

    folder: Path

    @property
    def public(self) -> Path:
        return self.folder / "authority.pub"

    def signed(self, key: Path, *more: str) -> Path:
        """A certificate of `key` for whoever runs the tests."""
        command = [
            "ssh-keygen",
            "-q",
            "-s",
            str(self.folder / "authority"),
            "-I",
            "passerelle",
            *more,
        ]
        subprocess.run([*command, str(key.with_suffix(".pub"))], check=True)
        return key.with_name(f"{key.name}-cert.pub")


@contextmanager
def server_of_an_authority(root: Path) -> Iterator[tuple[SftpSettings, Authority]]:
    shelves = Shelves.made_under(root / "partner")
    made_key(root / "authority")
    authority = Authority(root)
    more = f"TrustedUserCAKeys {authority.public}\nAuthorizedKeysFile none"
    with openssh_server(root / "sshd", shelves.root, more=more) as server:
        made_key(root / "ours")
        yield (
            SftpSettings(
                partner="cnaf",
                host="127.0.0.1",
                port=server.port,
                username=server.username,
                client_key_path=root / "ours",
                host_keys=(server.host_key,),
                stable_seconds=0,
            ),
            authority,
        )


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SftpSettings, Authority]]:
    with server_of_an_authority(tmp_path_factory.mktemp("authority")) as both:
        yield both


def with_certificate(settings: SftpSettings, path: Path) -> SftpSource:
    return SftpSource(replace(settings, client_certificate_path=path))


async def test_a_certificate_opens_where_the_key_alone_does_not(
    trusting: tuple[SftpSettings, Authority],
) -> None:
    settings, authority = trusting
    with pytest.raises(Denied, match="our key is refused"):
        await SftpSource(settings).arrivals()
    signed = authority.signed(settings.client_key_path, "-n", settings.username, "-V", "+1h")
    assert list(await with_certificate(settings, signed).arrivals()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-V", "20200101:20200102"], "expired"),
        (["-V", "20990101:20990102"], "not yet valid"),
        (["-h"], "certificate type"),
    ],
)
async def test_a_certificate_that_does_not_serve_is_said_before_anything_is_sent(
    trusting: tuple[SftpSettings, Authority], more: list[str], said: str
) -> None:
    settings, authority = trusting
    signed = authority.signed(settings.client_key_path, "-n", "x", *more)
    with pytest.raises(Denied, match=f"does not serve today.*{said}"):
        await with_certificate(replace(settings, port=1), signed).arrivals()


async def test_a_certificate_that_is_none_or_of_another_key_is_said_so(
    trusting: tuple[SftpSettings, Authority], tmp_path: Path
) -> None:
    settings, authority = trusting
    (tmp_path / "broken").write_text("ssh-ed25519-cert-v01@openssh.com AAAA")
    made_key(tmp_path / "stranger")
    others = authority.signed(tmp_path / "stranger", "-n", "x", "-V", "+1h")
    for path, said in (
        (tmp_path / "absent", "cannot be read"),
        (tmp_path / "broken", "cannot be read"),
        (others, "another key"),
    ):
        with pytest.raises(Denied, match=said):
            await with_certificate(replace(settings, port=1), path).arrivals()


@pytest.fixture
def locked(tmp_path: Path) -> SftpSettings:
    """Settings whose key has a passphrase, and a port where nobody listens."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path, written = tmp_path / "locked", tmp_path / "passphrase"
    for file, content in (
        (path, key.export_private_key("pkcs8-pem", PASSPHRASE)),
        (written, f"{PASSPHRASE}\n".encode()),
    ):
        file.touch(0o600)
        file.write_bytes(content)
    return SftpSettings(
        partner="cnaf",
        host="127.0.0.1",
        port=1,
        username="u",
        client_key_path=path,
        client_passphrase_path=written,
        host_keys=(made_key(tmp_path / "host"),),
    )


async def why(settings: SftpSettings) -> str:
    with pytest.raises(Exception, match="cnaf: ") as failed:
        await SftpSource(settings).arrivals()
    return str(failed.value)


async def test_a_passphrase_opens_our_key(locked: SftpSettings) -> None:
    assert "the connection failed" in await why(locked)
    assert "passphrase" in await why(replace(locked, client_passphrase_path=None))


async def test_a_passphrase_opens_a_key_as_openssh_writes_it(locked: SftpSettings) -> None:
    locked.client_key_path.unlink()
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f"]
    subprocess.run([*command, str(locked.client_key_path)], check=True)
    assert "the connection failed" in await why(locked)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("autre", 0o600, "does not open our private key"),
        ("", 0o600, "is empty"),
        (PASSPHRASE, 0o640, "chmod 600"),
        (None, 0o600, "cannot be read"),
    ],
)
async def test_a_passphrase_that_does_not_serve_is_said_and_never_shown(
    locked: SftpSettings, content: str | None, mode: int, said: str
) -> None:
    path = locked.client_passphrase_path
    assert path is not None
    path.unlink()
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    told = await why(locked)
    assert said in told
    assert PASSPHRASE not in told
    assert str(path) not in repr(locked)


def test_a_fingerprint_is_the_one_openssh_prints(tmp_path: Path) -> None:
    for kind in ("ed25519", "rsa"):
        line = made_key(tmp_path / kind, kind)
        printed = subprocess.run(
            ["ssh-keygen", "-lf", str(tmp_path / f"{kind}.pub")], check=True, capture_output=True
        ).stdout.decode()
        assert fingerprint_of(line) == printed.split()[1]
        assert kind_of(line) == line.split()[0]


@pytest.mark.parametrize(
    "line", ["ssh-ed25519 c3NoLXJzYQ==", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA", "ssh-ed25519 ****"]
)
def test_a_line_whose_content_is_not_of_its_kind_is_no_key(line: str) -> None:
    with pytest.raises(ValueError, match="not an OpenSSH public key line"):
        fingerprint_of(line)


@given(line=st.text(max_size=80) | st.text(max_size=40).map(lambda text: f"ssh-ed25519 {text}"))
def test_what_is_no_key_has_no_fingerprint(line: str) -> None:
    with pytest.raises(ValueError, match="not an OpenSSH public key line"):
        fingerprint_of(line)


# --- no way not to verify


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / "connectors").glob("ssh*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(name):
                yield path.name, node


def test_every_connection_pins_its_host() -> None:
    """Only the ceremony of enrolment speaks to a host it does not know, and says nothing of us to it."""
    made = {file: {word.arg for word in call.keywords} for file, call in calls("ConnectionOptions")}
    assert "known_hosts" in made["ssh_line.py"]
    assert not made["ssh_identity.py"] & {"username", "client_keys", "password"}
    assert [file for file, _ in calls("asyncssh.connect")] == ["ssh_line.py"]
    assert [file for file, _ in calls("get_server_host_key")] == ["ssh_identity.py"]
    assert made.keys() == {"ssh_line.py", "ssh_identity.py"}


def test_no_setting_can_switch_the_verification_off(tmp_path: Path) -> None:
    kinds = {field.name: str(field.type) for field in fields(SftpSettings)}
    assert not [name for name, kind in kinds.items() if "bool" in kind]
    assert kinds["host_keys"] == "tuple[str, ...]"
    written: dict[str, Any] = {
        field.name: field.type for field in msgspec.structs.fields(SftpPlace)
    }
    assert not [name for name, kind in written.items() if kind is bool or "bool" in str(kind)]
    doubtful = ("known", "strict", "insecure", "trust", "check", "skip", "ignore", "any")
    assert not [name for name in (*kinds, *written) if any(word in name for word in doubtful)]
