"""HMAC-SHA-256 of many ids under one key: two ways, the same bytes.

1. PLAIN: two hash states of the interpreter, copied for each id; no key outside them.
2. VECTOR: polars-hash (optional), several times faster. It takes any key, an empty one too, and a *lazy*
   plan would hold it and serialise it: here the frame is eager, the key was judged before, and nothing
   polars says of a failure goes further. The key is text: the 64 hexadecimal digits of the real one.
3. An id that is missing or empty is refused on both: HMAC("") would name a person that does not exist.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl

from gateway.errors import Misconfigured
from gateway.secret import Secret

HEX_DIGITS = 32  # 128 bits: at 70 million people a collision has odds of 10^-23
_BLOCK = 64  # bytes of a SHA-256 block, to which HMAC pads its key
_WORTH_SHARING = 10_000  # ids: fewer are named before threads are woken
_INNER, _OUTER = bytes(b ^ 0x36 for b in range(256)), bytes(b ^ 0x5C for b in range(256))


class Way(StrEnum):
    """How many are named. AUTO: the vectorised way where it is installed."""

    AUTO = "auto"
    PLAIN = "plain"
    VECTOR = "vector"


def has_vector() -> bool:
    """Whether the optional library is installed."""
    return find_spec("polars_hash") is not None


def name_all(key: Secret[str], prefix: str, persons: pl.Series, way: Way) -> pl.Series:
    """`prefix` and the first 128 bits of HMAC-SHA-256(key, id), id by id. Raises ValueError, `Misconfigured`."""
    if persons.null_count() or (persons.str.len_bytes() == 0).any():
        raise ValueError("a person id is missing")
    if way is Way.VECTOR and not has_vector():
        raise Misconfigured("polars-hash absent : pip install 'passerelle[rapide]'")
    if way is Way.PLAIN or not has_vector():
        return _plain(key, prefix, persons)
    return _vector(key, prefix, persons)


def _plain(key: Secret[str], prefix: str, persons: pl.Series) -> pl.Series:
    padded, sha256 = key.reveal().encode().ljust(_BLOCK, b"\0"), _fastest()
    new_inner = sha256(padded.translate(_INNER)).copy
    new_outer = sha256(padded.translate(_OUTER)).copy
    digests: list[bytes] = []
    keep = digests.append
    for person in persons.cast(pl.Binary).to_list():
        inner, outer = new_inner(), new_outer()
        inner.update(person)
        outer.update(inner.digest())
        keep(outer.digest())
    # Cut, spelled and prefixed all together: text is what costs.
    frame = pl.Series(persons.name, digests, dtype=pl.Binary).to_frame()
    spelled = pl.first().bin.slice(0, HEX_DIGITS // 2).bin.encode("hex")
    return frame.select(pl.lit(prefix) + spelled).to_series().rename(persons.name)


def _vector(key: Secret[str], prefix: str, persons: pl.Series) -> pl.Series:
    """One column per thread: polars computes the columns of a selection at once, the rows of one in turn."""
    parts = 1 if len(persons) < _WORTH_SHARING else pl.thread_pool_size()
    rows = -(-len(persons) // parts)
    padded = persons.extend_constant(None, rows * parts - len(persons))
    frame = pl.DataFrame({str(n): padded.slice(n * rows, rows) for n in range(parts)})
    col: Any = import_module("polars_hash").col
    try:
        named = frame.select(
            (
                pl.lit(prefix)
                + col(name).chash.hmac_sha256(key=key.reveal()).str.slice(0, HEX_DIGITS)
            ).alias(name)
            for name in frame.columns
        )
    except Exception as error:  # noqa: BLE001 - whatever it says could quote its arguments
        raise RuntimeError(
            f"polars-hash could not name a column ({type(error).__name__})"
        ) from None
    columns = [column.rename(persons.name) for column in named.get_columns()]
    return pl.concat(columns).slice(0, len(persons)).rechunk()


@cache
def _fastest() -> Callable[[bytes], Any]:
    """SHA-256 of the interpreter itself: its state is copied without going through OpenSSL's."""
    for module in ("_sha2", "_sha256"):  # 3.12 and later, 3.11
        with suppress(ImportError):
            fastest: Callable[[bytes], Any] = import_module(module).sha256
            return fastest
    return hashlib.sha256
