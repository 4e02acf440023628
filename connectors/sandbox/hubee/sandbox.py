"""The sandbox as Python sees it: start it, subscribe an SI, publish to it, look at what happened."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from aiohttp import web

from connectors.sandbox.hubee.access import CNAF, Caller, Gate, Scope
from connectors.sandbox.hubee.cases import Cases
from connectors.sandbox.hubee.catalogue import install
from connectors.sandbox.hubee.clock import Clock, system_clock
from connectors.sandbox.hubee.events import Events
from connectors.sandbox.hubee.faults import Faults
from connectors.sandbox.hubee.folders import (
    CaseDeclared,
    FileDeclared,
    FolderDeclared,
    Folders,
)
from connectors.sandbox.hubee.hub import Hub
from connectors.sandbox.hubee.notifications import Queues
from connectors.sandbox.hubee.purge import purge_case
from connectors.sandbox.hubee.records import (
    Applicant,
    Organisation,
    Status,
)
from connectors.sandbox.hubee.referential import subscribe_at_once
from connectors.sandbox.hubee.rules import Rules
from connectors.sandbox.hubee.sight import Sight, sight
from connectors.sandbox.hubee.store import Store
from connectors.sandbox.hubee.uploads import Upload
from connectors.sandbox.hubee.web import application
from connectors.sandbox.hubee.weighing import weigh

LOOPBACK = "127.0.0.1"
LONGEST_NUMBER = 27  # the case adds "-01", and a case number holds 30 characters
FileToPublish = tuple[str, str, str, bytes]


class HubeeSandbox:
    """A hub on loopback, kept in `state`; the same seed and acts give the same identifiers.

    `catalogue` installs the démarches public collections use, with their lists of types and formats;
    without it a démarche opens at its first subscription, and sets no list. `strict` enforces the moves
    of `rules.py`.
    """

    def __init__(
        self,
        state: Path,
        seed: int,
        *,
        port: int = 0,
        clock: Clock = system_clock,
        token_life: timedelta = timedelta(hours=1),
        most_events: int | None = None,
        full_case_status: int = 400,
        strict: bool = False,
        catalogue: bool = False,
    ) -> None:
        store = Store(state, seed, clock)
        if catalogue:
            install(store)
        rules = Rules(strict, most_events, full_case_status)
        self._port = port
        self._hub = Hub(
            store=store,
            gate=Gate(store, store.clock, token_life),
            folders=Folders(store),
            cases=Cases(store, rules),
            events=Events(store, rules),
            queues=Queues(store),
            faults=Faults(),
        )
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    @property
    def faults(self) -> Faults:
        """Where failures are ordered."""
        return self._hub.faults

    @property
    def publisher(self) -> tuple[str, str]:
        """The credential of the publisher the sandbox plays (scope OSL)."""
        return self._hub.gate.publisher

    @property
    def standing(self) -> dict[str, tuple[str, str]]:
        """The credentials of every publisher (``osl-…``), the portal and DataPass, by name."""
        return self._hub.gate.standing

    async def start(self) -> str:
        """Open the doors on loopback and return the base URL. No access log: paths stay unwritten."""
        runner = web.AppRunner(application(self._hub), access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runner, loop = runner, asyncio.get_running_loop()
        doors = cast("web.Server", runner.server)  # set up, hence there
        self._listening = await loop.create_server(doors, LOOPBACK, self._port)
        self._port = int(self._listening.sockets[0].getsockname()[1])
        return f"http://{LOOPBACK}:{self._port}"

    async def stop(self) -> None:
        """Close the doors; what is kept stays kept. The same port is taken at the next start."""
        if self._listening is not None:
            self._listening.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._listening = self._runner = None

    def cut(self) -> None:
        """Pull the plug: nobody is let in, and every answer under way is broken off."""
        if self._listening is not None:
            self._listening.close()
        if self._runner is None or self._runner.server is None:
            return
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def purge(self, case_id: str) -> None:
        """Do to a case what the daily batch does: its files are gone, their lines say DELETED."""
        purge_case(self._hub.store, self._hub.store.world.cases[case_id])

    def end_tokens(self) -> None:
        """Every token given so far is refused from now on."""
        self._hub.gate.forget()

    def subscribe(self, siret: str, branch: str, process_code: str) -> tuple[str, str]:
        """Return the credential of this organisation for this démarche, created at the first call."""
        held = subscribe_at_once(self._hub.store, Organisation("SI", siret, branch), process_code)
        return held.client_id, held.client_secret

    def publish(
        self,
        process_code: str,
        recipient: tuple[str, str],
        files: Sequence[FileToPublish],
        external_id: str,
    ) -> str:
        """Play the publisher: declare, upload, complete. Once per `external_id`; returns the case.

        `recipient` is (SIRET, branch); a file is (name, type, MIME type, bytes). A publication cut
        in the middle by a crash is given up and done again.
        """
        if len(external_id) > LONGEST_NUMBER:
            raise ValueError(f"a folder number holds {LONGEST_NUMBER} characters at most")
        folders = self._hub.folders
        known = folders.numbered(process_code, external_id)
        if known is not None and known.global_status is not Status.HUBEE_RECEIVED:
            return known.cases[0]
        if known is not None:
            folders.delete(Caller(Scope.OSL, known.osl), known.id)
        return self._publish(process_code, Organisation("SI", *recipient), files, external_id)

    def _publish(
        self, process: str, to: Organisation, files: Sequence[FileToPublish], external_id: str
    ) -> str:
        number, hub = f"{external_id}-01", self._hub
        declared = FolderDeclared(
            process_code=process,
            applicant=Applicant("CNAF", "CNAF"),
            external_id=external_id,
            cases=[CaseDeclared(to, number)],
            attachments=[
                FileDeclared(name, kind, len(body), mime, [number])
                for name, kind, mime, body in files
            ],
        )
        known = hub.store.world.processes.get(process)
        publisher = Caller(Scope.OSL, known.osl if known else CNAF)
        folder = hub.folders.create(publisher, declared)
        for place, (_, _, _, body) in zip(folder.attachments, files, strict=True):
            with Upload(hub.store, place.id) as upload:
                upload.write(body)
                weigh(hub.store, place, upload, None)
        hub.folders.settle_status(publisher, folder.id, Status.HUBEE_COMPLETED, None)
        return folder.cases[0]

    def state(self) -> Sight:
        """Statuses and events of each case, notifications left."""
        return sight(self._hub.store)
