"""Telling the sender: look at the case, post what is owed, and look again when in doubt.

A POST that fails may have been done: the case is read again before anything is posted again. After
a timeout the hub may still be at work: nothing more is posted in this call.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from connectors.contract import Notice
from connectors.errors import Denied, Missing, Unreachable
from connectors.hubee.model import Case, read
from connectors.hubee.settings import Generation, HubeeSettings
from connectors.hubee.statuses import owed
from connectors.hubee.wire import TimedOut, Wire


async def case_of(wire: Wire, case_id: str) -> Case:
    """The case as it stands now."""
    return read(await wire.get(f"/cases/{UUID(case_id)}"), Case)


class Reports:
    """Posts statuses one at a time: two at once could each find the case untold."""

    def __init__(self, wire: Wire, settings: HubeeSettings) -> None:
        self._wire, self._settings = wire, settings
        self._by_patch = settings.status_generation is Generation.PATCH_AND_EVENT
        self._one_at_a_time = asyncio.Lock()

    async def tell(self, case_id: str, notices: Sequence[Notice]) -> None:
        """Post what these notices say and the case does not say yet."""
        async with self._one_at_a_time:
            try:
                await self._tell(case_id, notices)
            except Missing:
                raise Denied(f"{self._settings.alias}: the case to answer is gone") from None

    async def _tell(self, case_id: str, notices: Sequence[Notice]) -> None:
        for attempt in range(self._settings.attempts):
            try:
                await self._post_owed(case_id, notices)
            except TimedOut:
                raise
            except Unreachable:
                await self._wire.pause(attempt)
            else:
                return
        if list(owed(await case_of(self._wire, case_id), notices, by_patch=self._by_patch)):
            raise Unreachable(f"{self._settings.alias}: HubEE does not take our status")

    async def _post_owed(self, case_id: str, notices: Sequence[Notice]) -> None:
        case = await case_of(self._wire, case_id)
        current = case.status
        for status, message in owed(case, notices, by_patch=self._by_patch):
            await self._post(case_id, current, status, message)
            current = status

    async def _post(self, case_id: str, current: str | None, status: str, message: str) -> None:
        event: dict[str, object] = {
            "actionType": "STATUS_UPDATE",
            "author": self._settings.author,
            "notification": True,
            "caseNewStatus": status,
            "message": message,
        }
        if self._by_patch:
            await self._wire.patch(f"/cases/{UUID(case_id)}", {"status": status})
            event["caseCurrentStatus"] = current
        await self._wire.post_once(f"/cases/{UUID(case_id)}/events", event)
