"""What a test or an operator sees of the hub: statuses, events, what is still queued."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.sandbox.hubee.access import STANDING, Caller, Gate, Scope
from connectors.sandbox.hubee.records import Case, Event, FileStatus, Organisation
from connectors.sandbox.hubee.store import Store


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One line of a case's history."""

    id: str
    transmitter: Organisation
    action: str
    status: str
    new_status: str | None
    message: str | None
    author: str | None
    partner_info: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """One case: where it stands, what was said on it, the state of its files."""

    id: str
    external_id: str
    process_code: str
    recipient: Organisation
    status: str
    events: tuple[EventSeen, ...]
    files: Mapping[str, FileStatus]


@dataclass(frozen=True, slots=True)
class Sight:
    """The whole hub. `waiting` counts the queued items per (recipient, case)."""

    cases: Mapping[str, CaseSeen]
    waiting: Mapping[tuple[Organisation, str], int]

    def waiting_for_recipients(self) -> int:
        """Items the SIs have not deleted."""
        return sum(n for (who, _), n in self.waiting.items() if who.type == "SI")


@dataclass(frozen=True, slots=True)
class CredentialSeen:
    """What one client copies from the portal, and who it is then."""

    name: str
    client_id: str
    client_secret: str
    caller: Caller


def credentials(store: Store, gate: Gate) -> list[CredentialSeen]:
    """List every credential: those that stand, then one per subscription."""
    standing = [
        CredentialSeen(name, *pair, Caller(*STANDING[name])) for name, pair in gate.standing.items()
    ]
    return standing + [
        CredentialSeen(
            s.process_code,
            s.client_id,
            s.client_secret,
            Caller(Scope.SI, s.subscriber, s.process_code),
        )
        for s in store.world.subscriptions.values()
    ]


def _event(event: Event) -> EventSeen:
    return EventSeen(
        id=event.id,
        transmitter=event.transmitter,
        action=event.action_type,
        status=event.status,
        new_status=event.case_new_status,
        message=event.message,
        author=event.author,
        partner_info=dict(event.partner_info or {}),
    )


def _case(store: Store, case: Case) -> CaseSeen:
    declared = store.world.folders[case.folder].attachments
    return CaseSeen(
        id=case.id,
        external_id=case.external_id,
        process_code=case.process_code,
        recipient=case.recipient,
        status=case.status,
        events=tuple(_event(e) for e in case.events),
        files={f.id: f.status for f in declared if case.external_id in f.recipients},
    )


def sight(store: Store) -> Sight:
    """Look at the hub now."""
    waiting: dict[tuple[Organisation, str], int] = {}
    for item in store.world.notifications.values():
        key = (item.recipient, item.case_id)
        waiting[key] = waiting.get(key, 0) + 1
    return Sight({c.id: _case(store, c) for c in store.world.cases.values()}, waiting)
