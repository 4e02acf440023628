"""What OpenPGP is agreed with one partner, as an administrator writes it: `[openpgp]` of its file.

Everything has a safe default, and nothing weaker than `gateway.pgp.policy` can be written.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.pgp import Policy
from gateway.pgp.policy import LAST_DAY_OF_LEGACY_RSA
from gateway.settings.values import Positive, Switch

Families = Annotated[
    tuple[Literal["rsa", "25519", "448", "nist", "brainpool"], ...],
    Meta(min_length=1, description='liste parmi "rsa", "25519", "448", "nist", "brainpool"'),
]
Ciphers = Annotated[
    tuple[Literal["AES128", "AES192", "AES256"], ...],
    Meta(min_length=1, description='liste parmi "AES128", "AES192", "AES256"'),
]
Digests = Annotated[
    tuple[Literal["SHA256", "SHA384", "SHA512"], ...],
    Meta(min_length=1, description='liste parmi "SHA256", "SHA384", "SHA512"'),
]
RsaBits = Annotated[int, Meta(ge=3072, le=16384, description="bits, 3072 au moins")]
Day = Annotated[date, Meta(description="date (AAAA-MM-JJ)")]
Signers = Annotated[
    tuple[Annotated[str, Meta(pattern=r"\A[0-9A-F]{40}\Z")], ...],
    Meta(description="liste d'empreintes de 40 chiffres hexadécimaux, en majuscules"),
]


class OpenPgpTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What its messages may be made of, who may sign them, and whether we keep a way to reopen ours."""

    families: Families = ("rsa", "25519", "448", "nist", "brainpool")
    rsa_bits: RsaBits = 3072
    rsa_2048_until: Day | None = None
    ciphers: Ciphers = ("AES128", "AES192", "AES256")
    digests: Digests = ("SHA256", "SHA384", "SHA512")
    max_ratio: Positive = 200
    max_recipients: Positive = 20
    hidden_recipients: Switch = False
    signers: Signers = ()
    archive: Switch = False

    @property
    def policy(self) -> Policy:
        """The same, as `gateway.pgp` judges by it."""
        return Policy(
            families=frozenset(self.families),
            rsa_bits=self.rsa_bits,
            rsa_2048_until=self.rsa_2048_until,
            ciphers=frozenset(self.ciphers),
            digests=frozenset(self.digests),
            max_ratio=self.max_ratio,
            max_recipients=self.max_recipients,
            hidden_recipients=self.hidden_recipients,
            signers=frozenset(self.signers),
        )


def openpgp_faults(terms: OpenPgpTerms) -> Iterator[str]:
    """What cannot be meant."""
    until = terms.rsa_2048_until
    if until is not None and until > LAST_DAY_OF_LEGACY_RSA:
        yield f"« openpgp.rsa_2048_until » : {LAST_DAY_OF_LEGACY_RSA} au plus tard"
