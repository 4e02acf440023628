"""Gateways ready to start: modules are imported once, and each run is a process of its own.

    python -m tests.trials.preloaded    (an order a line: a JSON list, log file, grace, then words)

1. A run is a fork: it inherits imported modules and nothing else. Nothing was computed before, and the
   only threads are the two that polars starts when imported and that sleep: the one of its memory
   allocator, which knows of forks, and the one that would clean after it. Checked each time: a child of
   a pool at work would inherit its locks, and not its threads.
2. What it does then is what `python -m gateway` does, in a process group of its own; only, it may be
   told to wait less long for the receptions of others (`grace`, in seconds).
3. Its process id is written as soon as it is known, its exit code when it ends (negative: a signal).
"""

import gc
import importlib
import json
import os
import sys
from pathlib import Path

COMMANDS = ("gateway.cli.flow", "gateway.cli.serving", "rich.progress", "rich.table")
ASLEEP = {"jemalloc_bg_thd", "polars-ooc-clea"}


def check_threads() -> None:
    """Refuse to fork beside a thread that works."""
    us = str(os.getpid())
    threads = {
        (task / "comm").read_text("utf-8").strip()
        for task in Path("/proc/self/task").iterdir()
        if task.name != us
    }
    if threads - ASLEEP:
        raise RuntimeError(f"threads before the fork: {sorted(threads - ASLEEP)}")


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
    for command in COMMANDS:
        importlib.import_module(command)
    gc.freeze()  # what is inherited is not looked through, hence not copied
    for line in sys.stdin:
        said, grace, *words = json.loads(line)
        check_threads()
        child = os.fork()
        if child == 0:
            _become_a_gateway(said, grace, words)
        _say(child)
        _, ended = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(ended))


if __name__ == "__main__":
    serve()
