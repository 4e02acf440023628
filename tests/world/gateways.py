"""Gateways as processes of their own, before one HubEE on loopback: started, watched, killed.

    async with hub_of_cases(folder) as hub:
        hub.furnish(folder, settings)
        async with gateway(config) as one: ...

Each makes rounds until it is ended, and writes one line of JSON per round: what it saw and waited for.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sandbox.hubee import HubeeSandbox
from gateway.keymaking import create_keys
from schemas.generator import write_departement
from tests.house.tree import ROOT

US, PROCESS, KIND = (
    ("22000000000015", "00000"),
    "ContactsAllocataires-BRSA",
    "coordonnees-allocataire",
)
PATIENCE = 60.0
ROUNDS = """\
import asyncio, json, sys
from pathlib import Path
from gateway.doors.durable import Patience
from gateway.rounds import go_round, running
from gateway.settings import load

async def live():
    async with running(load(Path(sys.argv[1])), Patience(tries=2, first_wait=0.05)) as (house, durable):
        while True:
            done = await go_round(house, durable, lambda _phase, _started: None)
            waiting = {one.post: one.holder and one.holder.pid for one in done.waiting}
            told = {"vus": len(done.sightings), "partis": done.started, "attend": waiting}
            print(json.dumps(told), flush=True)
            await asyncio.sleep(0.1)

asyncio.run(live())
"""
PAPER = """\
alias = "cnaf"
name = "CNAF"
siret = "00000000000011"
[hubee]
environment = "bac-a-sable"
token_url = "{base}/oauth2/token"
api_url = "{base}/teledossiers/v1"
[[hubee.demarches]]
process_code = "ContactsAllocataires-BRSA"
client_id = "{client}"
client_secret_file = "hubee.secret"
[hubee.demarches.types]
coordonnees-allocataire = "cnaf-contacts"
[[flows]]
flow = "cnaf-contacts"
departement = "08"
envelope = "hubee"
"""
MAIN = '[paths]\nvar = "../etat"\nkeys = "../cles"\n[ledger]\norigin = "example.org/journal"\n[antivirus]\nmode = "off"\n[pseudonyms]\nmaster = "file"\n'


@dataclass
class Hub:
    """HubEE, and the cases it was given."""

    sandbox: HubeeSandbox
    base: str
    credential: tuple[str, str]
    bodies: list[bytes]
    cases: list[str] = field(default_factory=list)

    def furnish(self, root: Path, settings: str = "") -> Path:
        """Write what an administrator would; give the path of the settings."""
        config = root / "config" / "gateway.toml"
        (config.parent / "partners").mkdir(parents=True)
        create_keys(root / "cles", origin="example.org/journal", uid="Essai <p@example.org>")
        config.write_text(MAIN + settings, "utf-8")
        client, secret = self.credential
        (config.parent / "hubee.secret").write_text(secret)
        paper = PAPER.format(base=self.base, client=client)
        (config.parent / "partners" / "cnaf.toml").write_text(paper, "utf-8")
        return config

    def publish(self) -> None:
        """Send every file, one case each."""
        for number, body in enumerate(self.bodies):
            file = (f"coordonnees-allocataire-{number}.txt", KIND, "text/plain", body)
            self.cases.append(self.sandbox.publish(PROCESS, US, [file], f"CNAF-ALLOC-{number:013}"))

    def said(self, case: str) -> list[str | None]:
        """What was said on a case by its recipient, oldest first."""
        events = self.sandbox.state().cases[case].events
        return [event.new_status for event in events if event.transmitter.type == "SI"]

    @property
    def done(self) -> int:
        """How many cases are finished."""
        cases = self.sandbox.state().cases
        return sum(cases[case].status == "DONE" for case in self.cases)


@asynccontextmanager
async def hub_of_cases(folder: Path, number: int) -> AsyncIterator[Hub]:
    """A hub with as many different files to publish."""
    samples = folder / "samples"
    write_departement(
        samples, departement="08", people=number + 20, seed=7, as_of=date(2022, 6, 15)
    )
    head, *rows = (samples / "cnaf" / "coordonnees-allocataire.txt").read_bytes().split(b"\n")
    bodies = [b"\n".join([head, *rows[: 3 + n]]) for n in range(number)]
    sandbox = HubeeSandbox(folder / "hubee", 1)
    base = await sandbox.start()
    try:
        yield Hub(sandbox, base, sandbox.subscribe(*US, PROCESS), bodies)
    finally:
        await sandbox.stop()


@dataclass
class Gateway:
    """One process; `told` is what its rounds wrote."""

    process: asyncio.subprocess.Process
    told: list[dict[str, Any]] = field(default_factory=list)

    async def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await self.process.wait()

    async def read(self) -> None:
        """Take what it writes, for as long as it lives."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))


@asynccontextmanager
async def gateway(config: Path) -> AsyncIterator[Gateway]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ROUNDS, str(config), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    here = Gateway(process)
    reading = asyncio.create_task(here.read())
    try:
        yield here
    finally:
        if process.returncode is None:
            await here.kill()
        await reading


async def until(is_so: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.02)
    assert is_so(), what
