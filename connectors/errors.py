"""What can go wrong while bytes travel: a few answers, each saying who can mend it.

A message carries a host alias, a count or a reason; never a secret, never a remote file name.
"""

from connectors.contract import Withholding


class ConnectorError(Exception):
    """Root of everything a connector may raise on purpose."""


class Unreachable(ConnectorError):
    """The place did not answer, or not well: try later."""


class Lost(Unreachable):
    """The connection was cut, or nothing came in time: what was under way may be resumed."""


class Denied(ConnectorError):
    """The place answered no: someone must repair the access. Retrying locks accounts."""


class HostKeyChanged(Denied):
    """A server that is not the pinned one, whoever it is: nothing was said to it.

    `fingerprint`: SHA-256 of the key it offered, as OpenSSH prints it; to be compared by another way.
    """

    def __init__(self, message: str, fingerprint: str) -> None:
        super().__init__(message)
        self.fingerprint = fingerprint


class Unprepared(Denied):
    """What was prepared at an outlet stands there no more: prepare again."""


class Missing(ConnectorError):
    """What was listed is gone, purged, or was never there."""


class Withheld(ConnectorError):
    """The place keeps the bytes for ever: the sender must send again. `why`: purged, unless it says."""

    def __init__(self, message: str, why: Withholding = Withholding.PURGED) -> None:
        super().__init__(message)
        self.why = why


class TooLarge(ConnectorError):
    """More bytes than the limit; raised as soon as the limit is passed."""


class Corrupt(ConnectorError):
    """The bytes that arrived are not those announced (size or digest), after a second try."""
