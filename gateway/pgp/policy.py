"""What is agreed with one partner: which OpenPGP is strong enough, for whom, and how far it may expand.

Rules, in order (sources: RFC 9580 §9, ANSSI "Guide des mécanismes cryptographiques" 2.04):
1. Keys: RSA of 3072 bits or more, Ed25519/Cv25519 (and 448), NIST P-256/384/521, Brainpool of the
   same sizes. RSA of 2048 bits until a date that must be written, 31 December 2030 at the latest, and
   with a reserve. DSA, ElGamal and any other curve are refused.
2. Ciphers AES-128/192/256; digests SHA-256/384/512. Nothing can switch a weaker one on.
3. A message may expand to `max_ratio` times its size; under `FREE` bytes no ratio counts.
4. It names its recipients, not more than `max_recipients`; hidden ones only where agreed.
5. `signers`, when given, narrows which of the partner's keys may sign.
6. Its keys in force overlap: any of them signs. We seal for the newest that still may receive: the
   latest creation date, then the highest fingerprint, and within it the same rule among subkeys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from gateway.errors import Misconfigured, Refused
from gateway.pgp.framing import ELGAMAL_SESSION, HIDDEN, SessionKey
from gateway.pgp.listing import KeyFacts, Part
from schemas.codes import Code

CIPHERS: Final[Mapping[str, str]] = {"7": "AES128", "8": "AES192", "9": "AES256"}
DIGESTS: Final[Mapping[str, str]] = {"8": "SHA256", "9": "SHA384", "10": "SHA512"}
FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "25519": frozenset({"ed25519", "cv25519"}),
    "448": frozenset({"ed448", "cv448"}),
    "nist": frozenset({"nistp256", "nistp384", "nistp521"}),
    "brainpool": frozenset({"brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}),
}
LEGACY_RSA = 2048
LAST_DAY_OF_LEGACY_RSA = date(2030, 12, 31)
FREE = 4 << 20  # bytes of clear text that are no bomb, whatever they came from


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms of one partner; the defaults are safe."""

    families: frozenset[str] = frozenset({"rsa", *FAMILIES})
    rsa_bits: int = 3072
    rsa_2048_until: date | None = None
    ciphers: frozenset[str] = frozenset(CIPHERS.values())
    digests: frozenset[str] = frozenset(DIGESTS.values())
    max_ratio: int = 200
    max_recipients: int = 20
    hidden_recipients: bool = False
    signers: frozenset[str] = frozenset()

    def weakness_of(self, part: Part, today: date) -> str:
        """Why a key is too weak, in French; empty when it is not."""
        if part.algorithm.startswith("rsa"):
            if "rsa" not in self.families:
                return "RSA n'est pas convenu"
            if part.size >= self.rsa_bits or self._is_legacy(part, today):
                return ""
            return f"RSA de {part.size} bits : {self.rsa_bits} au moins"
        curves = (curves for name, curves in FAMILIES.items() if name in self.families)
        if any(part.algorithm in known for known in curves):
            return ""
        return f"algorithme {part.algorithm} refusé"

    def reserve_on(self, part: Part, today: date) -> str:
        """What is accepted for a while only, in French; empty without reserve."""
        if not self._is_legacy(part, today) or part.size >= self.rsa_bits:
            return ""
        return f"RSA de {part.size} bits, accepté jusqu'au {self.rsa_2048_until} seulement"

    def accepts_cipher(self, number: str) -> bool:
        """Whether content may be encrypted so (number of RFC 9580 §9.3)."""
        return CIPHERS.get(number) in self.ciphers

    def accepts_digest(self, number: str) -> bool:
        """Whether a signature may rest on this digest (number of RFC 9580 §9.5)."""
        return DIGESTS.get(number) in self.digests

    def most_bytes(self, size: int, limit: int) -> int:
        """Bytes a message of `size` may give: the flow's limit, and the ratio's."""
        return min(limit, max(FREE, self.max_ratio * size))

    def check_recipients(self, sessions: Iterable[SessionKey]) -> None:
        """Apply rule 4, and refuse a session key sealed by ElGamal. Raises `Refused`."""
        named = list(sessions)
        if len(named) > self.max_recipients:
            raise Refused(Code.NOT_FOR_US, f"plus de {self.max_recipients} destinataires")
        if not self.hidden_recipients and any(one.key_id == HIDDEN for one in named):
            raise Refused(Code.NOT_FOR_US, "destinataire caché : chiffrez sans --throw-keyids")
        if any(one.algorithm in ELGAMAL_SESSION for one in named):
            raise Refused(Code.WEAK_CRYPTOGRAPHY, "clé de session scellée par ElGamal")

    def pinned(self, theirs: Mapping[str, KeyFacts]) -> Mapping[str, KeyFacts]:
        """The partner's keys that may sign. Raises `Misconfigured` when the required ones are not there."""
        if not self.signers:
            return theirs
        kept = {name: facts for name, facts in theirs.items() if name in self.signers}
        if not kept:
            raise Misconfigured("aucune clé en vigueur n'est dans « openpgp.signers »")
        return kept

    def receiver(self, theirs: Iterable[KeyFacts], now: datetime) -> Part:
        """The subkey we seal for, by rule 6. Raises `Misconfigured` when none may receive."""
        for facts in sorted(theirs, key=lambda f: _age(f.primary), reverse=True):
            if not self._may_receive(facts.primary, now):
                continue
            able = [p for p in facts.parts if p.can_encrypt and self._may_receive(p, now)]
            if able:
                return max(able, key=_age)
        raise Misconfigured(
            "aucune clé de ce destinataire ne peut chiffrer : expirée, révoquée, trop faible, "
            "ou sans sous-clé de chiffrement"
        )

    def verdict_on(self, facts: KeyFacts, now: datetime) -> tuple[bool, str]:
        """Whether a key may be used, and the sentence that says so, in French."""
        if facts.primary.is_over(now):
            return False, f"refusée : {'révoquée' if facts.revoked else 'expirée'}"
        alive = [part for part in facts.parts if not part.is_over(now)]
        weak = [said for part in alive if (said := self.weakness_of(part, now.date()))]
        if weak:
            return False, f"refusée : {' ; '.join(dict.fromkeys(weak))}"
        reserves = [said for part in alive if (said := self.reserve_on(part, now.date()))]
        if reserves:
            return True, f"acceptée avec réserve : {' ; '.join(dict.fromkeys(reserves))}"
        return True, "acceptée"

    def _is_legacy(self, part: Part, today: date) -> bool:
        until = self.rsa_2048_until
        return (
            part.algorithm.startswith("rsa")
            and part.size >= LEGACY_RSA
            and until is not None
            and today <= min(until, LAST_DAY_OF_LEGACY_RSA)
        )

    def _may_receive(self, part: Part, now: datetime) -> bool:
        return not part.is_over(now) and not self.weakness_of(part, now.date())


def _age(part: Part) -> tuple[datetime, str]:
    return part.created, part.fingerprint
