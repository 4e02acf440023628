"""A gateway ready to start: everything is imported once, and each run is a process of its own.

    python -m tests.trials.preloaded        (one order a line: the words of the command, as JSON)

1. A run is a fork made before any thread exists, checked each time: it inherits modules and nothing
   else. What it does then is what `python -m gateway` does.
2. Its process id is written as soon as it is known, its exit code when it ends (negative: a signal).
3. Its words go to the file named first in the order.
"""

import json
import os
import sys
from pathlib import Path

from gateway.cli.root import main
from gateway.doors import durable as _durable  # noqa: F401 - imported before the fork, not after


def serve() -> None:
    """Run the orders, one after the other."""
    for line in sys.stdin:
        said, *words = json.loads(line)
        check_single_thread()
        child = os.fork()
        if child == 0:
            _become(said, words)
        _tell(child)
        _, ended = os.waitpid(child, 0)
        _tell(os.waitstatus_to_exitcode(ended))


def check_single_thread() -> None:
    """Refuse to fork beside other threads: a child would inherit their locks, and not them."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"{threads} threads before the fork")


def _become(said: str, words: list[str]) -> None:
    with Path(said).open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    with Path("/dev/null").open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.argv = ["passerelle", *words]
    main()
    os._exit(70)  # the command line exits by itself


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
