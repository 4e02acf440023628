"""Which function does which operation: operationId → function, written by hand, joined to `openapi.json`.

1. `OPEN` are those anybody may ask; `OPERATIONS` those of an authenticated client; the token stands apart.
2. Each file of operations declares its own mapping; here they are joined, no name twice.
3. A function without an operation, or an operation without a function, and the door does not open.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.api.call import OpenOperation, Operation
from gateway.api.catalogue import CATALOGUE
from gateway.api.datapass import DATAPASS
from gateway.api.deliveries import DELIVERIES
from gateway.api.description import Described
from gateway.api.downloads import DOWNLOADS
from gateway.api.habilitations import HABILITATIONS
from gateway.api.hooks import HOOKS
from gateway.api.ledger import LEDGER
from gateway.api.open_desk import OPEN_DESK
from gateway.api.releases import RELEASES
from gateway.api.steps import Route, closed_route, open_route, token_route
from gateway.api.uploads import UPLOADS
from gateway.errors import Misconfigured

TOKEN: Final = "getToken"  # noqa: S105 - the name of an operation
OPEN: Final[Mapping[str, OpenOperation]] = {**OPEN_DESK, **DATAPASS}
OPERATIONS: Final[Mapping[str, Operation]] = {
    **RELEASES,
    **DOWNLOADS,
    **DELIVERIES,
    **UPLOADS,
    **CATALOGUE,
    **HABILITATIONS,
    **LEDGER,
    **HOOKS,
}


def joined(
    described: Mapping[str, Described],
    open_operations: Mapping[str, OpenOperation],
    operations: Mapping[str, Operation],
) -> Iterator[tuple[Described, Route]]:
    """Each operation and what serves it. Raises `Misconfigured` when one has no function, or no operation."""
    wanted = {one.id for one in described.values() if one.scope is not None}
    anybody = described.keys() - wanted - {TOKEN}
    astray = (wanted ^ operations.keys()) | (anybody ^ open_operations.keys())
    if astray:
        raise Misconfigured(f"API : sans fonction, ou sans opération : {', '.join(sorted(astray))}")
    for name, one in described.items():
        if name == TOKEN:
            yield one, token_route(one)
        elif name in operations:
            yield one, closed_route(one, operations[name])
        else:
            yield one, open_route(one, open_operations[name])
