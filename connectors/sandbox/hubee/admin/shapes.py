"""The bodies the sandbox's own door accepts. Unknown fields are refused: a typo must not be silence."""

from typing import Annotated

from msgspec import Meta, Struct, field

from connectors.sandbox.hubee.faults import Fault
from connectors.sandbox.hubee.publishing import LONGEST_NUMBER, Fate

Siret = Annotated[str, Meta(pattern=r"^[0-9]{14}$")]
Branch = Annotated[str, Meta(min_length=1, max_length=10)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class Body(Struct, forbid_unknown_fields=True):
    """What every body is."""


class Recipient(Body):
    """An SI."""

    siret: Siret
    branch: Branch


class FileAsked(Body):
    """One file: its bytes are in `content` (base64) or in the next part of the form."""

    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    type: Annotated[str, Meta(max_length=100)] | None = None
    mime: Annotated[str, Meta(max_length=255)] | None = None
    content: bytes | None = None
    fate: Fate = Fate.RECEIVED


class LoadAsked(Body):
    """`POST /_sandbox/load`."""

    demarche: Annotated[str, Meta(min_length=1, max_length=30)]
    number: Annotated[str, Meta(min_length=1, max_length=LONGEST_NUMBER)] | None = None
    recipients: list[Recipient] = field(default_factory=list)
    files: list[FileAsked] = field(default_factory=list)
    copies: Annotated[int, Meta(ge=1, le=10_000)] = 1


class DepositAsked(Body):
    """`POST /_sandbox/cases/{caseId}/deposit`."""

    files: list[FileAsked] = field(default_factory=list)
    message: Annotated[str, Meta(max_length=1000)] | None = None
    reopen: bool = True


class MessageAsked(Body):
    """`POST /_sandbox/cases/{caseId}/message`."""

    message: Annotated[str, Meta(max_length=1000)]
    status: str | None = None


class SubscriptionAsked(Body):
    """`POST /_sandbox/subscriptions`."""

    demarche: Annotated[str, Meta(min_length=1, max_length=30)]
    siret: Siret | None = None
    branch: Branch | None = None


class FaultAsked(Body):
    """`POST /_sandbox/faults`: the terms are those of `Terms`."""

    fault: Fault
    route: str = "*"
    times: Count | None = None
    skip: Count = 0
    case: str | None = None
    attachment: str | None = None
    process: str | None = None
    delay: Annotated[float, Meta(ge=0, le=3600)] | None = None
    size: Count | None = None
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    retry_after: Count = 1
    count: Annotated[int, Meta(ge=1, le=1000)] | None = None


class ClockAsked(Body):
    """`POST /_sandbox/clock`: added together."""

    days: float = 0
    hours: float = 0
    seconds: float = 0


class PurgeAsked(Body):
    """`POST /_sandbox/purge`: one case, or the daily batch."""

    case: str | None = None
