"""Who makes the notices of a delivery, once, signs them, and remembers where they are to be said.

1. Made and signed after the verdict is of record and before anybody is told; kept whole, then told. A
   signature made anew would differ: every later telling gives the bytes of the first.
2. Signed only where the place carries files: elsewhere the words alone are said, and kept.
3. The rejected lines stay in their drawer, sealed: what is kept is their digest and our signature.
4. Where they are to be said holds the sender's own name for its file: kept sealed, and opened only to
   say them again.

It blocks: call it from a thread.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine

from connectors.contract import Arrival, Milestone, Notice
from gateway.delivery import Kept, Verdict
from gateway.notices import NoRejects, Rejects, notices, rejects_suffix
from gateway.pgp import Desks, Keys
from gateway.secret import Secret
from gateway.store.acknowledgements import (
    ADDRESS,
    WORDS,
    find_notices,
    keep_notices,
    origin_of,
)
from gateway.vault import Unsealer
from gateway.vault.age import open_letter, seal_letter
from schemas.registry import contract

SIGNED = ".asc"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sender is told: the post, and the arrival as its place lists it."""

    post: str
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Clerk:
    """The desk where it signs, the drawer of the rejected lines, and the key that hides addresses.

    `recipient` and `identity` are the two halves of an age key.
    """

    engine: Engine
    keys: Keys
    desks: Desks
    drawer: Unsealer
    recipient: str
    identity: Secret[str]

    def notices(self, kept: Kept, address: Address | None, *, in_files: bool) -> Sequence[Notice]:
        """The notices of a verdict of record: made now if they never were, else those of record."""
        with self.engine.begin() as connection:
            record = find_notices(connection, kept.delivery)
        if WORDS not in record:
            at = datetime.now(UTC)
            made = self._made(kept, address, at, in_files=in_files)
            record = keep_notices(self.engine, kept.delivery, made, at)
        return self.read(record)

    def read(self, record: Mapping[str, bytes]) -> Sequence[Notice]:
        """The notices of a record, with the files their place carries."""
        words = json.loads(record[WORDS])
        sealed: Mapping[str, str] = words["scelles"]
        return [
            Notice(
                Milestone(said["etape"]),
                said["message"],
                said["code"],
                {
                    name: self._unsealed(sealed[name]) if name in sealed else record[name]
                    for name in said["fichiers"]
                },
            )
            for said in words["avis"]
        ]

    def address(self, kept: Kept) -> Address | None:
        """Where this sender is told; a replay is told where its original was. None: never known."""
        for delivery in (kept.delivery, kept.replay_of):
            with self.engine.begin() as connection:
                letter = find_notices(connection, delivery).get(ADDRESS)
            if letter is not None:
                return msgspec.json.decode(open_letter(letter, self.identity), type=Address)
        return None

    def _made(
        self, kept: Kept, address: Address | None, at: datetime, *, in_files: bool
    ) -> dict[str, bytes]:
        rejects = self._rejects(kept) if in_files else None
        told = self._told(kept, at, rejects)
        sealed = {rejects_suffix(kept, rejects.ending): rejects.sha256} if rejects else {}
        made: dict[str, bytes] = {}
        if in_files:
            given = {name: body for notice in told for name, body in notice.files.items()}
            waiting = {name: self._unsealed(digest) for name, digest in sealed.items()}
            made = given | self._signatures(given | waiting)
        words = {"avis": [_words(notice, made, sealed) for notice in told], "scelles": sealed}
        made[WORDS] = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
        if address is not None:
            made[ADDRESS] = seal_letter(msgspec.json.encode(address), self.recipient)
        return made

    def _told(self, kept: Kept, at: datetime, rejects: Rejects | None) -> Sequence[Notice]:
        origin = None
        if kept.verdict is Verdict.DUPLICATE:
            with self.engine.begin() as connection:
                origin = origin_of(connection, kept.delivery)
        return notices(kept, at=at, rejects=rejects, origin=origin)

    def _signatures(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        with self.desks.at(self.keys) as desk:
            armored = desk.sign(list(files.values()))
        return {f"{name}{SIGNED}": one.encode() for name, one in zip(files, armored, strict=True)}

    def _rejects(self, kept: Kept) -> Rejects | None:
        if not kept.rejects or kept.rejects in set(NoRejects):
            return None
        return Rejects(contract(kept.flow).layout.value, kept.rejects)

    def _unsealed(self, digest: str) -> bytes:
        out = io.BytesIO()
        self.drawer.unseal_into(digest, out)
        return out.getvalue()


def _words(
    notice: Notice, made: Mapping[str, bytes], sealed: Mapping[str, str]
) -> Mapping[str, object]:
    """One notice without its contents: the rejected lines go with what speaks of them."""
    own = [name for name in notice.files if name in made]
    if any(name.endswith("ARA.json") for name in own):
        own += sealed
    files = [name for each in own for name in (each, f"{each}{SIGNED}")]
    return {
        "etape": notice.milestone.value,
        "message": notice.message,
        "code": notice.code,
        "fichiers": files,
    }
