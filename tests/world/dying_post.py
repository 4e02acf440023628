"""A gateway killed between the answer of a receiver and the mark of it.

`python -m tests.world.dying_post DATABASE CERTIFICATE`
"""

import asyncio
import os
import signal
import ssl
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.store.database import open_engine
from gateway.webhooks import open_session, send_due, sending
from tests.world.hooked import NOON, secret_of
from tests.world.receiver import Names


def die(*_given: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def send(url: str, certificate: Path) -> None:
    vars(sending)["mark_heard"] = die
    trust = ssl.create_default_context(cafile=certificate)
    names = Names("127.0.0.1")
    async with open_session(to_private=True, trust=trust, resolver=names) as session:
        await send_due(open_engine(url), secret_of, session, now=NOON + timedelta(seconds=1))


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], Path(sys.argv[2])))
