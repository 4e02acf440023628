"""What a run says at its end, beside its verdict: how much of the trials was really tried."""

from collections import Counter

import pytest

# What a trial counts (`record_property`) → how it is said.
COUNTED = {
    "cells": "cells of the matrix (failure x call x way of posting)",
    "scenes": "situations met by a failure (situation x call x way of posting)",
    "kills": "kills of a gateway between two calls",
    "cuts": "cuts of an SFTP line, one at each packet boundary",
}


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
