"""The publisher the sandbox plays: it declares, uploads and completes, deposits and writes.

1. What is uploaded is read from disk piece by piece; a step ends after each, so that a hub may answer
   others while a gigabyte comes in.
2. Once per (démarche, number): a publication cut in the middle by a crash is given up and done again.
3. A file may be meant to fail on the way: left unsent, refused, infected, or purged since.
"""

import asyncio
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from connectors.sandbox.hubee.access import Caller, Scope
from connectors.sandbox.hubee.events import EventDeclared, EventFile
from connectors.sandbox.hubee.folders import CaseDeclared, FileDeclared, FolderDeclared
from connectors.sandbox.hubee.hub import Hub
from connectors.sandbox.hubee.purge import erase
from connectors.sandbox.hubee.records import (
    Action,
    Applicant,
    Attachment,
    Case,
    EventStatus,
    Organisation,
    Status,
)
from connectors.sandbox.hubee.uploads import EICAR, Upload
from connectors.sandbox.hubee.weighing import weigh

LONGEST_NUMBER = 27  # the case adds "-01", and a case number holds 30 characters
CHUNK = 1 << 20
NOT_THE_DIGEST = "refused on purpose"
Done = TypeVar("Done")


class Fate(StrEnum):
    """What becomes of a file on its way."""

    RECEIVED = "received"
    PENDING = "pending"
    REJECTED = "rejected"
    CORRUPTED = "corrupted"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class FileToLoad:
    """One file to publish: its bytes, or where they are."""

    name: str
    type: str
    mime: str
    body: bytes | Path
    fate: Fate = Fate.RECEIVED

    def content(self) -> bytes | Path:
        """Return what is really uploaded: an infected file is the antivirus industry's test file."""
        return EICAR if self.fate is Fate.CORRUPTED else self.body

    @property
    def size(self) -> int:
        """What is declared of it."""
        content = self.content()
        return content.stat().st_size if isinstance(content, Path) else len(content)


def at_once(steps: Generator[None, None, Done]) -> Done:
    """Run every step, and return what they end with."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # typed by the generator


async def step_by_step(steps: Generator[None, None, Done]) -> Done:
    """Run every step, letting others work in between."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # typed by the generator
        await asyncio.sleep(0)


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


@dataclass(frozen=True, slots=True)
class Publishing:
    """The publisher's hands on one hub."""

    hub: Hub

    def folder(
        self,
        process: str,
        recipients: Sequence[Organisation],
        files: Sequence[FileToLoad],
        number: str,
    ) -> Generator[None, None, list[str]]:
        """Publish one folder, one case per recipient; the steps end with the cases."""
        if len(number) > LONGEST_NUMBER:
            raise ValueError(f"a folder number holds {LONGEST_NUMBER} characters at most")
        known = self.hub.folders.numbered(process, number)
        if known is not None and known.global_status is not Status.HUBEE_RECEIVED:
            return list(known.cases)
        publisher, folders = self._publisher(process), self.hub.folders
        if known is not None:
            folders.delete(publisher, known.id)
        folder = folders.create(publisher, _declared(process, recipients, files, number))
        folder_id, places = folder.id, [f.id for f in folder.attachments]

        def place(file_id: str) -> Attachment:
            return folders.attachment(publisher, folder_id, file_id)

        yield from self._upload(places, files, place)
        folders.settle_status(publisher, folder_id, Status.HUBEE_COMPLETED, None)
        self._purge(places, files, place)
        return list(folder.cases)

    def _publisher(self, process: str) -> Caller:
        return Caller(Scope.OSL, self.hub.store.world.processes[process].osl)

    def _upload(
        self, places: Sequence[str], files: Sequence[FileToLoad], place: Callable[[str], Attachment]
    ) -> Generator[None, None, None]:
        """Send each file. Between two steps the world may be read again: `place` finds its records."""
        for file_id, file in zip(places, files, strict=True):
            if file.fate is Fate.PENDING:
                continue
            with Upload(self.hub.store, file_id) as upload:
                for piece in _pieces(file.content()):
                    upload.write(piece)
                    yield
                announced = NOT_THE_DIGEST if file.fate is Fate.REJECTED else None
                weigh(self.hub.store, place(file_id), upload, announced)

    def _purge(
        self, places: Sequence[str], files: Sequence[FileToLoad], place: Callable[[str], Attachment]
    ) -> None:
        gone = [f for f, file in zip(places, files, strict=True) if file.fate is Fate.DELETED]
        erase(self.hub.store, [place(file_id) for file_id in gone])

    def deposit(
        self, case: Case, files: Sequence[FileToLoad], message: str | None, *, reopen: bool
    ) -> Generator[None, None, str]:
        """Send more files on a case, reopening it if asked; the steps end with the event."""
        publisher, again = self._publisher(case.process_code), Status.HUBEE_NOTIFIED.value
        declared = EventDeclared(
            action_type=Action.ATTACH_DEPOSIT,
            notification=True,
            message=message,
            author="CNAF",
            case_new_status=again if reopen else None,
            attachments=[EventFile(f.name, f.type, f.size, f.mime) for f in files],
        )
        event = self.hub.events.post(publisher, case, declared, None)
        event_id, places = event.id, [f.id for f in event.attachments]

        def there() -> Case:
            return self.hub.cases.find(publisher, case.id)

        def place(file_id: str) -> Attachment:
            return self.hub.events.attachment(there(), event_id, file_id)

        yield from self._upload(places, files, place)
        if reopen:
            self.hub.cases.move(publisher, there(), again)
        self.hub.events.settle_status(publisher, there(), event_id, EventStatus.SENT)
        self._purge(places, files, place)
        return event_id

    def write(self, case: Case, message: str, status: str | None) -> str:
        """Write to the recipient of a case; return the event."""
        declared = EventDeclared(
            action_type=Action.SENDING_MESSAGE,
            notification=True,
            message=message,
            author="CNAF",
            case_new_status=status,
        )
        publisher = self._publisher(case.process_code)
        return self.hub.events.post(publisher, case, declared, None).id


def _declared(
    process: str, recipients: Sequence[Organisation], files: Sequence[FileToLoad], number: str
) -> FolderDeclared:
    numbers = [f"{number}-{rank:02}" for rank in range(1, len(recipients) + 1)]
    return FolderDeclared(
        process_code=process,
        applicant=Applicant("CNAF", "CNAF"),
        external_id=number,
        cases=[CaseDeclared(*pair) for pair in zip(recipients, numbers, strict=True)],
        attachments=[FileDeclared(f.name, f.type, f.size, f.mime, numbers) for f in files],
    )
