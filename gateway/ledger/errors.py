"""The one thing the ledger raises when what it holds is not what it promised.

The message is French: an auditor or a DPO reads it. It names the first bad entry, or the range of
entries behind a bad node, or the file; never what an entry says.
"""

from gateway.errors import GatewayError


class LedgerBroken(GatewayError):
    """The ledger, its folder or its checkpoint cannot be trusted any more: stop, and look.

    `first` and `last` are the entries concerned, None when no entry can be named.
    """

    def __init__(self, message: str, *, first: int | None = None, last: int | None = None) -> None:
        super().__init__(message)
        self.first, self.last = first, first if last is None else last
