"""What the hub may be asked to be stricter about, and the table of moves it is then strict with.

In production only one thing is checked of a status: that it is on the list. `strict` enforces the
union of what the contract, the functional specification and the workflow sheet allow, and by whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.answers import Problem, bad, forbidden
from connectors.sandbox.hubee.records import Status

_S = Status
_ALL = frozenset(Status)
_SI, _OSL = frozenset({Scope.SI}), frozenset({Scope.OSL})


@dataclass(frozen=True, slots=True)
class Move:
    """Where a case may come from, and which side may bring it. The portal may whatever a side may."""

    since: frozenset[Status]
    by: frozenset[Scope] = _SI


# ADD_AWAITING to HUBEE_COMPLETED is the publisher's answer to it; HUBEE_NOTIFIED reopens even CLOSED.
MOVES: Mapping[Status, Move] = MappingProxyType(
    {
        _S.HUBEE_COMPLETED: Move(frozenset({_S.HUBEE_RECEIVED, _S.ADD_AWAITING}), _OSL),
        _S.HUBEE_NOTIFIED: Move(_ALL, _OSL),
        _S.SENT: Move(frozenset({_S.HUBEE_NOTIFIED})),
        _S.SI_RECEIVED: Move(frozenset({_S.HUBEE_NOTIFIED, _S.SENT})),
        _S.IN_PROGRESS: Move(frozenset({_S.HUBEE_NOTIFIED, _S.SENT, _S.SI_RECEIVED})),
        _S.ADD_AWAITING: Move(frozenset({_S.IN_PROGRESS})),
        _S.SI_INTG_ERROR: Move(
            frozenset({_S.HUBEE_NOTIFIED, _S.SENT, _S.SI_RECEIVED, _S.IN_PROGRESS})
            | {_S.ADD_AWAITING, _S.DONE}
        ),
        _S.REFUSED: Move(frozenset({_S.SI_RECEIVED, _S.IN_PROGRESS, _S.ADD_AWAITING})),
        _S.DONE: Move(frozenset({_S.SENT, _S.SI_RECEIVED, _S.IN_PROGRESS, _S.ADD_AWAITING})),
        _S.CLOSED: Move(
            frozenset({_S.SI_RECEIVED, _S.IN_PROGRESS, _S.ADD_AWAITING, _S.DONE, _S.REFUSED}), _OSL
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The options of one hub.

    `most_events` is the number of events a case may hold: upstream has one, and publishes neither it
    nor the shape of its refusal, 400 or 403.
    """

    strict: bool = False
    most_events: int | None = None
    full_case_status: int = 400

    def check_move(self, scope: Scope, since: Status, to: Status) -> None:
        """Raise unless the case may go there. Staying is no move: an event may follow a PATCH."""
        if not self.strict or since is to:
            return
        move = MOVES.get(to)
        if move is None or since not in move.since:
            raise bad("Bad request")
        if scope is not Scope.ADMIN and scope not in move.by:
            raise bad("Bad request")

    def check_room(self, events: int) -> None:
        """Raise when the case is full."""
        if self.most_events is not None and events >= self.most_events:
            raise self._full()

    def _full(self) -> Problem:
        return forbidden() if self.full_case_status == 403 else bad("Bad request")  # noqa: PLR2004
