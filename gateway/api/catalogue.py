"""The contracts of the flows, as they are published: Table Schema, with their versions."""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web

from gateway.api.answers import listed, tagged
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.problems import unknown
from schemas.registry import UnknownContract

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
        text = call.counter.registry.published(flow, version)
    except UnknownContract:
        raise unknown() from None
    call.trace.subject = flow
    return tagged(
        request, text.encode(), JSON, headers={hdrs.CACHE_CONTROL: "private, max-age=300"}
    )


CATALOGUE: Final[Mapping[str, Operation]] = {
    "listSchemas": list_schemas,
    "getSchema": get_schema,
}
