"""The sandbox as a separate process, like partners are: started, asked for its access, and stopped.

It stops when its standard input closes: also when we are killed, so that nothing is left behind.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.demo.scenery import Scenery
from gateway.errors import Unavailable

PATIENCE = 60.0  # seconds: key pairs are drawn at the first start


@asynccontextmanager
async def partners(scenery: Scenery, samples: Path) -> AsyncIterator[dict[str, object]]:
    """Stand the partners up with the week's files; give how to reach them. Raises `Unavailable`."""
    arguments = ("--dir", scenery.sandbox, "--from", samples, "--gateway-key", scenery.gateway_key)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "sandbox",
        *map(str, arguments),
        "--until-closed",
        "--json",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise Unavailable("le bac à sable n'a pas démarré")
    try:
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
        if not line:
            raise Unavailable(
                "le bac à sable n'a pas démarré : lancez `passerelle sandbox` pour voir pourquoi"
            )
        yield json.loads(line)
    finally:
        process.stdin.close()
        await process.wait()
