"""`openapi.json`, read once: what each operation is, and what its parameters and its body may be.

1. The file is the truth: routes, scopes, parameters and bodies are checked against it before a function runs.
2. Only the words of JSON Schema that the file uses are read; another one in it stops the door from opening.
3. What does not fit is `requete-invalide` or `contenu-refuse`: the detail names the place, never the value.
   A path that does not fit is an unknown object.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

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
    """One operation. `scope`: what its client must have; None when anybody may ask."""

    id: str
    method: str
    path: str
    scope: str | None
    parameters: tuple[Parameter, ...]
    kinds: frozenset[str]
    body: Shape | None
    repeatable: bool

    @property
    def route(self) -> str:
        """Its path, as the router reads it: `{path}` alone may hold slashes."""
        return self.path.replace("{path}", "{path:.+}")

    def read_path(self, given: Mapping[str, str]) -> Mapping[str, Any]:
        """Its place in the address. Raises `Problem`: an address that cannot be is nobody's."""
        read = {}
        for parameter in self._in("path"):
            value = parameter.shape.read(given.get(parameter.name, ""))
            if value is None:
                raise unknown()
            read[parameter.name] = value
        return read

    def read_query(self, given: Mapping[str, str], many: int) -> Mapping[str, Any]:
        """What the query says; `many`: how many values it holds. Raises `Problem`."""
        known = {parameter.name: parameter for parameter in self._in("query")}
        if given.keys() - known.keys() or many != len(given):
            raise _invalid("un paramètre est inconnu ou répété")
        return self._read(known, given)

    def read_headers(self, given: Mapping[str, str]) -> Mapping[str, Any]:
        """What its own headers say. Raises `Problem`."""
        known = {p.name: p for p in self._in("header") if p.name not in OWN}
        return self._read(known, {name: given[name] for name in known if name in given})

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
        if wrong:
            raise Problem(422, "contenu-refuse", f"À corriger : {wrong}.")
        return read

    def _in(self, where: str) -> Iterator[Parameter]:
        return (parameter for parameter in self.parameters if parameter.where == where)

    def _read(self, known: Mapping[str, Parameter], given: Mapping[str, str]) -> Mapping[str, Any]:
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


def _described(path: str, method: str, node: Mapping[str, Any]) -> Described:
    required = [scope for each in node["security"] for scope in each["jeton"]]
    if len(required) > 1 or not set(required) <= set(scopes()):
        raise Misconfigured(f"openapi.json : {node['operationId']} veut une portée et une seule")
    parameters = tuple(_parameter(each) for each in node.get("parameters", ()))
    content = resolve(node.get("requestBody", {})).get("content", {})
    return Described(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        scope=required[0] if required else None,
        parameters=parameters,
        kinds=frozenset(content),
        body=shape_of(content[JSON]["schema"], resolve) if JSON in content else None,
        repeatable=any(p.name == "Idempotency-Key" for p in parameters),
    )


def _parameter(node: Mapping[str, Any]) -> Parameter:
    held = resolve(node)
    shape = shape_of(held["schema"], resolve)
    required = held.get("required", False)
    return Parameter(held["name"], held["in"], required, shape)


def _invalid(what: str) -> Problem:
    return Problem(400, "requete-invalide", f"À corriger : {what}.")


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")
