"""Requests as a collection of an HTTP tool holds them: who, what, where, the status, what to keep.

`{name}` in a path or a body is what an earlier answer gave.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Row:
    """`keep`: ``"folder=id case=cases.0.id"``. Bytes are sent as they are, anything else as JSON."""

    who: str
    method: str
    path: str
    status: int
    body: Any = None
    keep: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Desk:
    """Plays rows; knows the actors by name, each with its credential and scope."""

    base: str
    opener: OpenerDirector
    actors: dict[str, tuple[tuple[str, str], str]]
    kept: dict[str, str] = field(default_factory=lambda: {"nobody": NOBODY})
    tokens: dict[str, str] = field(default_factory=dict)

    def token_of(self, who: str) -> str:
        if who not in self.tokens:
            credential, scope = self.actors[who]
            basic = b64encode(":".join(credential).encode()).decode()
            form = f"grant_type=client_credentials&scope={scope}".encode()
            status, given = self.send(
                "POST", "/oauth2/token", form, {"Authorization": f"Basic {basic}"}
            )
            assert status == 200
            self.tokens[who] = given["access_token"]
        return self.tokens[who]

    def send(
        self, method: str, path: str, raw: bytes | None, headers: dict[str, str]
    ) -> tuple[int, Any]:
        request = Request(f"{self.base}{path}", raw, headers, method=method)
        try:
            with self.opener.open(request) as answer:
                status, read = answer.status, answer.read()
        except HTTPError as refusal:
            with refusal:
                status, read = refusal.code, refusal.read()
        return status, json.loads(read) if read[:1] in {b"{", b"["} else read

    def play(self, row: Row) -> Any:
        """Send one request, check its status, keep what it gives; return its content."""
        headers = {"Authorization": f"Bearer {self.token_of(row.who)}"} if row.who else {}
        raw = row.body
        if raw is not None:
            binary = isinstance(raw, bytes)
            headers["Content-Type"] = "application/octet-stream" if binary else "application/json"
            raw = raw if binary else json.dumps(self.filled(raw)).encode()
        path = self.filled(row.path)
        status, content = self.send(row.method, path, raw, headers | dict(row.headers))
        assert status == row.status, (row.method, path, status, content)
        for name, where in (pair.split("=") for pair in row.keep.split()):
            self.kept[name] = found(content, where)
        return content

    def filled(self, part: Any) -> Any:
        """Return this with its names replaced."""
        if isinstance(part, str):
            for name, value in self.kept.items():
                part = part.replace(f"{{{name}}}", value)
        if isinstance(part, list):
            return [self.filled(one) for one in part]
        if isinstance(part, dict):
            return {name: self.filled(one) for name, one in part.items()}
        return part


def found(content: Any, where: str) -> str:
    """Follow a path: ``cases.0.id``."""
    for step in where.split("."):
        content = content[int(step)] if step.isdigit() else content[step]
    return str(content)
