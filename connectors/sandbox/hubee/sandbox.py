"""The sandbox as Python sees it: start it, subscribe an SI, publish to it, look at what happened."""

import asyncio
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from aiohttp import web

from connectors.sandbox.hubee.access import CNAF, Caller, Credential, Gate, derived_secret
from connectors.sandbox.hubee.answers import Problem, missing
from connectors.sandbox.hubee.cases import Cases
from connectors.sandbox.hubee.clock import Clock, RunningClock
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
from connectors.sandbox.hubee.records import Case, Organisation, Process, Status, Subscription
from connectors.sandbox.hubee.sight import Sight, sight
from connectors.sandbox.hubee.store import Store
from connectors.sandbox.hubee.web import application

LOOPBACK = "127.0.0.1"
FileToPublish = tuple[str, str, str, bytes | Path]
# What HubEE's daily batch counts from, and how long it waits; both are unpublished per démarche.
PURGED_FROM = (Status.IN_PROGRESS, Status.DONE, Status.REFUSED, Status.CLOSED, Status.ARCHIVED)
PURGE_DELAY = timedelta(days=31)


@runtime_checkable
class Advancing(Protocol):
    """A clock that can be moved."""

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        ...


class HubeeSandbox:
    """A hub on loopback, kept in `state`; the same seed and acts give the same identifiers."""

    def __init__(
        self,
        state: Path,
        seed: int,
        *,
        port: int = 0,
        clock: Clock | None = None,
        token_life: timedelta = timedelta(hours=1),
        most_events: int | None = None,
    ) -> None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = state
        self._clock = clock or RunningClock(state / "clock.json")
        store = Store(state, seed, self._clock)
        self._port, self._publication = port, asyncio.Lock()
        self._hub = Hub(
            store=store,
            gate=Gate(store, self._clock, token_life),
            folders=Folders(store),
            cases=Cases(store),
            events=Events(store, most_events),
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

    def credentials(self) -> list[Credential]:
        """Every credential there is: publisher, portals, and one per subscription."""
        return self._hub.gate.credentials()

    async def start(self, beside: Sequence[tuple[str, web.Application]] = ()) -> str:
        """Open the doors on loopback and return the base URL. No access log: paths stay unwritten.

        `beside`: other applications served on the same port, each under its prefix.
        """
        app = application(self._hub)
        for prefix, other in beside:
            app.add_subapp(prefix, other)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
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
        return self._clock()

    def advance(self, by: timedelta) -> datetime:
        """Let the hub's time pass, and return it."""
        clock: object = self._clock
        if not isinstance(clock, Advancing):
            raise TypeError("the clock of this sandbox does not move")
        clock.advance(by)
        return self._clock()

    def purge(self, case_id: str) -> None:
        """Do to a case what the daily batch does: its files are gone, their lines say DELETED."""
        self._publisher.purge(self._hub.cases.files(self._case(case_id)))

    def sweep(self) -> list[str]:
        """Play the daily batch: purge the cases taken in hand long enough ago, and return them."""
        due = [c.id for c in self._hub.store.world.cases.values() if self._is_due(c)]
        for case_id in due:
            self.purge(case_id)
        return due

    def _is_due(self, case: Case) -> bool:
        if case.status not in PURGED_FROM or case.update_date_time is None:
            return False
        return datetime.fromisoformat(case.update_date_time) + PURGE_DELAY <= self._clock()

    def reset(self) -> None:
        """Empty the world: folders, cases, queues, files, failures, requests. Credentials stay."""
        store = self._hub.store
        with store.change() as world:
            files = [f for folder in world.folders.values() for f in folder.attachments]
            files += [f for c in world.cases.values() for e in c.events for f in e.attachments]
            for records in (world.folders, world.cases, world.notifications):
                cast("dict[str, object]", records).clear()
        for gone in files:
            store.blob(gone.id).unlink(missing_ok=True)
        self.faults.clear()
        self.journal.clear()

    def end_tokens(self) -> None:
        """Every token given so far is refused from now on."""
        self._hub.gate.forget()

    def subscribe(self, siret: str, branch: str, process_code: str) -> tuple[str, str]:
        """Return the credential of this organisation for this démarche, created at the first call."""
        store, subscriber = self._hub.store, Organisation("SI", siret, branch)
        for held in store.world.subscriptions.values():
            if (held.subscriber, held.process_code) == (subscriber, process_code):
                return held.client_id, held.client_secret
        with store.change() as world:
            world.processes.setdefault(process_code, Process(process_code, CNAF))
            client_id = f"si-{store.new_id()}"
            new = Subscription(
                id=store.new_id(),
                process_code=process_code,
                subscriber=subscriber,
                client_id=client_id,
                client_secret=derived_secret(world.seed, client_id),
                creation_date_time=store.now(),
            )
            world.subscriptions[new.id] = new
        return new.client_id, new.client_secret

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
