"""Which flow a file is of, by how it starts and by its name, when nobody said.

1. By its content: a CSV by the names of its header, an XML by its root and by what its envelope must say.
2. Several flows start alike: the name chooses among them, where one of them has a convention for it.
3. Nothing is exactly right: the header that has most of its names in common, at least half of them, so
   that a wrong header is told as such (GW-504) by the contract it misses.

Only the first bytes are looked at, by no parser: what is here decides which contract judges, nothing else.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.contract import Contract, Envelope, Layout

HEAD: Final = 1 << 16  # bytes that are enough
_ROOT = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.:-]*)[\s/>]")
_ASIDE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENOUGH = 0.5


def recognise(head: bytes, name: str, contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """Give the contracts a file may be of: one, none, or those somebody must choose among."""
    named = [each for each in contracts if each.file_name and each.parse_name(name) is not None]
    exact = [each for each in contracts if _starts_like(head, each)]
    both = [each for each in exact if each in named]
    return tuple(both if len(both) == 1 else exact or named or _nearest(head, contracts))


def _starts_like(head: bytes, contract: Contract) -> bool:
    if contract.envelope is not None:
        return _root(head) == contract.envelope.root and _says(head, contract.envelope)
    found = _header(head, contract)
    return any(found == [_folded(name) for name in names] for names in _orders(contract))


def _nearest(head: bytes, contracts: Iterable[Contract]) -> list[Contract]:
    shares = {
        each.flow: max(_common(_header(head, each), names) for names in _orders(each))
        for each in contracts
        if each.layout is Layout.CSV
    }
    most = max(shares.values(), default=0.0)
    return [each for each in contracts if most >= _ENOUGH and shares.get(each.flow) == most]


def _common(found: Sequence[str], names: Sequence[str]) -> float:
    here, there = set(found), {_folded(name) for name in names}
    return len(here & there) / len(here | there)


def _orders(contract: Contract) -> list[tuple[str, ...]]:
    whole = tuple(column.name for column in contract.read_columns)
    return [whole, *(each.columns for each in contract.arrangements)]


def _header(head: bytes, contract: Contract) -> list[str]:
    first = head.removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    line = (
        first[0].decode("utf-8" if contract.is_unicode else contract.encoding, "replace")
        if first
        else ""
    )
    try:
        names = next(csv.reader([line], delimiter=contract.separator), [])
    except csv.Error:
        return []
    return [_folded(name) for name in names if name.strip()]


def _folded(name: str) -> str:
    """A name without case, accents nor blanks: another way to write it is still that one."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


def _root(head: bytes) -> str:
    found = _ROOT.search(_ASIDE.sub(b"", head))
    return found.group(1).decode("ascii") if found else ""


def _says(head: bytes, envelope: Envelope) -> bool:
    """Whether nothing the file says first is against what its envelope must say."""
    for path, value in envelope.constants.items():
        tag = re.escape(path.rpartition("/")[2].encode())
        found = re.search(rb"<" + tag + rb"\s*>([^<]*)<", head)
        if found and found.group(1).strip() != value.encode():
            return False
    return True
