"""What a house opens towards its partners: the posts it looks at, the outlets it delivers to."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from sqlalchemy import Engine

from connectors.contract import Outlet
from connectors.hubee import HubeeOutlet
from connectors.rdv_insertion import CallLimit, RdvInsertion
from connectors.sftp import SftpOutlet
from gateway.agreements import Agreed, agreed
from gateway.doors.lookout import Entrance, Post
from gateway.places import Door, can_receive, open_outlet, open_sources, rdv_insertion_of
from gateway.pushing import Opening, PushOutlet
from gateway.settings import FlowLine, Partner, Settings
from schemas.registry import Registry, ours


async def open_posts(stack: AsyncExitStack, settings: Settings, engine: Engine) -> tuple[Post, ...]:
    """The posts of each partner that sends; their connections are closed with the house."""
    return tuple(
        [
            _post(partner, door)
            for partner in settings.partners
            if partner.flows
            for door in await stack.enter_async_context(
                open_sources(settings, partner, _agreed(engine, partner))
            )
        ]
    )


def open_outlets(
    stack: AsyncExitStack,
    settings: Settings,
    engine: Engine,
    opening: Callable[[str], Opening],
) -> Mapping[str, Outlet]:
    """Where each partner may receive, should a habilitation name it; closed with the house.

    `opening`: what opens an extract that was sealed for ourselves, of the partner of that alias.
    """
    limit = CallLimit()  # one address, one limit, however many organisations
    named = {
        wanted.departement: {header.name: header.column for header in wanted.headers}
        for wanted in settings.main.users_lists
    }
    receiving: dict[str, Outlet] = {}
    for partner in filter(can_receive, settings.partners):
        known = rdv_insertion_of(settings, partner)
        if known is None:
            receiving[partner.alias] = open_outlet(settings, partner, _agreed(engine, partner))
        else:
            pusher = RdvInsertion(known, limit)
            outlet = PushOutlet(partner.alias, engine, pusher, opening(partner.alias), named)
            receiving[partner.alias] = outlet
    for one in receiving.values():
        if isinstance(one, HubeeOutlet | SftpOutlet | PushOutlet):
            stack.push_async_callback(one.close)
    return receiving


def _agreed(engine: Engine, partner: Partner) -> Agreed:
    with engine.begin() as connection:
        return agreed(connection, partner)


def _post(partner: Partner, door: Door) -> Post:
    flows = set(door.kinds.values())
    lines = [line for line in partner.flows if not flows or line.flow in flows]
    return Post(
        partner.alias,
        door.source,
        tuple(entrance for line in lines for entrance in entrances(line, ours())),
        alias=door.alias,
        kinds=door.kinds,
        account=door.account,
        poll_minutes=door.poll_minutes,
    )


def entrances(line: FlowLine, registry: Registry) -> tuple[Entrance, ...]:
    """One for each version in force: the name of a file says which it follows, the newest if it says none."""
    return tuple(
        Entrance(line.flow, line.departement, contract) for contract in registry.in_force(line.flow)
    )
