"""The description of the hub, made from its doors and its shapes: what is served is what is checked.

One document for each of HubEE's two APIs. Refusals HubEE gives without declaring them (401, 403...)
are declared here.
"""

import re
from http import HTTPStatus
from typing import Any

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.doors import DOORS, FOLDERS, REFERENTIAL, Door
from connectors.sandbox.hubee.shapes import BYTES, FOLDER_SHAPES, Shape, ref, text
from connectors.sandbox.hubee.shapes_referential import NAMED

DOCUMENTS = {"folder": FOLDERS, "subscription": REFERENTIAL}
OVERRIDE, TRACED = "X-HTTP-Method-Override", ("editorName", "applicationName", "softwareVersion")
_REFUSALS = (400, 401, 403, 404, 413, 429, 500)


def document(name: str) -> dict[str, Any]:
    """Return one OpenAPI 3.0 document."""
    base = DOCUMENTS[name]
    paths: dict[str, dict[str, Any]] = {}
    for door in DOORS:
        if door.path.startswith(base):
            place = paths.setdefault(door.path.removeprefix(base), {})
            place[door.method.lower()] = _operation(door)
    return {
        "openapi": "3.0.3",
        "info": {"title": f"HubEE sandbox: {name}", "version": "1"},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"securitySchemes": {"hub": _security()}, "schemas": _shapes(name)},
    }


def _shapes(name: str) -> dict[str, Shape]:
    return FOLDER_SHAPES if name == "folder" else NAMED


def _security() -> dict[str, Any]:
    scopes = {str(scope): "" for scope in Scope}
    grant = {"tokenUrl": "/oauth2/token", "scopes": scopes}
    return {"type": "oauth2", "flows": {"clientCredentials": grant}}


def _operation(door: Door) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "operationId": f"{door.name}.{door.method.lower()}",
        "security": [{"hub": [str(scope)]} for scope in (*door.scopes, Scope.ADMIN)],
        "parameters": _parameters(door),
        "responses": _answers(door),
    }
    if door.body is not None:
        whole["requestBody"] = {"required": door.needs_body, "content": _content(door.body)}
    return whole


def _content(shape: Shape) -> dict[str, Any]:
    kind = "application/octet-stream" if shape is BYTES else "application/json"
    return {kind: {"schema": shape}}


def _parameters(door: Door) -> list[dict[str, Any]]:
    places = [
        {"name": name, "in": "path", "required": True, "schema": door.place(name)}
        for name in re.findall(r"{(\w+)}", door.path)
    ]
    asked = [{"name": name, "in": "query", "schema": shape} for name, shape in door.query.items()]
    headers: list[dict[str, Any]] = [
        {"name": name, "in": "header", "schema": text(50)} for name in TRACED
    ]
    if door.overrides:
        only = {"type": "string", "enum": ["PATCH"]}
        headers.append({"name": OVERRIDE, "in": "header", "required": True, "schema": only})
    if door.body is BYTES:
        headers.append({"name": "digest", "in": "header", "schema": text()})
    return places + asked + headers


def _answers(door: Door) -> dict[str, Any]:
    status, shape = door.gives
    given: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if shape is not None:
        given["content"] = _content(shape)
    if shape is BYTES:
        given["headers"] = {"digest": {"schema": text()}}
    refusals = (*_REFUSALS, 405) if door.overrides else _REFUSALS
    return {str(status): given} | {
        str(code): {
            "description": HTTPStatus(code).phrase,
            "content": {"application/json": {"schema": ref("Error")}},
        }
        for code in refusals
    }
