"""Every answer a foreign client gets, held against the description the hub publishes of itself.

`Seen` sits in a plain urllib opener: the scripts under test do not know it is there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from urllib.request import BaseHandler, OpenerDirector, Request, build_opener
from urllib.response import addinfourl

from connectors.sandbox.hubee.validation import complaints

DESCRIBED = {"/teledossiers/v1": "folder", "/referential/v1": "subscription"}


@dataclass(frozen=True, slots=True)
class Answer:
    method: str
    path: str
    status: int
    content_type: str
    body: bytes


class _Again(addinfourl):
    msg: str


@dataclass
class Seen(BaseHandler):
    """What was answered, in order."""

    base: str
    answers: list[Answer] = field(default_factory=list)

    handler_order = 900  # before urllib turns what is not 2xx into an exception

    def opener(self) -> OpenerDirector:
        return build_opener(self)

    def http_response(self, request: Request, response: Any) -> addinfourl:
        body = response.read()
        path = re.sub("/+", "/", urlsplit(request.full_url).path)
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        self.answers.append(Answer(request.get_method(), path, response.status, kind, body))
        again = _Again(BytesIO(body), response.headers, request.full_url, response.status)
        again.msg = response.msg
        return again

    def documents(self) -> dict[str, dict[str, Any]]:
        return {base: self._document(name) for base, name in DESCRIBED.items()}

    def _document(self, name: str) -> dict[str, Any]:
        with build_opener().open(f"{self.base}/openapi/{name}.json") as given:
            whole: dict[str, Any] = json.load(given)
        return whole

    @staticmethod
    def is_at(answer: Answer, base: str, path: str) -> bool:
        """Whether this was answered on that path of a description."""
        return re.fullmatch(base + re.sub("{[^}]+}", "[^/]+", path), answer.path) is not None

    def wrong(self) -> list[str]:
        documents = self.documents()
        return [line for answer in self.answers for line in against(answer, documents)]


def against(answer: Answer, documents: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield what this answer has that the description has not."""
    said = f"{answer.method} {answer.path} {answer.status}"
    for base, document in documents.items():
        if answer.path.startswith(base):
            operation = _operation(answer, base, document)
            declared = (operation or {}).get("responses", {}).get(str(answer.status))
            if declared is None:
                yield f"{said} is not described"
                return
            yield from (f"{said}: {line}" for line in _content(answer, declared, document))


def _operation(answer: Answer, base: str, document: dict[str, Any]) -> dict[str, Any] | None:
    asked = answer.path.removeprefix(base).rstrip("/")
    for path, methods in sorted(document["paths"].items(), key=lambda item: "{" in item[0]):
        if (
            re.fullmatch(re.sub("{[^}]+}", "[^/]+", path), asked)
            and answer.method.lower() in methods
        ):
            operation: dict[str, Any] = methods[answer.method.lower()]
            return operation
    return None


def _content(answer: Answer, declared: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    content = declared.get("content", {})
    if not content:
        if answer.body:
            yield "has a body"
        return
    if answer.content_type not in content:
        yield f"is {answer.content_type}"
    elif answer.content_type == "application/json":
        named, shape = document["components"]["schemas"], content["application/json"]["schema"]
        value = json.loads(answer.body)
        yield from complaints(value, shape, named, sent=False)
        yield from undeclared(value, shape, named)


def undeclared(value: Any, shape: Any, named: Any, at: str = "") -> Iterator[str]:
    """Yield the fields that no shape names."""
    if isinstance(value, list):
        inner = _fields(shape, named, "items")
        for i, item in enumerate(value):
            yield from undeclared(item, inner[0] if inner else {}, named, f"{at}/{i}")
    if isinstance(value, dict):
        fields = {k: v for each in _fields(shape, named, "properties") for k, v in each.items()}
        for name, part in value.items():
            if name not in fields:
                yield f"{at}/{name} is not described"
            else:
                yield from undeclared(part, fields[name], named, f"{at}/{name}")


def _fields(shape: Any, named: Any, key: str) -> list[Any]:
    if "$ref" in shape:
        shape = named[shape["$ref"].rpartition("/")[2]]
    mine = [shape[key]] if key in shape else []
    return mine + [f for half in shape.get("allOf", ()) for f in _fields(half, named, key)]
