"""Whether what gpg decrypted may be believed, judged from its status lines alone.

`ok` and `valid` of python-gnupg both accept messages that must be refused, and so does exit code 0.
The checks, in the order in which they speak (the first that fails gives the code):
 1. a session key was opened by our key, else NOT_FOR_US (TAMPERED if the message names our key).
 2. the encryption has integrity (MDC or AEAD), else NO_INTEGRITY.
 3. its cipher is agreed, else WEAK_CRYPTOGRAPHY.
 4. gpg did not stop at our limit, else EXPANDS_TOO_MUCH.
 5. decryption began, gave one single plaintext after that, went well and its integrity holds:
    DECRYPTION_OKAY and GOODMDC, no BADMDC, no DECRYPTION_FAILED; else TAMPERED.
 6. there is a signature, else NOT_SIGNED.
 7. its key is known, else UNKNOWN_SIGNER.
 8. gpg could check it, else WEAK_CRYPTOGRAPHY for a digest not agreed, SIGNATURE_REFUSED otherwise.
 9. it is neither false, expired, nor by an expired or revoked key, else SIGNATURE_REFUSED.
10. there is exactly one, of a document, else SIGNATURE_REFUSED.
11. its primary key is one of this partner's that may sign, else UNKNOWN_SIGNER.
12. its digest, its key and its primary key are strong enough, else WEAK_CRYPTOGRAPHY.
13. neither key is revoked or expired at this hour, whenever it signed, else SIGNATURE_REFUSED.
14. exit code 0 and nothing unforeseen in the status lines.

A status we do not foresee is our trouble, not the sender's: it raises `GatewayError`; a passphrase of
ours that gpg refuses, `Misconfigured`.
Not checked: the date of the signature (a replay is a duplicate, judged later by content) and the name
inside the literal packet (never used).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from gateway.errors import GatewayError, Misconfigured, Refused, Unavailable
from gateway.pgp.listing import KeyFacts, Part
from gateway.pgp.policy import Policy
from schemas.codes import Code

PREFIX = "[GNUPG:] "
OF_A_DOCUMENT = {"00", "01"}  # binary, text
MISSING_KEY = "9"
LOCKED_OUT = {11, 85, 177}  # libgpg-error: bad passphrase, no pinentry, no passphrase
WHERE = ("pkdecrypt_failed ", "sign")  # elsewhere a damaged message makes gpg ask for a password
_DIGESTS = "empreinte SHA-256, SHA-384 ou SHA-512 attendue"
TROUBLE = ("FAILURE", "ERROR", "NODATA", "UNEXPECTED")
REFUSED_SIGNATURES = ("EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG")


class ValidSignature(NamedTuple):
    """The fields of VALIDSIG (GnuPG doc/DETAILS)."""

    key: str
    day: str
    made: str
    expires: str
    version: str
    reserved: str
    algorithm: str
    digest: str
    kind: str
    primary: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one gpg run said: exit code, status lines (apart from its log), and its log."""

    exit_code: int
    lines: tuple[tuple[str, str], ...]
    log: str

    @classmethod
    def of(cls, exit_code: int, status: str, log: str) -> "Transcript":
        """Keep status lines only. The log has its own file, so that no text of a message can pass for one."""
        # Not splitlines: a name inside a message may hold what Unicode takes for an end of line.
        kept = (line.removeprefix(PREFIX) for line in status.split("\n") if line.startswith(PREFIX))
        parted = (line.partition(" ") for line in kept)
        return cls(exit_code, tuple((word, rest) for word, _, rest in parted), log)

    def says(self, *words: str) -> bool:
        """Whether any of these statuses was given."""
        return any(word in words for word, _ in self.lines)

    def all(self, word: str) -> list[str]:
        """Give what follows `word`, each time it was given."""
        return [rest for given, rest in self.lines if given == word]

    def before(self, first: str, second: str) -> bool:
        """Whether `first` was given before every `second`."""
        words = [word for word, _ in self.lines]
        return first in words and second in words and words.index(first) < words.index(second)

    def could_not_write(self, reason: str) -> bool:
        """Whether gpg failed to write, for this reason: it has no status line, only a line of its log."""
        lines = self.log.lower().splitlines()
        return self.exit_code != 0 and any(
            "error writing" in line and reason in line for line in lines
        )


