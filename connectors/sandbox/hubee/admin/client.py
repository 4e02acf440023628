"""The other side of `/_sandbox/`: what the command line says to a sandbox that runs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp

from connectors.errors import Unreachable

REFUSES_FROM = 400


class Declined(Exception):
    """The sandbox said no, in French."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class AdminClient:
    """One sandbox. `url` ends with ``/_sandbox``."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._headers = url.rstrip("/"), {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Read."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Act."""
        return await self._ask("POST", path, json=dict(body or {}))

    async def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Take back."""
        return await self._ask("DELETE", path)

    async def send(self, path: str, body: Mapping[str, object], files: Sequence[Path]) -> Any:  # noqa: ANN401 - JSON
        """Act with files, read from disk as they go."""
        with ExitStack() as stack:
            form = aiohttp.FormData()
            form.add_field("load", json.dumps(body), content_type="application/json")
            for path_of_file in files:
                content = stack.enter_context(path_of_file.open("rb"))
                form.add_field("file", content, filename=path_of_file.name)
            return await self._ask("POST", path, data=form)

    async def _ask(self, method: str, path: str, **given: Any) -> Any:  # noqa: ANN401 - JSON
        patience = aiohttp.ClientTimeout(total=None, connect=5)
        try:
            async with (
                aiohttp.ClientSession(headers=self._headers, timeout=patience) as session,
                session.request(method, self._url + path, **given) as answer,
            ):
                content = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Unreachable("the sandbox does not answer, or is not one") from None
        if answer.status >= REFUSES_FROM:
            sentence = content.get("error", "") if isinstance(content, dict) else ""
            raise Declined(answer.status, sentence or "le bac à sable refuse")
        return content
