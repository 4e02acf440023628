"""The `Outlet` of one recipient at HubEE: pieces travel as the files of one package.

1. `prepare` declares and uploads, and nobody is told; whatever fails, what it declared is cancelled.
2. What it gives names the package, its delivery, and a digest of the pieces: other pieces are `Denied`.
3. `deliver` looks first: a package already told is already there, however often it is asked.

How what recipients answer is followed: `replies.py`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from secrets import randbelow
from types import TracebackType
from typing import Final, Self

from connectors.contract import Answer, Piece, Receipt
from connectors.depot import check_pieces
from connectors.errors import ConnectorError, Denied, Missing, Unprepared, Unreachable
from connectors.hubee.bounded import CHUNK
from connectors.hubee.hub import Enclosed, FileState, Published, State
from connectors.hubee.prepared import Prepared
from connectors.hubee.replies import heard, note
from connectors.hubee.settings import PublisherSettings
from connectors.hubee.versions import publisher

FREE_DIGITS: Final = 13


class HubeeOutlet:
    """Releases published to one recipient, and what it answers. Close it, or use it in a `with`."""

    def __init__(self, settings: PublisherSettings) -> None:
        self._settings, self._hub = settings, publisher(settings)

    def __repr__(self) -> str:
        return f"HubeeOutlet({self._settings.alias!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The outlet may be used again: it opens new ones."""
        await self._hub.close()

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """See `Outlet`."""
        files = await self._enclosed(pieces)
        number = f"{self._settings.prefix}-{randbelow(10**FREE_DIGITS):0{FREE_DIGITS}}"
        package = await self._hub.create(number, files)
        try:
            for file in files:
                await self._hub.upload(package, file)
            await self._check_stored(package.id, files)
        except BaseException:
            with suppress(ConnectorError):
                await self._hub.cancel(package.id)
            raise
        return str(Prepared(package.id, package.delivery, _digest(files)))

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:
        """See `Outlet`."""
        files, known = await self._enclosed(pieces), Prepared.of(prepared)
        if _digest(files) != known.digest:
            raise Denied(f"{self._settings.alias}: another content was prepared")
        try:
            package = await self._hub.look(known.package)
            owed = package.state is State.DRAFT
            if owed:
                self._check_files(package, files)
                await self._hub.complete(known.package)
        except Missing:
            raise Unprepared(
                f"{self._settings.alias}: HubEE no longer holds what was prepared: prepare again"
            ) from None
        first = files[0]
        return Receipt(f"hubee:{known.package}", first.sha256.hex(), first.size, not owed)

    async def withdraw(self, prepared: str) -> bool:
        """See `Withdrawable`."""
        package = Prepared.of(prepared).package
        try:
            if (await self._hub.look(package)).state is not State.DRAFT:
                return False
            await self._hub.cancel(package)
        except Missing:
            return True
        except Denied:
            if (await self._hub.look(package)).state is State.DRAFT:
                raise
            return False
        return True

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:
        """See `Answered`."""
        return await heard(self._hub, self._settings.alias, expected)

    async def noted(self, answer: Answer) -> None:
        """See `Answered`."""
        await note(self._hub, answer)

    async def _enclosed(self, pieces: Sequence[Piece]) -> list[Enclosed]:
        check_pieces(pieces)
        return [await self._measured(piece) for piece in pieces]

    async def _measured(self, piece: Piece) -> Enclosed:
        kind, mime = self._kind(piece.name)
        size, digest = 0, sha256()
        piece.body.seek(0)
        while chunk := piece.body.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            await asyncio.sleep(0)
        return Enclosed(piece.name, kind, mime, size, digest.digest(), piece.body)

    def _kind(self, name: str) -> tuple[str, str]:
        for end, kind, mime in self._settings.kinds:
            if name.endswith(end):
                return kind, mime
        raise Denied(
            f"{self._settings.alias}: `kinds` gives no type for one of the files to publish"
        )

    async def _check_stored(self, package: str, files: Sequence[Enclosed]) -> None:
        """Wait, a bounded time, until the hub has looked at every file; then all must be ready."""
        for attempt in range(self._settings.attempts):
            seen = await self._hub.look(package)
            if not any(file.state is FileState.PENDING for file in seen.files):
                break
            await asyncio.sleep(self._settings.first_wait * 2**attempt)
        else:
            raise Unreachable(
                f"{self._settings.alias}: HubEE does not say what became of our files"
            )
        self._check_files(seen, files)

    def _check_files(self, package: Published, files: Sequence[Enclosed]) -> None:
        if any(file.state is FileState.INFECTED for file in package.files):
            raise Denied(
                f"{self._settings.alias}: HubEE's antivirus refuses a file of ours; look at it"
            )
        if not all(file.state is FileState.READY for file in package.files):
            raise Denied(f"{self._settings.alias}: HubEE rejected a file as other than declared")
        held = {(file.name, file.size) for file in package.files}
        if held != {(file.name, file.size) for file in files}:
            raise Denied(
                f"{self._settings.alias}: HubEE holds other files than ours in this package"
            )


def _digest(files: Sequence[Enclosed]) -> str:
    """What tells these pieces from others: names are ASCII without a separator."""
    lines = (f"{file.sha256.hex()}  {file.name}\n" for file in files)
    return sha256("".join(lines).encode()).hexdigest()
