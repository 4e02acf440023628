"""A partner's SFTP account in its settings, and what cannot be meant there.

Every value is about what is exchanged and for how long: none says whether the host is verified.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connectors.sftp_settings import FOLDER, LONGEST_LEGACY
from gateway.settings.values import Count, Delay, MaybeTexts, Port, Positive, Text, Word

RemoteFolder = Annotated[str, Meta(pattern=FOLDER.pattern, description="dossier, sans « .. »")]
Day = Annotated[date, Meta(description="date AAAA-MM-JJ")]


class SftpFoldersPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Folders at the partner, from where our account lands, or absolute."""

    depot: RemoteFolder = "depot"
    archive: RemoteFolder = "archive"
    ack: RemoteFolder = "ack"
    retrait: RemoteFolder = "retrait"
    answers: RemoteFolder = "retour"


class SftpPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A partner's SFTP account. Its host is known by `host_keys`, and by the keys two people approved."""

    host: Text
    port: Port
    username: Text
    client_key: Text
    client_certificate: Word = ""
    client_key_passphrase_file: Word = ""
    host_keys: MaybeTexts = ()
    policy: Literal["rgs", "legacy"] = "rgs"
    legacy_until: Day | None = None
    folders: SftpFoldersPlace = SftpFoldersPlace()
    ready: Literal["rename", "ok", "manifest"] = "rename"
    settle: Literal["archive", "delete", "leave"] = "archive"
    verify: Literal["digest", "size"] = "digest"
    stable_seconds: Delay = 10.0
    max_listed: Positive = 10_000
    transfer_minutes: Positive = 120
    min_bytes_per_second: Positive = 1_000
    resume_attempts: Count = 3
    keep_seconds: Delay = 30.0


def sftp_faults(place: SftpPlace) -> Iterator[str]:
    """What does not hold together in one account."""
    written = list(msgspec.structs.asdict(place.folders).values())
    for folder in sorted({folder for folder in written if written.count(folder) > 1}):
        yield f"« sftp.folders » : {folder} sert deux fois, chaque dossier a un seul usage"
    if (place.policy == "legacy") != (place.legacy_until is not None):
        yield (
            '« sftp.legacy_until » : une date de fin va avec policy = "legacy", et avec elle seule'
        )
    latest = datetime.now(UTC).date() + LONGEST_LEGACY
    if place.legacy_until is not None and place.legacy_until > latest:
        yield f"« sftp.legacy_until » : un an au plus, soit le {latest:%d/%m/%Y} au plus tard"
