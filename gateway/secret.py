"""A secret has a type, so that it cannot be printed, logged, compared in the open or copied away.

Rules:
1. `repr`, `str`, `format` and error messages show ``***``.
2. Equality takes constant time and only answers between secrets.
3. Nothing pickles, copies or hashes a secret; `reveal` is the only way out, and is easy to grep.
"""

import hmac
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T", bytes, str)

MASK = "***"
FEWEST_DISTINCT_BYTES = 8  # 32 random bytes hold fewer with a probability under 10^-30


class Secret(Generic[T]):
    """Bytes or text that only `reveal` shows."""

    __slots__ = ("_value",)
    _value: T
    __hash__ = None  # type: ignore[assignment]  # a hash would be an equality oracle

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Give the secret itself: keep it in a local name, for as short as possible."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_as_bytes(self._value), _as_bytes(other.reveal()))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key: what we keep, what we give, and the name operators compare aloud."""

    secret: Secret[str]
    public: str
    fingerprint: str


def check_random_key(key: bytes, *, size: int = 32) -> None:
    """Raise ValueError unless `key` has `size` bytes that could have come from a random source."""
    if len(key) != size:
        raise ValueError(f"a key of {size} bytes is needed, not {len(key)}")
    if len(set(key)) < min(size, FEWEST_DISTINCT_BYTES):
        raise ValueError("this key repeats a few bytes: it was not drawn at random")


def _as_bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
