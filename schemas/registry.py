"""The contracts we hold: `contracts/<flow>/<version>/schema.json`. Adding a flow is adding a folder.

An old version stays: a file sent under it is read by it.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from schemas.contract import Contract
from schemas.table_schema import parse_contract

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class UnknownContract(LookupError):
    """No contract of that name or version is held here."""


@cache
def held() -> Mapping[str, tuple[str, ...]]:
    """Give the versions held of each flow, newest last; flows by name."""
    folders = [each for each in _home().iterdir() if each.is_dir()]
    found = {folder.name: _versions(folder) for folder in folders}
    return {flow: found[flow] for flow in sorted(found) if found[flow]}


def contract(flow: str, version: str | None = None) -> Contract:
    """Give the contract of a flow, its newest version unless told."""
    return _load(flow, _known_version(flow, version))


def contracts() -> tuple[Contract, ...]:
    """Give every contract held, flows by name, versions from the oldest."""
    return tuple(_load(flow, version) for flow, versions in held().items() for version in versions)


def published(flow: str, version: str | None = None) -> str:
    """Give the Table Schema itself, as it is published."""
    return _text(flow, _known_version(flow, version))


def _known_version(flow: str, version: str | None) -> str:
    versions = held().get(flow, ())
    if not versions or (version is not None and version not in versions):
        raise UnknownContract(f"no contract {flow} {version or ''}".rstrip())
    return version or versions[-1]


def _versions(folder: Traversable) -> tuple[str, ...]:
    names = (each.name for each in folder.iterdir() if _VERSION.fullmatch(each.name))
    return tuple(sorted(names, key=lambda name: [int(part) for part in name.split(".")]))


def _home() -> Traversable:
    return resources.files("schemas") / "contracts"


@cache
def _load(flow: str, version: str) -> Contract:
    return parse_contract(_text(flow, version))


def _text(flow: str, version: str) -> str:
    return (_home() / flow / version / "schema.json").read_text(encoding="utf-8")
