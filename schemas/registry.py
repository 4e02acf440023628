"""The contracts we hold: `contracts/<flow>/<version>/schema.json`. Adding a flow is adding a folder.

An old version stays: a file sent under it is read by it. Beside its versions a flow has a `CHANGELOG.md`.
The functions below ask our own registry; `held_in` opens another folder laid out in the same way.
"""

import re
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable

from schemas.contract import Contract
from schemas.table_schema import parse_contract

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class UnknownContract(LookupError):
    """No contract of that name or version is held here."""


class Registry:
    """The contracts of one folder, each read once."""

    def __init__(self, home: Traversable) -> None:
        self._home = home
        self._read: dict[tuple[str, str], Contract] = {}

    @cached_property
    def held(self) -> Mapping[str, tuple[str, ...]]:
        """The versions held of each flow, newest last; flows by name."""
        folders = [each for each in self._home.iterdir() if each.is_dir()]
        found = {folder.name: _versions(folder) for folder in folders}
        return {flow: found[flow] for flow in sorted(found) if found[flow]}

    def contract(self, flow: str, version: str | None = None) -> Contract:
        """Give the contract of a flow, its newest version unless told. Raises `UnknownContract`."""
        asked = self._known(flow, version)
        if asked not in self._read:
            self._read[asked] = parse_contract(self.published(*asked))
        return self._read[asked]

    def in_force(self, flow: str) -> tuple[Contract, ...]:
        """Give the newest version of each major one, the newest first: what a sender may follow."""
        majors = {version.split(".")[0]: version for version in self._versions_of(flow)}
        return tuple(self.contract(flow, version) for version in reversed(majors.values()))

    def named(self, flow: str, name: str) -> Contract:
        """Give the contract in force whose convention a file's name follows, else the newest."""
        candidates = self.in_force(flow)
        followed = (each for each in candidates if each.parse_name(name) is not None)
        return next(followed, candidates[0])

    def published(self, flow: str, version: str | None = None) -> str:
        """Give the Table Schema itself, as it is published. Raises `UnknownContract`."""
        return (self._home.joinpath(*self._known(flow, version), "schema.json")).read_text("utf-8")

    def changelog(self, flow: str) -> str:
        """Give what each version changed, in French. Raises `UnknownContract`."""
        place = self._home / self._known(flow, None)[0] / "CHANGELOG.md"
        if not place.is_file():
            raise UnknownContract(f"no changelog of {flow}")
        return place.read_text("utf-8")

    def _known(self, flow: str, version: str | None) -> tuple[str, str]:
        versions = self._versions_of(flow)
        if version is not None and version not in versions:
            raise UnknownContract(f"no contract {flow} {version}")
        return flow, version or versions[-1]

    def _versions_of(self, flow: str) -> tuple[str, ...]:
        if flow not in self.held:
            raise UnknownContract(f"no contract {flow}")
        return self.held[flow]


def held_in(folder: Traversable) -> Registry:
    """Open a folder of contracts laid out like ours."""
    return Registry(folder)


@cache
def ours() -> Registry:
    """The contracts of this program."""
    return held_in(resources.files("schemas") / "contracts")


def held() -> Mapping[str, tuple[str, ...]]:
    """Give the versions held of each flow, newest last; flows by name."""
    return ours().held


def contract(flow: str, version: str | None = None) -> Contract:
    """Give the contract of a flow, its newest version unless told. Raises `UnknownContract`."""
    return ours().contract(flow, version)


def contracts() -> tuple[Contract, ...]:
    """Give every contract held, flows by name, versions from the oldest."""
    return tuple(
        contract(flow, version) for flow, versions in held().items() for version in versions
    )


def published(flow: str, version: str | None = None) -> str:
    """Give the Table Schema itself, as it is published. Raises `UnknownContract`."""
    return ours().published(flow, version)


def _versions(folder: Traversable) -> tuple[str, ...]:
    names = (each.name for each in folder.iterdir() if _VERSION.fullmatch(each.name))
    return tuple(sorted(names, key=lambda name: [int(part) for part in name.split(".")]))
