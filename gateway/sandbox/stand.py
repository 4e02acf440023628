"""Stand the partners up: HubEE V1 and SFTP on loopback, each with keys of its own, and their files out.

1. Everything is kept in one folder: ports change at each start, keys, pins and what was sent do not.
2. A file already sent is not sent again, wherever it went since (depot, archive, HubEE).
3. SFTP files are signed by the partner and encrypted for the gateway; HubEE's are as CNAF sends them.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.hubee import HubeeSandbox
from connectors.sandbox.sftp import PartnerAccess, SftpSandbox
from gateway.pgp import encrypt, generate_key
from gateway.sandbox.week import CONTACTS, Parcel, Week
from gateway.secret import Secret
from gateway.workroom import workroom

PROCESS = "ContactsAllocataires-BRSA"
RECIPIENT = ("22000000000015", "00000")  # an invented SI: SIRET and branch
PARTNERS = ("cnaf", "pe", "cd", "rdv-insertion")
SFTP_PARTNERS = ("pe", "cd")
SEED = 1


@dataclass(frozen=True, slots=True)
class HubeeAccess:
    """What a département copies from the HubEE portal."""

    token_url: str
    api_url: str
    client_id: str
    client_secret: Secret[str]
    process_code: str = PROCESS
    attachment_type: str = CONTACTS


@dataclass(frozen=True, slots=True)
class Standing:
    """The sandbox, listening. `hub` and `places` are the partners' own hands: to send more, to fail."""

    hubee: HubeeAccess
    sftp: dict[str, PartnerAccess]
    folder: Path
    hub: HubeeSandbox
    places: SftpSandbox

    def public_key(self, partner: str) -> str:
        """The OpenPGP key a partner declares."""
        return (self.folder / "partenaires" / f"{partner}.asc").read_text()


@asynccontextmanager
async def stand(folder: Path, week: Week, gateway_key: str) -> AsyncIterator[Standing]:
    """Stand up, send the week's files, listen until left. `gateway_key`: the gateway's public key."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for partner in PARTNERS:
        _ensure_keys(folder / "partenaires", partner)
    hubee = HubeeSandbox(folder / "hubee", SEED)
    base = await hubee.start()
    sftp = SftpSandbox(folder / "sftp")
    try:
        await sftp.start()
        client_id, secret = hubee.subscribe(*RECIPIENT, PROCESS)
        access = {partner: sftp.add_partner(partner) for partner in SFTP_PARTNERS}
        for parcel in week.parcels:
            await _send(parcel, hubee, sftp, folder=folder, gateway_key=gateway_key)
        yield Standing(
            HubeeAccess(
                f"{base}/oauth2/token", f"{base}/teledossiers/v1", client_id, Secret(secret)
            ),
            access,
            folder,
            hubee,
            sftp,
        )
    finally:
        await sftp.stop()
        await hubee.stop()


def secret_key(folder: Path, partner: str) -> Secret[str]:
    """A partner's own secret key: what it opens its releases with."""
    return Secret((folder / "partenaires" / f"{partner}.key").read_text())


def _ensure_keys(folder: Path, partner: str) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if (folder / f"{partner}.key").exists():
        return
    pair = generate_key(f"Bac à sable {partner} <{partner}@example.org>")
    (folder / f"{partner}.asc").write_text(pair.public)
    aside = folder / f".{partner}.key.new"
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(pair.secret.reveal())
    aside.replace(folder / f"{partner}.key")


async def _send(
    parcel: Parcel, hubee: HubeeSandbox, sftp: SftpSandbox, *, folder: Path, gateway_key: str
) -> None:
    name = parcel.path.name
    if parcel.partner == "cnaf":
        body = parcel.path.read_bytes()
        mime = "application/xml" if name.endswith(".xml") else "text/plain"
        files = [(name, parcel.kind or CONTACTS, mime, body)]
        hubee.publish(
            PROCESS, RECIPIENT, files, f"CNAF-ALLOC-{hashlib.sha256(body).hexdigest()[:16]}"
        )
        return
    places = (sftp.folder(parcel.partner, place) for place in ("depot", "archive"))
    if any((place / f"{name}.gpg").exists() for place in places):
        return  # sealing again would give other bytes for the same delivery
    with workroom() as room:
        sealed = room / "sealed"
        signing = secret_key(folder, parcel.partner)
        encrypt(parcel.path, sealed, recipient_key=gateway_key, signing_key=signing)
        await sftp.deposit(parcel.partner, f"{name}.gpg", sealed.read_bytes())
