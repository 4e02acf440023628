"""The `Source` of one démarche at HubEE.

1. Listing changes nothing: no status, no deletion. An arrival is one RECEIVED attachment of a
   wanted type of a new case; its key is ``caseId/attachmentId``, its name is only a name.
2. The queue has no cursor: the listing asks for more until the batch is not full, so that items
   nobody can treat do not hide the others. A case that cannot be read is parked and logged by id.
3. Statuses are told per case, after a look at the case, one at a time, and never posted blindly.
4. A notification is deleted when every wanted attachment of its case was settled: deleting it
   earlier would lose the others. What was settled is remembered in memory only: after a restart,
   an attachment already held is listed again and must be settled again.
5. `tidy` clears the notifications that carry no file; a deposit of files on an old case is left.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO
from uuid import UUID

from connectors.contract import Arrival, Notice
from connectors.errors import Missing, Unreachable
from connectors.hubee.download import download
from connectors.hubee.echoes import settle_echo
from connectors.hubee.model import Attachment, Case, Notification, Unreadable, moment
from connectors.hubee.reports import Reports, case_of
from connectors.hubee.settings import HubeeSettings
from connectors.hubee.waiting import clear, waiting
from connectors.hubee.wire import NotOurs, Rejected, Wire

log = logging.getLogger(__name__)

RECEIVED = "RECEIVED"
FAILURES_IN_A_ROW = 3
# What concerns one item only, and must not hide the others.
OF_ONE_ITEM = (NotOurs, Rejected, Missing, Unreachable)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class HubeeSource:
    """One active source per credential: two would see, and tell, the same things."""

    def __init__(self, settings: HubeeSettings) -> None:
        self._settings = settings
        self._wire = Wire(settings)
        self._reports = Reports(self._wire, settings)
        self._settled: dict[str, set[str]] = {}
        self._settling = asyncio.Lock()
        self.parked: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"HubeeSource({self._settings.alias!r})"

    async def __aenter__(self) -> "HubeeSource":
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The source may be used again: it opens new ones."""
        await self._wire.close()

    async def arrivals(self) -> Sequence[Arrival]:
        """What is waiting, oldest first."""
        found: list[Arrival] = []
        parked: dict[str, str] = {}
        failures = 0
        for case_id, items in (await self._new_cases()).items():
            try:
                found += self._listed(await case_of(self._wire, case_id), items)
                failures = 0
            except OF_ONE_ITEM as error:
                parked[case_id] = type(error).__name__
                failures += isinstance(error, Unreachable) and not isinstance(error, Unreadable)
                if failures == FAILURES_IN_A_ROW:
                    raise
        self._park(parked)
        return found

    async def _new_cases(self) -> dict[str, list[Notification]]:
        items = await waiting(self._wire, self._settings)
        cases: dict[str, list[Notification]] = {}
        for item in sorted(items, key=_age):
            if item.event_id is None and item.case_id is not None:
                cases.setdefault(str(item.case_id), []).append(item)
        return cases

    def _listed(self, case: Case, items: Sequence[Notification]) -> list[Arrival]:
        for attachment in case.attachments or []:
            if attachment.status != RECEIVED:
                log.warning("%s: attachment %s is not there", self._settings.alias, attachment.id)
        settled = self._settled.get(str(case.id), set())
        waiting_files = [a for a in self._wanted(case) if str(a.id) not in settled]
        return [_arrival(case, attachment, items) for attachment in waiting_files]

    def _wanted(self, case: Case) -> list[Attachment]:
        types = self._settings.attachment_types
        return [a for a in case.attachments or [] if a.status == RECEIVED and a.type in types]

    def _park(self, parked: dict[str, str]) -> None:
        for case_id in parked.keys() - self.parked.keys():
            reason = parked[case_id]
            log.warning("%s: case %s is parked: %s", self._settings.alias, case_id, reason)
        self.parked = parked

    async def fetch(self, arrival: Arrival, into: BinaryIO, *, limit: int) -> None:
        """Copy the bytes, verified."""
        case_id, attachment_id = _uuids(arrival)
        await download(
            self._wire,
            f"/cases/{case_id}/attachments/{attachment_id}",
            into,
            size=arrival.size,
            limit=limit,
            attempts=self._settings.attempts,
        )

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> None:
        """Tell the sender, on the case."""
        await self._reports.tell(arrival.reference["case"], notices)

    async def settle(self, arrival: Arrival) -> None:
        """We hold this attachment; with the last one of its case, the notification is deleted."""
        case_id, attachment_id = _uuids(arrival)
        async with self._settling:
            wanted = await self._still_wanted(case_id)
            settled = self._settled.setdefault(case_id, set())
            settled.add(attachment_id)
            if wanted - settled:
                return
            for notification_id in arrival.reference["notification"].split():
                await clear(self._wire, notification_id)
            self._settled.pop(case_id, None)

    async def _still_wanted(self, case_id: str) -> set[str]:
        try:
            case = await case_of(self._wire, case_id)
        except Missing:
            return set()
        return {str(a.id) for a in self._wanted(case)}

    async def tidy(self) -> int:
        """Clear the notifications that carry no file, and say how many were."""
        cleared = 0
        for item in await waiting(self._wire, self._settings):
            if item.event_id is None or item.case_id is None:
                continue
            try:
                done = await settle_echo(self._wire, item)
            except (NotOurs, Rejected, Missing):
                done = False
            cleared += done
            if not done:
                log.warning("%s: notification %s is left", self._settings.alias, item.id)
        return cleared


def _age(item: Notification) -> tuple[datetime, str]:
    return moment(item.date_time) or _LONG_AGO, str(item.id)


def _uuids(arrival: Arrival) -> tuple[str, str]:
    return str(UUID(arrival.reference["case"])), str(UUID(arrival.reference["attachment"]))


def _arrival(case: Case, attachment: Attachment, items: Sequence[Notification]) -> Arrival:
    created = case.transmission_date_time or case.create_date_time or ""
    return Arrival(
        key=f"{case.id}/{attachment.id}",
        name=attachment.file_name or "",
        size=attachment.size,
        seen_at=moment(items[0].date_time),
        kind=attachment.type or "",
        reference={
            "case": str(case.id),
            "attachment": str(attachment.id),
            "notification": " ".join(str(n.id) for n in items),
            "created": created,
        },
    )
