"""Failures that answer in the hub's place: nothing is done (or it was, and the answer lies)."""

import json
from collections.abc import Callable, Mapping

from aiohttp import web

from connectors.sandbox.hubee.answers import (
    INVALID_TOKEN,
    INVALID_TOKEN_CODE,
    Problem,
    bad,
    envelope,
    forbidden,
    missing,
)
from connectors.sandbox.hubee.failing.kinds import Fault
from connectors.sandbox.hubee.failing.scene import Act, Scene

Answer = Callable[[Scene], web.Response]
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
THROTTLED = Problem(429, "Message throttled out", 900800)
SUBJECTS = {"queue": "Notification", "folder": "Folder", "event": "event"}


def _status(scene: Scene, default: int = 500) -> int:
    return scene.terms.status or default


def _error(scene: Scene) -> web.Response:
    return envelope(Problem(_status(scene), "Internal Server Error"))


def _html(status: int) -> Answer:
    def page(_scene: Scene) -> web.Response:
        return web.Response(status=status, text=PAGE.format(status), content_type="text/html")

    return page


def _says(problem: Problem) -> Answer:
    return lambda _scene: envelope(problem)


def _json(scene: Scene, body: object) -> web.Response:
    return web.json_response(body, status=_status(scene))


def _client_refused(scene: Scene) -> web.Response:
    body = {
        "error": "invalid_client",
        "error_description": "A valid OAuth client could not be found",
    }
    return web.Response(
        status=_status(scene, 401), text=json.dumps(body), content_type="application/json"
    )


def _not_found(scene: Scene) -> web.Response:
    if scene.route.endswith(".download"):
        return envelope(missing("File"))
    return envelope(missing(SUBJECTS.get(scene.route.partition(".")[0], "Case")))


def _wait(scene: Scene) -> web.Response:
    answer = envelope(THROTTLED)
    answer.headers["Retry-After"] = str(scene.terms.retry_after)
    return answer


def _tokens_end(scene: Scene) -> web.Response:
    scene.backstage.end_tokens()
    return envelope(Problem(401, INVALID_TOKEN, INVALID_TOKEN_CODE))


def _limit(scene: Scene) -> web.Response:
    return envelope(Problem(_status(scene, 400), "Bad request"))


ANSWERS: Mapping[Fault, Answer] = {
    Fault.ERROR_BEFORE: _error,
    Fault.STORM: _error,
    Fault.HTML: _html(502),
    Fault.HTML_503: _html(503),
    Fault.HTML_504: _html(504),
    Fault.NOT_JSON: _html(200),
    Fault.OAUTH_BODY: lambda s: _json(s, {"error": "server_error", "error_description": "Error"}),
    Fault.OBJECT_BODY: lambda s: _json(s, {"errors": {"code": _status(s), "message": "Error"}}),
    Fault.TEXT_BODY: lambda s: web.Response(status=_status(s), text="upstream error"),
    Fault.EMPTY_BODY: lambda s: web.Response(status=_status(s)),
    Fault.TOKEN_REFUSED: _says(Problem(401, INVALID_TOKEN, INVALID_TOKEN_CODE)),
    Fault.TOKEN_ENDED: _tokens_end,
    Fault.CLIENT_REFUSED: _client_refused,
    Fault.REFUSED: _says(bad("Bad request")),
    Fault.FORBIDDEN: _says(forbidden()),
    Fault.MISSING: _not_found,
    Fault.TOO_LARGE: _says(Problem(413, "Request Entity Too Large")),
    Fault.THROTTLED: _says(THROTTLED),
    Fault.THROTTLED_WAIT: _wait,
    Fault.EVENT_LIMIT: _limit,
}


def _instead(answer: Answer) -> Act:
    async def act(scene: Scene) -> web.StreamResponse:
        return answer(scene)

    return act


async def _error_after(scene: Scene) -> web.StreamResponse:
    await scene.go()
    return _error(scene)


ACTS: Mapping[Fault, Act] = {
    **{fault: _instead(answer) for fault, answer in ANSWERS.items()},
    Fault.ERROR_AFTER: _error_after,
}
