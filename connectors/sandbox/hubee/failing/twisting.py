"""Answers that are well formed and surprising: nulls, unknown words, other dates, hostile names.

Each is what HubEE's documentation allows and its samples do not show. Identifiers are never touched:
a client that cannot tell what is spoken of cannot be judged.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from connectors.sandbox.hubee.answers import envelope, missing
from connectors.sandbox.hubee.failing.kinds import Fault
from connectors.sandbox.hubee.failing.scene import Act, Scene

Change = Callable[[Scene, Any], Any]
SUCCESS = range(200, 300)
NEW_STATUS, NEW_ACTION = "NOUVEAU", "ACTION_NOUVELLE"
NEW_FIELD = {"nouveauChamp": {"valeurs": [1, None, "é"], "actif": True}}
# What the swagger lets be null, per kind of object; the key that tells the kind comes first.
NULLABLE: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "actionType",
        frozenset({"message", "comment", "actionType", "author", "notification", "createDateTime"})
        | {"updateDateTime", "caseCurrentStatus", "caseNewStatus", "partnerAttributes"}
        | {"partnerInfo"},
    ),
    ("caseId", frozenset({"dateTime", "eventActionType", "eventStatus"})),
    ("globalStatus", frozenset({"closeDateTime", "updateDateTime", "partnerInfo"})),
    (
        "externalId",
        frozenset({"updateDateTime", "transmissionDateTime", "closeDateTime", "partnerAttributes"}),
    ),
    ("firstName", frozenset({"email"})),
    ("subscriber", frozenset({"accessMode", "activateDateTime", "validateDateTime"})),
)
STATUSES = ("status", "globalStatus", "caseCurrentStatus", "caseNewStatus", "eventStatus")
ACTIONS = ("actionType", "eventActionType")
DETAILS = ("eventActionType", "eventStatus")
UTC_DATE = re.compile(r"(\d{4}-\d\d-\d\dT[0-9:.]+)\+00:00")
HOSTILE = (
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\drivers.txt",
    "/etc/shadow",
    "nul\x00octet.txt",
    "deux\r\nlignes: injection",
    "\x1b[2Jécran.txt",
    "envers\u202etxt.exe",
    "=1+1|' /C'!A0",
    "CON",
    ".",
    "x" * 255,
)


def objects(content: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every object of a document, outermost first."""
    if isinstance(content, dict):
        yield content
        for value in list(content.values()):
            yield from objects(value)
    elif isinstance(content, list):
        for value in content:
            yield from objects(value)


def rewriting(change: Change) -> Act:
    """Let the hub answer, then rewrite its JSON."""

    async def act(scene: Scene) -> web.StreamResponse:
        answer = await scene.go()
        if not isinstance(answer, web.Response) or answer.prepared or answer.status not in SUCCESS:
            return answer
        if answer.content_type == "application/json" and isinstance(answer.body, bytes):
            content = change(scene, json.loads(answer.body))
            answer.body = json.dumps(content).encode()
        return answer

    return act


def _nulls(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for thing in objects(content):
        may_be_null = next((names for key, names in NULLABLE if key in thing), frozenset[str]())
        thing.update(dict.fromkeys(may_be_null & thing.keys()))
    return content


def _more(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for thing in list(objects(content)):
        thing.update(NEW_FIELD)
    return content


def _said(names: tuple[str, ...], word: str, _scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for thing in objects(content):
        thing.update({name: word for name in names if isinstance(thing.get(name), str)})
    return content


def _without(names: tuple[str, ...], _scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for thing in objects(content):
        for name in names:
            thing.pop(name, None)
    return content


def _z_dates(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for thing in objects(content):
        for name, value in thing.items():
            if name.lower().endswith("datetime") and isinstance(value, str):
                thing[name] = UTC_DATE.sub(r"\1Z", value)
    return content


def _files(scene: Scene, content: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return the attachments of a case or event that were ordered to fail (its events' apart)."""
    listed = content.get("attachments", []) if isinstance(content, dict) else []
    return [f for f in listed or [] if scene.terms.attachment in {None, f.get("id")}]


def _sizes(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for file in _files(scene, content):
        file["size"] = file["size"] + (scene.terms.size or 1)
    return content


def _hostile(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    for rank, file in enumerate(_files(scene, content)):
        file["fileName"] = HOSTILE[rank % len(HOSTILE)]
    return content


def _homonyms(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    files = _files(scene, content)
    for file in files:
        file["fileName"] = files[0]["fileName"]
    return content


def _withheld(status: str) -> Act:
    def change(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
        for file in _files(scene, content):
            file["status"] = status
        return content

    listed = rewriting(change)

    async def act(scene: Scene) -> web.StreamResponse:
        if scene.route.endswith(".download"):
            return envelope(missing("File"))
        return await listed(scene)

    return act


def _no_expiry(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    content.pop("expires_in", None)
    return content


ACTS: Mapping[Fault, Act] = {
    Fault.NO_EXPIRY: rewriting(_no_expiry),
    Fault.WRONG_SIZE: rewriting(_sizes),
    Fault.NULLS: rewriting(_nulls),
    Fault.UNKNOWN_FIELDS: rewriting(_more),
    Fault.UNKNOWN_STATUS: rewriting(partial(_said, STATUSES, NEW_STATUS)),
    Fault.UNKNOWN_ACTION: rewriting(partial(_said, ACTIONS, NEW_ACTION)),
    Fault.NO_DETAILS: rewriting(partial(_without, DETAILS)),
    Fault.Z_DATES: rewriting(_z_dates),
    Fault.HOSTILE_NAMES: rewriting(_hostile),
    Fault.HOMONYMS: rewriting(_homonyms),
    Fault.PURGED: _withheld("DELETED"),
    Fault.VIRUS: _withheld("CORRUPTED"),
    Fault.FILE_REJECTED: _withheld("REJECTED"),
    Fault.FILE_PENDING: _withheld("PENDING"),
}
