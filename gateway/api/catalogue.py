"""The contracts of the flows, as they are published: Table Schema, with their versions."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from aiohttp import web

from gateway.api.answers import Tagged, given, listed, tagged
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.problems import unknown
from schemas.registry import Registry, UnknownContract

JSON: Final = "application/json"


async def list_schemas(call: Call) -> web.StreamResponse:
    """Every flow, with the versions held, the newest last."""
    page, registry = page_of(call), call.counter.registry
    after = str(page.after[0]) if page.after else ""
    flows = [flow for flow in registry.held if flow > after][: page.limit + 1]
    return listed(
        flows,
        page,
        shown=lambda flow: {
            "flux": flow,
            "titre": registry.contract(flow).title,
            "versions": list(registry.held[flow]),
        },
        key=lambda flow: flow,
    )


async def get_schema(call: Call) -> web.StreamResponse:
    """One contract, the newest unless a version is asked for. Raises `Problem`."""
    request = call.request
    flow, version = request.match_info["flow"], request.query.get("version")
    try:
        found = _published(call.counter.registry, flow, version)
    except UnknownContract:
        raise unknown() from None
    call.trace.subject = flow
    return given(request, found)


@lru_cache(maxsize=256)
def _published(registry: Registry, flow: str, version: str | None) -> Tagged:
    """What never changes while we run is read once."""
    return tagged(registry.published(flow, version).encode(), JSON)


CATALOGUE: Final[Mapping[str, Operation]] = {
    "listSchemas": list_schemas,
    "getSchema": get_schema,
}
