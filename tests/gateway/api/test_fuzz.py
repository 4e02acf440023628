"""The API fuzzed from its own description, with a right token: no 5xx, every answer as the file says.

Requests that fit the file and requests that break it, both made by schemathesis, over TLS.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.api.description import document, operations
from gateway.api.limits import Limit
from gateway.api.operations import OPEN, OPERATIONS, TOKEN
from tests.world.api import Caller, Served, served

EXAMPLES = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Those whose functions are there answer as the file says; the others refuse what does not fit all the same.
HERE = operations().keys() & {*OPEN, *OPERATIONS, TOKEN}
CLOSED = {name for name, one in operations().items() if one.scope is not None}
FITTING = [(name, GenerationMode.POSITIVE) for name in sorted(HERE)]
BREAKING = [
    (name, GenerationMode.NEGATIVE)
    for name in sorted(HERE | CLOSED)
    if any(operations()[name].places.values()) or operations()[name].kinds or name in CLOSED
]
SCHEMA = schemathesis.openapi.from_dict(dict(document()))


@dataclass
class Standing:
    """The API in a thread of its own, and who asks."""

    api: Served
    caller: Caller
    loop: asyncio.AbstractEventLoop

    def token(self) -> str:
        made: str = asyncio.run_coroutine_threadsafe(self.caller.token(), self.loop).result(20)
        return made


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("fuzz")
    ready, stop, made = threading.Event(), threading.Event(), []

    async def _stand(folder: Path) -> None:
        async with served(folder, per_minute=10_000_000) as api:
            api.guard.addresses = Limit(10_000_000)
            made.append(Standing(api, api.enrol("pe-si"), asyncio.get_running_loop()))
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(_stand(folder)))
    thread.start()
    assert ready.wait(30)
    yield made[0]
    stop.set()
    thread.join(30)


@pytest.mark.parametrize(("name", "mode"), FITTING + BREAKING)
def test_whatever_is_asked_is_answered_as_the_file_says(
    standing: Standing, name: str, mode: GenerationMode
) -> None:
    operation = SCHEMA.find_operation_by_id(name)
    checks = CHECKS if name in HERE else [not_a_server_error]
    checks = checks + ([negative_data_rejection] if mode is GenerationMode.NEGATIVE else [])
    standing.api.forgive()
    headers = {"Authorization": f"Bearer {standing.token()}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def _ask(case: Any) -> None:
        answer = case.call(
            base_url=standing.api.address,
            headers=headers,
            verify=str(standing.api.authority.folder / "ca.crt"),
        )
        assert len(answer.headers["passerelle-request"]) == 1
        assert answer.headers["server"] == ["passerelle"]
        case.validate_response(answer, checks=checks)

    _ask()
