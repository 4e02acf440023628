"""The folder of keys has manners, and survives being killed."""

import os
import secrets
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from gateway import cms, pgp, vault
from gateway.errors import Misconfigured
from gateway.keyring import Drawer, Keyring, Makers, Use, create
from gateway.secret import KeyPair, Secret

ROOT = Path(__file__).parents[2]


def new_pair(uid: str = "", passphrase: Secret[str] | None = None) -> KeyPair:
    """A pair without cryptography: what the keyring does with it is the same, and faster."""
    return KeyPair(Secret(f"secret {secrets.token_hex(16)}"), f"public {secrets.token_hex(4)}", "f")


FAST = Makers(age=vault.generate_identity, openpgp=new_pair, ledger=new_pair)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "keys", FAST, uid="Passerelle")
    return tmp_path / "keys"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_key_of_ours_is_made_once_and_kept(folder: Path) -> None:
    first = contents(folder)
    create(folder, FAST, uid="Passerelle")
    assert contents(folder) == first
    assert len(first) == 2 * len(Drawer) + 2 * len(Use) + 2 + 2
    private = list(folder.glob("*.key"))
    assert len(private) == len(Drawer) + len(Use) + 3
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_each_drawer_has_its_own_key(folder: Path) -> None:
    ring = Keyring(folder)
    assert len({ring.age_recipient(drawer) for drawer in Drawer}) == len(Drawer)
    assert len({ring.age_identity(drawer).reveal() for drawer in Drawer}) == len(Drawer)


def test_the_keys_work_with_their_owners(tmp_path: Path) -> None:
    ring = create(
        tmp_path / "keys",
        Makers(vault.generate_identity, pgp.generate_key, new_pair),
        uid="Passerelle essai <a@example.invalid>",
    )
    (tmp_path / "in").write_bytes(b"bonjour")
    pgp.encrypt(
        tmp_path / "in",
        tmp_path / "out",
        recipient_key=ring.openpgp_public(Use.RECEPTION),
        signing_key=ring.openpgp(Use.RELEASE),
    )
    opened = pgp.decrypt(
        tmp_path / "out",
        tmp_path / "back",
        own_key=ring.openpgp(Use.RECEPTION),
        sender_key=ring.openpgp_public(Use.RELEASE),
        max_bytes=100,
    )
    listed = {line.file: line.value for line in ring.fingerprints(pgp.fingerprint_of)}
    assert listed["openpgp-release.asc"] == opened.signer_fingerprint
    assert listed["age-identity.pub"] == ring.age_recipient(Drawer.IDENTITY)
    assert not [value for value in listed.values() if "SECRET" in value or "PRIVATE" in value]


def test_a_certificate_of_reception_in_cms_is_made_only_when_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with pytest.raises(Misconfigured, match=r"cms-reception\.key"):
        create(folder, FAST, uid="Passerelle").cms_key()
    makers = Makers(vault.generate_identity, new_pair, new_pair, cms.generate_certificate)
    ring = create(folder, makers, uid="Passerelle essai <a@example.invalid>")
    made = ring.cms_certificate()
    assert create(folder, makers, uid="Other").cms_certificate() == made
    assert (folder / "cms-reception.key").stat().st_mode & 0o777 == 0o600
    own = cms.load_identity(ring.cms_key(), made, ring.cms_passphrase())
    listed = {line.file: line.value for line in ring.fingerprints(lambda _: "")}
    assert listed["cms-reception.crt"] == own.declared.fingerprint
    assert own.key.key_size == 3072
    subject = own.declared.certificate.subject.rfc4514_string()
    assert subject == "CN=Passerelle essai", "no address in it"
    (folder / "cms-reception.crt").write_text(cms.generate_certificate("Other").public)
    with pytest.raises(Misconfigured, match="n'est pas celle"):
        cms.load_identity(ring.cms_key(), ring.cms_certificate(), None)


