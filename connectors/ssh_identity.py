"""Who is at each end of an SSH connection: our own key or certificate, and the server's pinned keys.

1. A key or certificate that cannot serve is said before anything is sent: unreadable, open to others,
   of another key, expired.
2. A passphrase is read from a file of its own, and held no longer than it takes to open the key.
3. What a server offers can be looked at before it is trusted (`offered_host_key`): the ceremony of
   enrolment, where people compare fingerprints by another way. Nothing is sent to it.
"""

import asyncio
from pathlib import Path
from stat import S_IRWXG, S_IRWXO

import asyncssh
from asyncssh.public_key import CERT_TYPE_USER, SSHOpenSSHCertificate

from connectors.errors import Denied, Unreachable
from connectors.host_keys import fingerprint_of
from connectors.sftp_settings import SftpSettings
from connectors.ssh import answering
from connectors.ssh_algorithms import Policy


class Doorman(asyncssh.SSHClient):
    """Remembers the key of a server that is not the pinned one; lets nobody in."""

    offered = ""

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - asyncssh's signature
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """See asyncssh: asked of a key that is not pinned."""
        self.offered = key.get_fingerprint()
        return False


async def offered_host_key(
    host: str, port: int, *, policy: Policy = Policy.RGS, seconds: float = 15.0
) -> tuple[str, str]:
    """The public key line a server offers today, and its fingerprint: to be compared, not believed.

    Raises `Unreachable`, and `Denied` when there is nothing in common with the policy.
    """
    algorithms = policy.algorithms
    options = asyncssh.SSHClientConnectionOptions(
        config=None,
        kex_algs=algorithms.kex,
        encryption_algs=algorithms.encryption,
        mac_algs=algorithms.mac,
        server_host_key_algs=algorithms.all_signatures,
        x509_trusted_certs=None,
    )
    with answering(host):
        async with asyncio.timeout(seconds):
            key = await asyncssh.get_server_host_key(host, port, options=options, config=None)
    if key is None:
        raise Unreachable(f"{host}: the server offers no host key")
    line = " ".join(key.export_public_key().decode().split()[:2])
    return line, fingerprint_of(line)


def own_identity(
    settings: SftpSettings,
) -> asyncssh.SSHKey | tuple[asyncssh.SSHKey, SSHOpenSSHCertificate]:
    """Our key, with its certificate when there is one. Raises `Denied`."""
    partner = settings.partner
    passphrase = _passphrase(partner, settings.client_passphrase_path)
    key = _private_key(partner, settings.client_key_path, passphrase)
    if settings.client_certificate_path is None:
        return key
    return key, _certificate(partner, settings.client_certificate_path, key)


def _passphrase(partner: str, path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        _check_private(partner, path, "passphrase")
        written = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Denied(f"{partner}: the passphrase of our key cannot be read") from error
    if not written:
        raise Denied(f"{partner}: the passphrase of our key is empty")
    return written


def _private_key(partner: str, path: Path, passphrase: str | None) -> asyncssh.SSHKey:
    try:
        key = asyncssh.read_private_key(path, passphrase)
        _check_private(partner, path, "private key")
    except ValueError as error:  # KeyImportError, KeyEncryptionError
        if passphrase is None:
            why = "our private key needs its passphrase, or cannot be read"
        else:
            why = "the passphrase does not open our private key"
        raise Denied(f"{partner}: {why}") from error
    except OSError as error:
        raise Denied(f"{partner}: our private key cannot be read") from error
    return key


def _check_private(partner: str, path: Path, what: str) -> None:
    if path.stat().st_mode & (S_IRWXG | S_IRWXO):
        raise Denied(f"{partner}: our {what} is open to others; chmod 600 it")


def _certificate(partner: str, path: Path, key: asyncssh.SSHKey) -> SSHOpenSSHCertificate:
    try:
        read = asyncssh.read_certificate(path)
    except (OSError, ValueError) as error:
        raise Denied(f"{partner}: our certificate cannot be read") from error
    if not isinstance(read, SSHOpenSSHCertificate):
        raise Denied(f"{partner}: our certificate is not an OpenSSH certificate")
    if read.key.public_data != key.public_data:
        raise Denied(f"{partner}: our certificate is of another key than ours")
    try:
        read.validate(CERT_TYPE_USER, None)
    except ValueError as error:
        raise Denied(
            f"{partner}: our certificate does not serve today ({error}); "
            "ask the authority that signed it for another"
        ) from error
    return read
