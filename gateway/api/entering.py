"""Under which flow a file sent by the API enters, by its name alone. Pure.

1. A name is one harmless word: ASCII, no separator, not hidden, not a temporary's nor a companion's.
2. It follows the convention of a flow its sender agreed to, for its département; a flow without a
   convention takes any such name, once no convention claims it.
3. The reception judges it again (`gateway.doors.lookout`): what enters here only fails earlier, and better told.
"""

import re
from collections.abc import Mapping
from typing import Final

from connectors.depot import is_waiting_name
from gateway.delivery import ENVELOPE, TEST
from gateway.settings import FlowLine, Partner
from schemas.registry import Registry

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def is_name(name: str) -> bool:
    """Whether a file may be called so."""
    return bool(_NAME.fullmatch(name)) and ".." not in name and is_waiting_name(name.encode())


def line_of(partner: Partner, registry: Registry, name: str) -> FlowLine | None:
    """The flow by which a file so named enters; None when its sender agreed to none such."""
    bare = ENVELOPE.sub("", name).removeprefix(TEST)
    read = [
        (line, stated)
        for line in partner.flows
        for contract in registry.in_force(line.flow)
        if (stated := contract.parse_name(bare)) is not None
    ]
    agreed = [line for line, stated in read if stated and _is_at_home(line, stated)]
    free = [line for line, stated in read if not stated]
    return next(iter([*agreed, *free]), None)


def _is_at_home(line: FlowLine, stated: Mapping[str, str]) -> bool:
    return stated.get("departement", line.departement) == line.departement
