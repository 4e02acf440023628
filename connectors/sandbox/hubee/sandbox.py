"""The sandbox as Python sees it: start it, subscribe an SI, publish to it, look at what happened."""

import asyncio
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from aiohttp import web

from connectors.sandbox.hubee.access import Caller, Gate
from connectors.sandbox.hubee.answers import Problem, missing
from connectors.sandbox.hubee.cases import Cases
from connectors.sandbox.hubee.catalogue import install
from connectors.sandbox.hubee.clock import Clock, system_clock
from connectors.sandbox.hubee.events import Events
from connectors.sandbox.hubee.faults import Backstage, Faults
from connectors.sandbox.hubee.folders import Folders
from connectors.sandbox.hubee.hub import Hub
from connectors.sandbox.hubee.journal import Journal
from connectors.sandbox.hubee.notifications import Queues
from connectors.sandbox.hubee.publishing import (
    FileToLoad,
    Publishing,
    at_once,
    step_by_step,
)
from connectors.sandbox.hubee.purge import batch, purge_case
from connectors.sandbox.hubee.records import Case, Organisation
from connectors.sandbox.hubee.referential import subscribe_at_once
from connectors.sandbox.hubee.rules import Rules
from connectors.sandbox.hubee.sight import CredentialSeen, Sight, credentials, sight
from connectors.sandbox.hubee.store import Store
from connectors.sandbox.hubee.web import application

LOOPBACK = "127.0.0.1"
IDLE_FOR = 60  # seconds an idle connection is kept; some clients leave only when it is closed
FileToPublish = tuple[str, str, str, bytes | Path]


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
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder, store = state, Store(state, seed, clock)
        if catalogue:
            install(store)
        rules = Rules(strict, most_events, full_case_status)
        self._port, self._publication = port, asyncio.Lock()
        self._hub = Hub(
            store=store,
            gate=Gate(store, store.clock, token_life),
            folders=Folders(store),
            cases=Cases(store, rules),
            events=Events(store, rules),
            queues=Queues(store),
            faults=Faults(Backstage(self.end_tokens, store.blob, self._caller, self._process)),
            journal=Journal(store.now),
        )
        self._publisher = Publishing(self._hub)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    @property
    def faults(self) -> Faults:
        """Where failures are ordered."""
        return self._hub.faults

    @property
    def journal(self) -> Journal:
        """The requests received."""
        return self._hub.journal

    @property
    def publisher(self) -> tuple[str, str]:
        """The credential of the publisher the sandbox plays (scope OSL)."""
        return self._hub.gate.publisher

    @property
    def standing(self) -> dict[str, tuple[str, str]]:
        """The credentials of every publisher (``osl-…``), the portal and DataPass, by name."""
        return self._hub.gate.standing

    def credentials(self) -> list[CredentialSeen]:
        """Every credential there is: publishers, portal, DataPass, and one per subscription."""
        return credentials(self._hub.store, self._hub.gate)

    async def start(self, beside: Sequence[tuple[str, web.Application]] = ()) -> str:
        """Open the doors on loopback and return the base URL. No access log: paths stay unwritten.

        `beside`: other applications served on the same port, each under its prefix.
        """
        app = application(self._hub)
        for prefix, other in beside:
            app.add_subapp(prefix, other)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, keepalive_timeout=IDLE_FOR)
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

    def now(self) -> datetime:
        """Return the hub's time."""
        return self._hub.store.clock()

    def advance(self, by: timedelta) -> datetime:
        """Push the hub's time ahead for good, and return it."""
        self._hub.store.advance(by)
        return self.now()

    def purge(self, case_id: str) -> None:
        """Do to a case what the daily batch does: its files are gone, their lines say DELETED."""
        purge_case(self._hub.store, self._case(case_id))

    def sweep(self) -> list[str]:
        """Play the daily batch; return the cases whose files it erased."""
        before = self.state().cases
        batch(self._hub.store)
        after = self.state().cases
        return [c for c in before if c not in after or before[c].files != after[c].files]

    def reset(self) -> None:
        """Empty the world: folders, cases, queues, files, failures, requests. Credentials stay."""
        store = self._hub.store
        files = [f for folder in store.world.folders.values() for f in folder.attachments]
        for case in store.world.cases.values():
            files += [f for event in case.events for f in event.attachments]
        with store.change() as world:
            for key in list(world.notifications):
                del world.notifications[key]
            for key in list(world.cases):
                del world.cases[key]
            for key in list(world.folders):
                del world.folders[key]
        for gone in files:
            store.blob(gone.id).unlink(missing_ok=True)
        self.faults.clear()
        self.journal.clear()

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

        `recipient` is (SIRET, branch); a file is (name, type, MIME type, its bytes or where they
        are). A publication cut in the middle by a crash is given up and done again.
        """
        to, loaded = Organisation("SI", *recipient), [FileToLoad(*file) for file in files]
        return at_once(self._publisher.folder(process_code, [to], loaded, external_id))[0]

    async def load(
        self,
        process_code: str,
        recipients: Sequence[tuple[str, str]],
        files: Sequence[FileToLoad],
        external_id: str,
    ) -> list[str]:
        """Publish to several recipients while the hub goes on answering; return the cases."""
        to = [Organisation("SI", *recipient) for recipient in recipients]
        async with self._publication:
            return await step_by_step(self._publisher.folder(process_code, to, files, external_id))

    async def deposit(
        self,
        case_id: str,
        files: Sequence[FileToLoad],
        message: str | None = None,
        *,
        reopen: bool = False,
    ) -> str:
        """Send more files on a case, as a publisher that reopens it does; return the event."""
        steps = self._publisher.deposit(self._case(case_id), files, message, reopen=reopen)
        async with self._publication:
            return await step_by_step(steps)

    def write(self, case_id: str, message: str, status: str | None = None) -> str:
        """Write to the recipient of a case, as the publisher; return the event."""
        return self._publisher.write(self._case(case_id), message, status)

    def state(self) -> Sight:
        """Statuses and events of each case, notifications left."""
        return sight(self._hub.store)

    def _case(self, case_id: str) -> Case:
        case = self._hub.store.world.cases.get(case_id)
        if case is None:
            raise missing("Case")
        return case

    def _process(self, case_id: str) -> str | None:
        case = self._hub.store.world.cases.get(case_id)
        return case.process_code if case else None

    def _caller(self, request: web.Request) -> Caller | None:
        """Who is asking, as far as a failure needs to know: a bad token is nobody."""
        kind, _, rest = request.headers.get("Authorization", "").partition(" ")
        try:
            if kind.lower() == "basic":
                return self._hub.gate.knock(*b64decode(rest).decode().split(":", 1))
            return self._hub.gate.caller(f"{kind} {rest}")
        except (Problem, Error, UnicodeDecodeError, TypeError):
            return None
