"""Who a name is for: a recipient, a purpose and an epoch, written so that no two of them meet."""

import re
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

LABEL = "passerelle/pseudonym/v1"
EPOCH = re.compile(r"[0-9a-z-]{1,16}")
_SCHEME: Final = "p1"


@dataclass(frozen=True, slots=True)
class Domain:
    """Who must not be able to join with anybody else, why it receives, and since when."""

    recipient: str
    purpose: str
    epoch: str

    def __post_init__(self) -> None:
        if not self.recipient.strip() or not self.purpose.strip():
            raise ValueError("a recipient and a purpose are needed")
        if not EPOCH.fullmatch(self.epoch):
            raise ValueError("an epoch is 1 to 16 digits, lower-case letters or dashes")

    @property
    def info(self) -> bytes:
        """The injective encoding that binds the key to this domain."""
        return b"".join(map(length_prefixed, (LABEL, self.recipient, self.purpose, self.epoch)))

    @property
    def prefix(self) -> str:
        """How every name of this domain begins."""
        return f"{_SCHEME}.{self.epoch}."

    def at(self, epoch: str) -> "Domain":
        """The same recipient and purpose in another epoch."""
        return replace(self, epoch=epoch)


# Our own domain in its first epoch: the recipient is us, the purpose is crossing journeys. Which epoch
# is in force is in the database (`gateway.store.epochs`). Releases have their own domains.
JOURNEYS = Domain(recipient="passerelle", purpose="croisement-parcours", epoch="1")


def epoch_of(names: pl.Series) -> str | None:
    """The epoch of a column of names; None of an empty one. Raises ValueError when they have several."""
    found = names.drop_nulls().str.extract(rf"^{_SCHEME}\.({EPOCH.pattern})\.", 1).unique()
    if found.is_empty():
        return None
    if len(found) > 1 or found[0] is None:
        raise ValueError("a column of names has one epoch")
    return str(found[0])


def length_prefixed(text: str) -> bytes:
    """A two-byte length, then UTF-8: LP in the notes."""
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