def test_a_passphrase_in_the_folder_is_private_too(tmp_path: Path) -> None:
    ring = create(tmp_path / "keys", FAST, uid="Passerelle")
    assert ring.cms_passphrase() is None
    place = tmp_path / "keys" / "cms-reception.pass"
    place.write_text("sesame\n")
    place.chmod(0o600)
    assert ring.cms_passphrase() == Secret("sesame")
    place.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        ring.cms_passphrase()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700])
@pytest.mark.parametrize(
    "name",
    ["pseudonym.key", "ledger.key", "age-journeys.key", "openpgp-release.key", "webhooks.key"],
)
def test_a_private_file_others_may_read_is_refused_with_the_command_to_type(
    folder: Path, name: str, mode: int
) -> None:
    (folder / name).chmod(mode)
    with pytest.raises(Misconfigured, match=f"chmod 600 .*{name}"):
        Keyring(folder).check()
    with pytest.raises(Misconfigured, match="chmod 600"):
        {"pseudonym.key": lambda ring: ring.pseudonym_master(), "ledger.key": lambda ring: ring.ledger_key(),
         "webhooks.key": lambda ring: ring.webhook_secret("hook-1"),
         "age-journeys.key": lambda ring: ring.age_identity(Drawer.JOURNEYS),
         "openpgp-release.key": lambda ring: ring.openpgp(Use.RELEASE)}[name](Keyring(folder))  # fmt: skip


def test_a_folder_others_may_enter_is_refused(folder: Path) -> None:
    folder.chmod(0o750)
    for act in (Keyring(folder).check, Keyring(folder).pseudonym_master):
        with pytest.raises(Misconfigured, match="chmod 700"):
            act()


@pytest.mark.parametrize(
    "master", [b"", bytes(32), b"x" * 32, b"ab" * 16, bytes(range(31)), bytes(range(64))]
)
def test_a_master_that_was_not_drawn_is_refused_without_being_shown(
    folder: Path, master: bytes
) -> None:
    (folder / "pseudonym.key").write_bytes(master)
    with pytest.raises(Misconfigured, match="32 octets") as refusal:
        Keyring(folder).check()
    assert not master or repr(master)[2:-1] not in str(refusal.value)


def test_each_webhook_has_a_secret_of_its_own_always_the_same(folder: Path) -> None:
    ring = Keyring(folder)
    first, other = (ring.webhook_secret(name) for name in ("hook-1", "hook-2"))
    assert first == Keyring(folder).webhook_secret("hook-1")
    assert first != other
    assert first.reveal() not in repr(first)
    (folder / "webhooks.key").write_bytes(bytes(32))
    with pytest.raises(Misconfigured, match="32 octets"):
        ring.webhook_secret("hook-1")


def test_a_missing_key_says_how_to_make_it(folder: Path) -> None:
    (folder / "ledger.key").unlink()
    with pytest.raises(Misconfigured, match="key create"):
        Keyring(folder).ledger_key()
    with pytest.raises(Misconfigured, match="absent"):
        Keyring(folder / "nowhere").check()


