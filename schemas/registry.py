"""The contracts we hold, written by hand: adding a flow is adding a JSON file and a line here."""

from functools import cache
from importlib import resources

from schemas.contract import Contract
from schemas.table_schema import parse_contract

# Newest version of a flow last.
CONTRACTS: tuple[tuple[str, str], ...] = (
    ("cnaf-contacts", "1.0.0"),
    ("pe-parcours", "1.0.0"),
    ("cd-parcours", "1.0.0"),
)


class UnknownContract(LookupError):
    """No contract of that name or version is held here."""


def contract(flow: str, version: str | None = None) -> Contract:
    """Give the contract of a flow, its newest version unless told."""
    return _load(flow, _known_version(flow, version))


def contracts() -> tuple[Contract, ...]:
    """Give every contract held, in the order of the list."""
    return tuple(_load(flow, version) for flow, version in CONTRACTS)


def published(flow: str, version: str | None = None) -> str:
    """Give the Table Schema itself, as it is published."""
    return _text(flow, _known_version(flow, version))


def _known_version(flow: str, version: str | None) -> str:
    held = [number for name, number in CONTRACTS if name == flow]
    if not held or (version is not None and version not in held):
        raise UnknownContract(f"no contract {flow} {version or ''}".rstrip())
    return version or held[-1]


@cache
def _load(flow: str, version: str) -> Contract:
    return parse_contract(_text(flow, version))


def _text(flow: str, version: str) -> str:
    place = resources.files("schemas") / "contracts" / flow / f"{version}.json"
    return place.read_text(encoding="utf-8")