def check_decryption(said: Transcript, *, own_key_ids: Iterable[str], policy: Policy) -> None:
    """Apply checks 1 to 5: the envelope was for us, whole, strong, and of a bearable size."""
    check_ended(said)
    if not said.says("DECRYPTION_KEY"):
        if set(said.all("NO_SECKEY")) & set(own_key_ids):
            raise GatewayError("gpg no longer finds the key it was given")
        named = {rest.split(" ")[0] for rest in said.all("ENC_TO")}
        raise Refused(Code.TAMPERED if named & set(own_key_ids) else Code.NOT_FOR_US)
    infos = [rest.split(" ") for rest in said.all("DECRYPTION_INFO")]
    if any(_without_integrity(info) for info in infos):
        raise Refused(Code.NO_INTEGRITY)
    if not all(policy.accepts_cipher(info[1]) for info in infos):
        raise Refused(Code.WEAK_CRYPTOGRAPHY, "chiffrement convenu : AES")
    if said.could_not_write("exceeded --max-output limit"):
        raise Refused(Code.EXPANDS_TOO_MUCH)
    whole = said.says("DECRYPTION_OKAY") and said.says("GOODMDC") and len(infos) == 1
    if not whole or said.says("BADMDC", "DECRYPTION_FAILED"):
        raise Refused(Code.TAMPERED)
    if len(said.all("PLAINTEXT")) != 1 or not said.before("BEGIN_DECRYPTION", "PLAINTEXT"):
        raise Refused(Code.TAMPERED)


def check_signature(
    said: Transcript, *, pinned: Mapping[str, KeyFacts], policy: Policy, now: datetime
) -> str:
    """Apply checks 6 to 14: signed once, soundly, by a key this partner declared. Give that key."""
    _check_attempted(said, policy)
    signature = _only_signature(said)
    if signature.primary not in pinned:
        raise Refused(Code.UNKNOWN_SIGNER)
    facts = pinned[signature.primary]
    keys = [part for part in facts.parts if part.fingerprint in signature]
    _check_strong(signature, keys, policy, now)
    if any(part.is_over(now) for part in keys):
        raise Refused(Code.SIGNATURE_REFUSED, "clé expirée ou révoquée à ce jour")
    if said.exit_code != 0 or said.says(*TROUBLE):
        raise GatewayError(f"gpg ended with code {said.exit_code} after a good signature")
    return signature.primary


def check_ended(said: Transcript) -> None:
    """Raise what is our trouble, and not the message's: stopped, no room left, a locked key."""
    if said.exit_code < 0:
        raise GatewayError("gpg was stopped before it answered: too slow, or killed")
    if said.exit_code != 0 and not said.lines:
        raise GatewayError("gpg said nothing: its home is gone, or it could not start")
    if said.could_not_write("no space left on device"):
        raise Unavailable("plus de place pour le texte clair")
    if any(map(_is_locked_out, (*said.all("ERROR"), *said.all("FAILURE")))):
        raise Misconfigured(
            "notre clé OpenPGP secrète reste fermée : phrase de passe absente ou fausse "
            "(keys/openpgp-<usage>.pass)"
        )


def _check_attempted(said: Transcript, policy: Policy) -> None:
    errors = [rest.split(" ") for rest in said.all("ERRSIG")]
    if not errors and not said.says("VALIDSIG", *REFUSED_SIGNATURES):
        raise Refused(Code.NOT_SIGNED)
    if any(len(error) > 5 and error[5] == MISSING_KEY for error in errors):  # noqa: PLR2004 - its reason field
        raise Refused(Code.UNKNOWN_SIGNER)
    if any(len(error) > 2 and not policy.accepts_digest(error[2]) for error in errors):  # noqa: PLR2004 - its digest field
        raise Refused(Code.WEAK_CRYPTOGRAPHY, _DIGESTS)
    if errors or said.says(*REFUSED_SIGNATURES):
        raise Refused(Code.SIGNATURE_REFUSED)


def _check_strong(
    signature: ValidSignature, keys: Iterable[Part], policy: Policy, now: datetime
) -> None:
    if not policy.accepts_digest(signature.digest):
        raise Refused(Code.WEAK_CRYPTOGRAPHY, _DIGESTS)
    for part in keys:
        if weakness := policy.weakness_of(part, now.date()):
            raise Refused(Code.WEAK_CRYPTOGRAPHY, weakness)


def _only_signature(said: Transcript) -> ValidSignature:
    found = [rest.split(" ") for rest in said.all("VALIDSIG")]
    if len(found) != 1 or len(said.all("NEWSIG")) != 1:
        raise Refused(Code.SIGNATURE_REFUSED, "une signature, et une seule, est attendue")
    if len(found[0]) != len(ValidSignature._fields):
        raise GatewayError("gpg describes a signature in a way we do not know")
    signature = ValidSignature(*found[0])
    if signature.kind not in OF_A_DOCUMENT:
        raise Refused(Code.SIGNATURE_REFUSED, "signature d'un document attendue")
    return signature


def _without_integrity(info: list[str]) -> bool:
    # DECRYPTION_INFO <mdc_method> <sym_algo> [<aead_algo>]
    return info[0] == "0" and (len(info) < 3 or info[2] == "0")  # noqa: PLR2004


def _is_locked_out(rest: str) -> bool:
    # ERROR <where> <code>: the low 16 bits are libgpg-error's.
    where, _, code = rest.rpartition(" ")
    return f"{where} ".startswith(WHERE) and code.isdigit() and int(code) & 0xFFFF in LOCKED_OUT
