"""What each approval allows, done with the answer: matter → deed, written by hand."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from gateway.store.approvals import Approval, Matter
from gateway.store.discharge import discharge
from gateway.store.partner_keys import come_into_force
from gateway.store.rule_versions import adopt


def _nothing_more(connection: Connection, given: Approval) -> None:
    """The approval itself is what will be looked for."""
    del connection, given


DEEDS: Final[Mapping[Matter, Callable[[Connection, Approval], None]]] = {
    Matter.KEY: come_into_force,
    Matter.HOST_KEY: come_into_force,
    Matter.LEGACY: _nothing_more,
    Matter.QUARANTINE: discharge,
    Matter.RULES: adopt,
}
