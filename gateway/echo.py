"""The test a partner is sent ("envoyez-moi un fichier test", the other way round): sealed as a release is.

1. It holds nobody: a header and lines of accents, enough to see an encoding or a key go wrong.
2. It says it is a test in its name, in its manifest and in the ledger. No grant is needed: nothing that
   belongs to anybody leaves.
3. What the partner answers is written once, as for a release.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from connectors.contract import Answered, Milestone, Outlet, Piece
from gateway.pgp import Desk, Keys
from gateway.store.partner_tests import Sent, keep_answer, keep_sent, sent_to
from gateway.workroom import workroom

FORMAT = "passerelle/manifeste/1"
BODY = "LIGNE;TEXTE\r\n1;éàçùœ\r\n2;ÉÀÇÙŒ€\r\n".encode()


@dataclass(frozen=True, slots=True)
class Echo:
    """What a test needs: where it goes, for which key, signed by which."""

    engine: Engine
    partner: str
    outlet: Outlet
    keys: Keys
    room: Path | None

    async def send(self, *, by: str, now: datetime | None = None) -> Sent:
        """Leave one test at the partner's place. Raises what the place raises."""
        at = now or datetime.now(UTC)
        name = f"TEST_PASSERELLE_{at.strftime('%Y%m%dT%H%M%S')}_V1.csv"
        with workroom(self.room) as room:
            clear, sealed = room / "essai", room / "essai.gpg"
            clear.write_bytes(BODY)
            desk = Desk(self.keys)
            try:
                desk.encrypt(clear, sealed)
            finally:
                desk.close()
            pieces = (
                Piece(f"{name}.gpg", io.BytesIO(sealed.read_bytes())),
                Piece(f"{name}.manifeste.json", io.BytesIO(manifest(name, self.partner))),
            )
        prepared = await self.outlet.prepare(pieces)
        digest = hashlib.sha256(BODY).hexdigest()
        sent = Sent(name, self.partner, digest, at, prepared)
        keep_sent(self.engine, sent, by=by)
        await self.outlet.deliver(pieces, prepared)
        return sent

    async def follow(self) -> int:
        """Take what the partner answered to its tests; say how many words were new."""
        with self.engine.begin() as connection:
            waiting = {sent.prepared: sent for sent in sent_to(connection, self.partner)}
        if not isinstance(self.outlet, Answered) or not waiting:
            return 0
        new = 0
        for answer in await self.outlet.answers(list(waiting)):
            new += keep_answer(self.engine, waiting[answer.prepared], answer.milestone.value)
            await self.outlet.noted(answer)
        return new


def passed(sent: Sent) -> bool:
    """Whether the partner said that it read and took this test."""
    return sent.answer in {Milestone.READABLE.value, Milestone.INTEGRATED.value}


def manifest(name: str, partner: str) -> bytes:
    """The manifest of a test, flagged as one."""
    body = {
        "format": FORMAT,
        "essai": True,
        "destinataire": partner,
        "fichier": name,
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "octets": len(BODY),
        "lignes": BODY.count(b"\n") - 1,
    }
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
