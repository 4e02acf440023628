"""Which function does which operation: operationId → function, written by hand, joined to `openapi.json`.

1. `OPEN` are those anybody may ask; `OPERATIONS` those of an authenticated client.
2. Each file of operations declares its own mapping; here they are joined, no name twice.
"""

from collections.abc import Mapping
from typing import Final

from gateway.api.call import OpenOperation, Operation

OPEN: Final[Mapping[str, OpenOperation]] = {}
OPERATIONS: Final[Mapping[str, Operation]] = {}
