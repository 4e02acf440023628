"""A desk: our key for one purpose and one partner's keys, laid out once, for as many messages as come.

1. Nobody else's key is there: what is not in the keyring can neither sign nor receive. A desk serves
   one partner and one purpose, and two desks share nothing.
2. It lives in a workroom of its own. `close` kills its agent, then removes the room.
3. What is decrypted is written beside its place and takes its name only when every check of `framing`,
   `policy` and `acceptance` has passed; on any failure nothing of it remains.
4. Sealed without compression, name or armor, for one key of the partner (policy, rule 6), and for our
   archive key when there is one.
5. Several threads may use a desk at once. Keys that expire while it is open are refused from then on.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import Misconfigured, Refused
from gateway.pgp.acceptance import (
    REFUSED_SIGNATURES,
    Transcript,
    check_decryption,
    check_ended,
    check_signature,
)
from gateway.pgp.framing import check_framing, dearmor, is_armored
from gateway.pgp.home import Reading, open_home, seconds_for
from gateway.pgp.policy import Policy
from gateway.secret import Secret
from gateway.workroom import workroom
from schemas.codes import Code

log = logging.getLogger(__name__)

SEALING = ("--compress-algo", "none", "--cipher-algo", "AES256", "--digest-algo", "SHA256",
           # No name inside: the literal packet would carry that of our temporary file.
           "--set-filename", "")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keys:
    """What a desk holds, all armored. `name` says whose and what for: ``pe/reception``.

    `partner` may hold several public keys, while it changes from one to another; none at a desk that
    only signs. `archive`: a public key of ours that may open what we send; empty for none.
    """

    name: str
    own: Secret[str]
    partner: str
    passphrase: Secret[str] | None = None
    archive: str = ""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out of a message that passed every check."""

    signer_fingerprint: str
    size: int
    sha256: str


class Desk:
    """Open until closed. Raises `Misconfigured` at once when a key of it is unusable."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        with ExitStack() as stack:
            room = stack.enter_context(workroom())
            self._home = stack.enter_context(
                open_home(room, passphrase=keys.passphrase, for_many=True)
            )
            self._own = self._home.add_own(keys.own)
            theirs = self._home.add_public(keys.partner) if keys.partner else []
            archive = self._home.add_public(keys.archive) if keys.archive else []
            facts = self._home.facts([self._own, *theirs, *archive])
            self._own_ids = [part.fingerprint[-16:] for part in facts[self._own].parts]
            self._theirs = {name: facts[name] for name in theirs}
            self._archive = [facts[name] for name in archive]
            self._pinned = keys.policy.pinned(self._theirs) if theirs else {}
            self._say_reserves()
            self._end = stack.pop_all()

    def close(self) -> None:
        """Kill the agent, remove the room. Twice is once."""
        self._end.close()

    def decrypt(self, source: Path, out: Path, *, max_bytes: int) -> Verified:
        """Open `source` into `out`, a new file of a workroom, or raise `Refused` and leave nothing."""
        if max_bytes < 1:
            raise ValueError("a limit is needed: gpg takes 0 for none")
        part = out.with_name(f"{out.name}.part")
        try:
            with _binary(source) as message:
                self.keys.policy.check_recipients(check_framing(message))
                limit = self.keys.policy.most_bytes(message.stat().st_size, max_bytes)
                verified = self._open(message, part, limit)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        return verified

    def encrypt(self, source: Path, out: Path) -> None:
        """Seal `source` for the partner, signed by us, into `out`; all or nothing."""
        part = out.with_name(f"{out.name}.part")
        now = datetime.now(UTC)
        # "!": this very subkey, not the one gpg would choose.
        receivers = [self.keys.policy.receiver(self._theirs.values(), now).fingerprint]
        if self._archive:
            receivers.append(self.keys.policy.receiver(self._archive, now).fingerprint)
        named = [word for name in receivers for word in ("--recipient", f"{name}!")]
        try:
            said = self._home.run(*SEALING, "--local-user", self._own, *named, "--output", str(part),
                                  "--sign", "--encrypt", "--", str(source),
                                  seconds=seconds_for(source.stat().st_size))  # fmt: skip
            check_ended(said)
            if said.exit_code != 0 or not said.says("END_ENCRYPTION"):
                raise Misconfigured(
                    f"chiffrement impossible de la clé {self._own} (la nôtre) vers {receivers[0]} : "
                    "expirée, révoquée ou sans sous-clé qui convient ?"
                )
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)

    def sign(self, contents: Sequence[bytes]) -> Sequence[str]:
        """Give the armored detached signature of each content, in order. Raises `Misconfigured`."""
        with workroom(need=max(map(len, contents), default=0)) as room:
            return [self._signature(room, content) for content in contents]

    def _signature(self, room: Path, content: bytes) -> str:
        clear, signature = room / "content", room / "signature"
        clear.write_bytes(content)
        said = self._home.run("--digest-algo", "SHA256", "--local-user", self._own, "--armor",
                              "--output", str(signature), "--detach-sign", "--", str(clear))  # fmt: skip
        check_ended(said)
        if said.exit_code != 0 or not said.says("SIG_CREATED"):
            raise Misconfigured(f"notre clé {self._own} ne signe pas : expirée ou révoquée ?")
        return signature.read_text("ascii")

    def _open(self, message: Path, part: Path, limit: int) -> Verified:
        reading = Reading(part)
        try:
            said = self._ask(message, part, limit, reading=reading)
            if said.says(*REFUSED_SIGNATURES) and not said.says("GOODMDC", "BADMDC"):
                # gpg stops at a bad signature before it judges integrity: ask again without the
                # signature, to tell an altered message from a refused one. None of it is accepted.
                self._check(self._ask(message, part, limit, "--skip-verify"))
                raise Refused(Code.SIGNATURE_REFUSED)
            self._check(said)
            signer = check_signature(
                said, pinned=self._pinned, policy=self.keys.policy, now=datetime.now(UTC)
            )
            digest = reading.finish()
        finally:
            reading.close()
        if reading.size > limit:
            raise Refused(Code.EXPANDS_TOO_MUCH)
        return Verified(signer, reading.size, digest)

    def _ask(
        self, message: Path, part: Path, limit: int, *options: str, reading: Reading | None = None
    ) -> Transcript:
        return self._home.run("--max-output", str(limit), *options, "--output", str(part),
                              "--decrypt", "--", str(message),
                              seconds=seconds_for(limit), reading=reading)  # fmt: skip

    def _check(self, said: Transcript) -> None:
        check_decryption(said, own_key_ids=self._own_ids, policy=self.keys.policy)

    def _say_reserves(self) -> None:
        today = datetime.now(UTC).date()
        for facts in self._theirs.values():
            if any(self.keys.policy.reserve_on(part, today) for part in facts.parts):
                log.warning("%s: key %s is accepted for a while only", self.keys.name, facts.fingerprint)  # fmt: skip


@contextmanager
def _binary(source: Path) -> Iterator[Path]:
    """The message without its armor: in a room of its own when it has one."""
    if not is_armored(source):
        yield source
        return
    with workroom(need=source.stat().st_size) as room:
        binary = room / "message"
        dearmor(source, binary)
        yield binary
