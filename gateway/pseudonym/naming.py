"""The one door to names: a master and a domain give who is called what."""

from collections.abc import Iterable
from typing import NewType

import polars as pl

from gateway.pseudonym.domain import Domain
from gateway.pseudonym.hashing import Way, name_all
from gateway.pseudonym.master import Master, derive_key
from gateway.secret import Secret

Pseudonym = NewType("Pseudonym", str)


class Pseudonymiser:
    """The pseudonyms of one domain. Safe to share between threads; holds a key, so never print it."""

    __slots__ = ("_key", "_prefix", "_way")

    def __init__(self, master: Master, domain: Domain, way: Way = Way.AUTO) -> None:
        self._key = Secret(derive_key(master, domain).reveal().hex())
        self._prefix, self._way = domain.prefix, way

    def of(self, person: str) -> Pseudonym:
        """Name one person."""
        return self.of_all((person,))[0]

    def of_all(self, persons: Iterable[str]) -> list[Pseudonym]:
        """Name many, in the same order. Raises ValueError on an empty or missing id."""
        named = self.of_series(pl.Series(list(persons), dtype=pl.String))
        return [Pseudonym(name) for name in named.to_list()]

    def of_series(self, persons: pl.Series) -> pl.Series:
        """Name a column, row by row, under the same column name."""
        return name_all(self._key, self._prefix, persons, self._way)
