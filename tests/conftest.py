"""In which order files are run, and what a run says at its end: how much of the trials was tried.

A file is one worker's (`--dist loadfile`): what it sets up is set up once. So the longest come first,
or one worker would be alone at the end.
"""

from collections import Counter

import pytest

# What a trial counts (`record_property`) → how it is said.
COUNTED = {
    "cells": "cells of the matrix (failure x call x way of posting)",
    "scenes": "situations met by a failure (situation x call x way of posting)",
    "kills": "kills of a gateway between two calls",
    "cuts": "cuts of an SFTP line, one at each packet boundary",
}

LONGEST = ("tests/trials/", "tests/story/", "tests/laws/", "tests/gateway/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    found = [rank for rank, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)]
    return found[0] if found else len(LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call":
                found.update({k: int(n) for k, n in report.user_properties if k in COUNTED})
    if found:
        terminalreporter.section("trials")
    for name, count in sorted(found.items()):
        terminalreporter.write_line(f"{count:5} {COUNTED[name]}")
