"""What is opened once and carries many trials.

One street per process and file of trials. Not longer: a house that nobody uses still looks ten times a
second for something to do, which is a tenth of a core. Preloaded gateways cost nothing while they wait.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.trials.gateways import Nursery, starter
from tests.trials.street import Street, street


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("street")) as opened:
        yield opened


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            two = [runner.run(stack.enter_async_context(starter())) for _ in range(2)]
            yield Nursery(runner, two)
        finally:
            runner.run(stack.aclose())
