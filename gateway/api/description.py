"""`openapi.json`, read once: what each operation is, and what its parameters and its body may be.

1. The file is the truth: routes, scopes, parameters and bodies are checked against it before a function runs.
2. What does not fit is `requete-invalide` or `contenu-refuse`: the detail names the place, never the value.
   A path that does not fit is an unknown object.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from aiohttp import web

from gateway.api.problems import Problem, unknown
from gateway.api.shapes import Shape, shape_of
from gateway.errors import Misconfigured

METHODS: Final = ("get", "post", "put", "patch", "delete")
# Said of the whole request, checked by the door itself.
OWN: Final = frozenset({"Passerelle-Motif", "Passerelle-Agent", "Idempotency-Key"})
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `where`: path, query or header."""

    name: str
    where: str
    required: bool
    shape: Shape


@dataclass(frozen=True, slots=True)
class Described:
    """One operation. `scope`: what its client must have; None when anybody may ask.

    `places`: its parameters by place (path, query, header) and name, those the door reads itself left out.
    """

    id: str
    method: str
    path: str
    scope: str | None
    places: Mapping[str, Mapping[str, Parameter]]
    kinds: frozenset[str]
    body: Shape | None
    repeatable: bool

    @property
    def route(self) -> str:
        """Its path, as the router reads it: `{path}` alone may hold slashes."""
        return self.path.replace("{path}", "{path:.+}")

    def read(self, request: web.Request) -> dict[str, Any]:
        """What its address, its query and its own headers say. Raises `Problem`."""
        read: dict[str, Any] = {}
        for parameter in self.places["path"].values():
            value = parameter.shape.read(request.match_info.get(parameter.name, ""))
            if value is None:  # an address that cannot be is nobody's
                raise unknown()
            read[parameter.name] = value
        known = self.places["query"]
        if known or request.query_string:
            query: Mapping[str, str] = request.query if request.query_string else _NOTHING
            if query.keys() - known.keys() or len(query) != len(set(query)):
                raise _invalid("un paramètre est inconnu ou répété")
            read |= _read(known, query)
        if self.places["header"]:
            read |= _read(self.places["header"], request.headers)
        return read

    def read_body(self, kind: str, body: bytes) -> Any:  # noqa: ANN401 - JSON
        """A JSON body. Raises `Problem`."""
        if self.body is None:
            return None
        if kind not in self.kinds:
            raise Problem(415, "type-refuse", f"Envoyez un corps {', '.join(sorted(self.kinds))}.")
        try:
            read = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise _invalid("le corps n'est pas du JSON") from None
        wrong = self.body.fault(read, "corps")
        if wrong is not None:
            raise Problem(422, "contenu-refuse", f"À corriger : {wrong}.")
        return read


@cache
def document() -> Mapping[str, Any]:
    """The file itself."""
    text = (resources.files("gateway.api") / "openapi.json").read_text("utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


@cache
def operations() -> Mapping[str, Described]:
    """Every operation of the file, by its id. Raises `Misconfigured`."""
    found: dict[str, Described] = {}
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                one = _described(path, method, methods[method])
                if one.id in found:
                    raise Misconfigured(f"openapi.json : {one.id} y est deux fois")
                found[one.id] = one
    return found


@cache
def scopes() -> Mapping[str, str]:
    """Each scope and what it opens, in French."""
    flow = document()["components"]["securitySchemes"]["jeton"]["flows"]["clientCredentials"]
    told: Mapping[str, str] = flow["scopes"]
    return told


def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a `$ref` points at; the node itself when it is none."""
    while "$ref" in node:
        target: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


_NOTHING: Final[Mapping[str, str]] = {}


def _read(known: Mapping[str, Parameter], given: Mapping[str, str]) -> dict[str, Any]:
    read = {}
    for name, parameter in known.items():
        if name not in given:
            if parameter.required:
                raise _invalid(f"{name} manque")
            continue
        value = parameter.shape.read(given[name])
        if value is None:
            raise _invalid(f"{name} n'a pas la forme attendue")
        read[name] = value
    return read


def _described(path: str, method: str, node: Mapping[str, Any]) -> Described:
    required = [scope for each in node["security"] for scope in each["jeton"]]
    if len(required) > 1 or not set(required) <= set(scopes()):
        raise Misconfigured(f"openapi.json : {node['operationId']} veut une portée et une seule")
    parameters = [_parameter(each) for each in node.get("parameters", ())]
    content = resolve(node.get("requestBody", {})).get("content", {})
    return Described(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        scope=required[0] if required else None,
        places={
            where: {p.name: p for p in parameters if p.where == where and p.name not in OWN}
            for where in ("path", "query", "header")
        },
        kinds=frozenset(content),
        body=shape_of(content[JSON]["schema"], document()) if JSON in content else None,
        repeatable=any(p.name == "Idempotency-Key" for p in parameters),
    )


def _parameter(node: Mapping[str, Any]) -> Parameter:
    held = resolve(node)
    shape = shape_of(resolve(held["schema"]), document())
    required = held.get("required", False)
    return Parameter(held["name"], held["in"], required, shape)


def _invalid(what: str) -> Problem:
    return Problem(400, "requete-invalide", f"À corriger : {what}.")


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