def test_a_node_that_only_collects_needs_public_files_only(folder: Path, tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir(mode=0o700)
    (public / "age-reception.pub").write_bytes((folder / "age-reception.pub").read_bytes())
    ring = Keyring(public)
    ring.check()
    assert ring.age_recipient(Drawer.RECEPTION).startswith("age1")
    with pytest.raises(Misconfigured, match="absente"):
        ring.age_identity(Drawer.RECEPTION)


SLOW_CREATE = """
import sys, time
from pathlib import Path
from gateway import keyring
from tests.gateway.test_keyring import FAST
keep = keyring.os.fsync
keyring.os.fsync = lambda fd: (time.sleep(0.01), keep(fd))
print("go", flush=True)
keyring.create(Path(sys.argv[1]), FAST, uid="Passerelle")
"""


@pytest.mark.parametrize("delay", [0.0, 0.015, 0.05, 0.11, 0.2])
def test_a_killed_creation_is_finished_by_the_next(tmp_path: Path, delay: float) -> None:
    folder = tmp_path / "keys"
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW_CREATE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(delay)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    before = contents(folder) if folder.exists() else {}
    create(folder, FAST, uid="Passerelle")
    after = contents(folder)
    assert len(after) == 2 * len(Drawer) + 2 * len(Use) + 2 + 2
    for name, content in before.items():
        if name.endswith(".key") and not name.startswith("."):
            assert after[name] == content, "a key that existed was replaced"
            assert all(
                after[half] == before[half]
                for half in after
                if half.startswith(name[:-4]) and half in before
            )


def test_no_key_is_shown_by_the_ring(folder: Path) -> None:
    ring = Keyring(folder)
    shown = repr(ring) + repr(ring.openpgp(Use.RELEASE)) + repr(ring.pseudonym_master())
    assert "secret " not in shown
    assert ring.pseudonym_master().reveal().hex() not in shown


# --- passphrases of ours


def test_a_passphrase_stands_beside_its_key_or_comes_from_systemd_which_wins(
    folder: Path, tmp_path: Path
) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    ring = Keyring(folder, given)
    assert ring.openpgp_passphrase(Use.RECEPTION) is None
    (folder / "openpgp-reception.pass").write_text(" une phrase à nous\n")
    (folder / "openpgp-reception.pass").chmod(0o600)
    assert ring.openpgp_passphrase(Use.RECEPTION) == Secret("une phrase à nous")
    (given / "openpgp-reception.pass").write_text("une autre")
    (given / "openpgp-reception.pass").chmod(0o440)  # what systemd shows where it sets an ACL
    assert ring.openpgp_passphrase(Use.RECEPTION) == Secret("une autre")
    assert ring.openpgp_passphrase(Use.RELEASE) is None
    ring.check()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o700])
def test_a_passphrase_others_may_read_is_refused(folder: Path, tmp_path: Path, mode: int) -> None:
    path = folder / "openpgp-release.pass"
    path.write_text("s3same")
    path.chmod(mode)
    ring = Keyring(folder)
    for act in (ring.check, partial(ring.openpgp_passphrase, Use.RELEASE)):
        with pytest.raises(Misconfigured, match="chmod 600") as refusal:
            act()
        assert "s3same" not in str(refusal.value)
    given = tmp_path / "credentials"
    given.mkdir()
    (given / "openpgp-release.pass").write_text("s3same")
    (given / "openpgp-release.pass").chmod(0o444)
    with pytest.raises(Misconfigured, match="lisible par d'autres"):
        Keyring(folder, given).openpgp_passphrase(Use.RELEASE)


@pytest.mark.parametrize("content", [b"", b" \n", b"deux\nlignes", b"\xff\xfe"])
def test_what_is_no_passphrase_is_refused_without_being_shown(folder: Path, content: bytes) -> None:
    path = folder / "openpgp-release.pass"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match="une seule ligne") as refusal:
        Keyring(folder).openpgp_passphrase(Use.RELEASE)
    assert "deux" not in str(refusal.value)


def test_a_key_made_where_its_passphrase_stands_is_made_under_it(tmp_path: Path) -> None:
    told: list[Secret[str] | None] = []

    def openpgp(uid: str, passphrase: Secret[str] | None) -> KeyPair:
        told.append(passphrase)
        return new_pair(uid)

    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "openpgp-reception.pass").write_text("une phrase")
    (keys / "openpgp-reception.pass").chmod(0o600)
    create(keys, Makers(vault.generate_identity, openpgp, new_pair), uid="Passerelle")
    assert told == [Secret("une phrase"), None]


def test_the_archive_key_is_asked_for_by_its_name(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="openpgp-archive"):
        Keyring(folder).openpgp_archive()
    (folder / "openpgp-archive.asc").write_text("public")
    assert Keyring(folder).openpgp_archive() == "public"
