"""What each approval allows, done with the answer: matter → deed, written by hand."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from gateway.store.api_client_resumes import is_resume as is_client_resume
from gateway.store.api_client_resumes import resume as resume_client
from gateway.store.api_clients import adopt as adopt_client
from gateway.store.approvals import Approval, Matter
from gateway.store.discharge import discharge
from gateway.store.epochs import rotate
from gateway.store.erasures import order_erasure
from gateway.store.habilitation_answers import come_into_force as approve_demand
from gateway.store.habilitation_resumes import is_resume, resume
from gateway.store.links import come_together
from gateway.store.partner_keys import come_into_force
from gateway.store.rule_versions import adopt


def _open_habilitation(connection: Connection, given: Approval) -> None:
    """A new version of it, or the one that was suspended."""
    if is_resume(given):
        resume(connection, given)
    else:
        approve_demand(connection, given)


def _open_client(connection: Connection, given: Approval) -> None:
    """Another revision of it, or the one that was suspended."""
    if is_client_resume(given):
        resume_client(connection, given)
    else:
        adopt_client(connection, given)


def _nothing_more(connection: Connection, given: Approval) -> None:
    """The approval itself is what will be looked for."""
    del connection, given


DEEDS: Final[Mapping[Matter, Callable[[Connection, Approval], None]]] = {
    Matter.KEY: come_into_force,
    Matter.HOST_KEY: come_into_force,
    Matter.LEGACY: _nothing_more,
    Matter.QUARANTINE: discharge,
    Matter.ERASURE: order_erasure,
    Matter.LINK: come_together,
    Matter.RULES: adopt,
    Matter.EPOCH: rotate,
    Matter.BRIDGE: _nothing_more,
    Matter.REIDENTIFICATION: _nothing_more,
    Matter.HABILITATION: _open_habilitation,
    Matter.CLIENT: _open_client,
}
