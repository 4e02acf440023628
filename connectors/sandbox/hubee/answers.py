"""What the sandbox answers when it says no: HubEE's envelope and HubEE's sentences, to the letter.

`Problem` is raised by the rules and turned into HTTP in one place, the middleware of `web.py`.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

INVALID_TOKEN = (
    "Invalid Credentials : Invalid Credentials. Make sure you have given the correct access token"  # noqa: S105 - HubEE's sentence
)
INVALID_TOKEN_CODE = 900901
NO_ROUTE = "No matching resource found for given API Request"

# Where (``body``, ``path.x``, ``query.x``, ``header.x``) and what.
Wrong = tuple[str, str]


class Problem(Exception):
    """An HTTP status and the sentence HubEE gives with it."""

    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code or status


def invalid(method: str, path: str, wrong: Sequence[Wrong]) -> Problem:
    """Return the gateway's validation report, one line for each thing that is wrong."""
    lines = [f"[ERROR][REQUEST][{method} {path} @{where}] {what}" for where, what in wrong]
    return Problem(HTTPStatus.BAD_REQUEST, "\n".join(["Bad Request : Validation failed.", *lines]))


def forbidden() -> Problem:
    """Someone else's object, or a scope this route does not accept."""
    return Problem(HTTPStatus.FORBIDDEN, "Unauthorized user")


def missing(what: str) -> Problem:
    """Unknown, deleted or purged."""
    return Problem(HTTPStatus.NOT_FOUND, f"{what} is not found")


def bad(message: str) -> Problem:
    """Return a business refusal."""
    return Problem(HTTPStatus.BAD_REQUEST, message)


def envelope(problem: Problem) -> web.Response:
    """Return the error envelope shared by every route but the token's."""
    body = {"errors": [{"code": problem.code, "message": problem.message}]}
    return web.Response(
        status=problem.status, text=json.dumps(body), content_type="application/json"
    )


def odd_empty_upload(path: str) -> Problem:
    """Return an upload without a file: HubEE's own error fails HubEE's own schema, hence a 500."""
    text = (
        f"Bad Response : Validation failed.\n[ERROR][RESPONSE][PUT {path}] [Path '/errors'] Instance"
        ' type (object) does not match any allowed primitive type (allowed: ["array"])'
    )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, text)
