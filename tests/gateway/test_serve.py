"""`passerelle serve`, as an operator starts and stops it: a process, a signal, an exit code."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from gateway.cli.sandbox import describe
from gateway.demo.scenery import Scenery, furnish, prepare
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.folder import read_key
from gateway.sandbox.ceremony import enrol, habilitate
from gateway.sandbox.stand import stand
from gateway.settings import load
from schemas.generator.flows.monthly import write_week
from tests.world.town import read_ledger, week_of

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
SECONDS_TO_STOP = 10.0


def test_serve_receives_shows_its_ledger_and_stops_when_asked(tmp_path: Path) -> None:
    port = free_port()

    async def live() -> None:
        async with sandbox(tmp_path, port) as scenery:
            with serving(scenery.config) as process:
                raw = await until(lambda: get(port, "/journal/checkpoint"))
                ledger = scenery.root / "etat" / "journal"
                head = open_checkpoint(raw, read_key(ledger)).checkpoint
                acts = [entry["act"] for entry in read_ledger(ledger)]
                assert head.size == len(acts)
                assert "delivery.accepted" in acts
                assert get(port, "/sante") == b'{"etat": "ok", "alertes": 0}'
                assert b'"version": "AVANT_2025-' in (get(port, "/regles/08.json") or b"")
                await stop(process)
                assert process.returncode == 0

    asyncio.run(live())


def test_serve_stops_in_the_middle_of_a_round_and_the_next_one_finishes_it(tmp_path: Path) -> None:
    port = free_port()

    async def live() -> None:
        async with sandbox(tmp_path, port) as scenery:
            with serving(scenery.config) as process:
                await until(lambda: get(port, "/sante"))
                await stop(process)
                assert process.returncode == 0
            with serving(scenery.config) as process:
                await until(lambda: get(port, "/journal/checkpoint"))
                await stop(process)
        entries = read_ledger(scenery.root / "etat" / "journal")
        accepted = [e["subject"] for e in entries if e["act"] == "delivery.accepted"]
        assert accepted
        assert len(accepted) == len(set(accepted))

    asyncio.run(live())


def test_serve_with_settings_to_repair_says_so_and_leaves_by_its_code(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("[vault]\nuri = 1\n", "utf-8")
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "configuration refusée" in done.stderr
    assert "Traceback" not in done.stderr


@asynccontextmanager
async def sandbox(folder: Path, port: int) -> AsyncIterator[Scenery]:
    """Partners with a week's files, and the settings of a gateway that listens on `port`."""
    samples = folder / "samples"
    write_week(samples, departement="08", people=40, seed=5, as_of=date(2022, 6, 15))
    week = week_of(samples)
    scenery, _ = prepare(folder / "town", week)
    async with stand(scenery.sandbox, week, scenery.gateway_key.read_text()) as standing:
        furnish(scenery, week, describe(standing, week))
        with scenery.config.open("a") as config:
            config.write(f"\n[http]\nport = {port}\n\n[clock]\npoll_minutes = 1\n")
        enrol(load(scenery.config), scenery.declared)
        habilitate(load(scenery.config), scenery.drafts)
        yield scenery


@contextmanager
def serving(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, SECONDS_TO_STOP)


async def until(ask: Callable[[], bytes | None]) -> bytes:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        answer = await asyncio.to_thread(ask)
        if answer is not None:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError("passerelle serve did not answer")


def get(port: int, path: str) -> bytes | None:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            body: bytes = answer.read()
    except HTTPError as error:
        assert error.code == 404
        return None
    except URLError:
        return None
    return body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
