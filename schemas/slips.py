"""A typing slip in a document of ours must never become a check that silently does not run."""

from collections.abc import Mapping
from typing import Any


class ContractError(Exception):
    """A contract of ours is badly written: we must act, no partner is concerned."""


def known(given: Mapping[str, Any], allowed: set[str]) -> Mapping[str, Any]:
    """Give what was given, or raise `ContractError` at a key that is not of the vocabulary."""
    unknown = set(given) - allowed
    if unknown:
        raise ContractError(f"unknown key in a contract: {', '.join(sorted(unknown))}")
    return given
