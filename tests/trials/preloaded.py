"""Gateways ready to start: libraries are imported once, and each run is a process of its own.

    python -m tests.trials.preloaded    (an order a line: a JSON list, log file, grace, then words)

1. A run is a fork made before any thread exists, checked each time: it inherits imported modules and
   nothing else. Polars starts threads when imported: it, and what needs it, each run imports itself.
2. What it does then is what `python -m gateway` does, in a process group of its own; only, it may be
   told to wait less long for the receptions of others (`grace`, in seconds).
3. Its process id is written as soon as it is known, its exit code when it ends (negative: a signal).
"""

import importlib
import json
import os
import sys
from pathlib import Path

# Most of the time a gateway takes to start.
MODULES = (
    "aiohttp", "asyncssh", "cryptography", "dbos", "email_validator", "gnupg", "lxml.etree", "msgspec",
    "obstore", "pandera", "phonenumbers", "psycopg", "pydantic", "pyrage", "rich.console",
    "rich.table", "sqlalchemy", "stdnum", "typer",
    "connectors.hubee", "connectors.hubee.outlet", "connectors.sftp", "gateway.cli.speech",
    "gateway.doors.clock", "gateway.doors.http", "gateway.follow", "gateway.ledger", "gateway.pgp",
    "gateway.vault",
)  # fmt: skip


def check_single_thread() -> None:
    """Refuse to fork beside other threads: a child would inherit their locks, and not them."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"{threads} threads before the fork")


def _become_a_gateway(said: str, grace: float | None, words: list[str]) -> None:
    with Path(said).open("ab") as out, Path(os.devnull).open("rb") as nothing:
        for mine, theirs in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(mine.fileno(), theirs)
    os.setpgid(0, 0)
    sys.argv = ["passerelle", *words]
    if grace is not None:
        vars(importlib.import_module("gateway.rounds"))["GRACE"] = grace
    importlib.import_module("gateway.cli.root").main()
    raise AssertionError("the command line ends the process")


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def serve() -> None:
    """Run the orders, one after the other."""
    for module in MODULES:
        importlib.import_module(module)
    for line in sys.stdin:
        said, grace, *words = json.loads(line)
        check_single_thread()
        child = os.fork()
        if child == 0:
            _become_a_gateway(said, grace, words)
        _say(child)
        _, ended = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(ended))


if __name__ == "__main__":
    serve()
