"""Pseudonyms by the batch, next to the fastest loop that anybody would write: `cryptography`'s HMAC, copied."""

import secrets
from collections.abc import Callable
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from benchmarks.measure import Line, Scale, race
from gateway.pseudonym import Domain, Pseudonymiser, Way, derive_key, has_vector
from gateway.secret import Secret

DOMAIN = Domain("cd", "reprise-de-contact", "1")
LOOP = "HMAC de cryptography, boucle nue"


def measure(_folder: Path, scale: Scale) -> list[Line]:
    """Each way over a column of ids; the peer hashes the same ids, and names nobody."""
    people = [secrets.token_hex(16) for _ in range(scale.named)]
    column, master = pl.Series("id", people), Secret(secrets.token_bytes(32))
    key = derive_key(master, DOMAIN).reveal().hex().encode()
    ways = {"Pseudonymes, par l'interpréteur": Way.PLAIN}
    if has_vector():
        ways["Pseudonymes, par polars-hash"] = Way.VECTOR
    lines = []
    for name, way in ways.items():
        naming = Pseudonymiser(master, DOMAIN, way)
        ours, theirs = race(scale.runs, _of(naming, column), lambda: _bare(key, people))
        lines.append(Line(name, len(people), "personnes", ours, LOOP, theirs))
    return lines


def _of(naming: Pseudonymiser, column: pl.Series) -> Callable[[], object]:
    return lambda: naming.of_series(column)


def _bare(key: bytes, people: list[str]) -> list[str]:
    prepared, digests = HMAC(key, SHA256()), []
    for person in people:
        one = prepared.copy()
        one.update(person.encode())
        digests.append(one.finalize().hex())
    return digests
