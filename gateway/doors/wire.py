"""How references are written in the durable notebook: JSON, by type name, and never a pickle.

1. Only the listed types cross: a value of another type is an error here, not a surprise there.
2. An exception crosses as its name and, when it is one of ours, its message (ours carry no value).
3. Nothing is ever unpickled: DBOS would, for a row that says it was pickled; `forbid_pickles` ends it.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec
from dbos import Serializer
from dbos._serialization import DefaultSerializer

from gateway.delivery import DURABLE
from gateway.errors import (
    Broken,
    CeilingReached,
    GatewayError,
    Misconfigured,
    NotAuthorised,
    Stopped,
    Unavailable,
)
from gateway.store.deliveries import Passport
from gateway.store.holding import Elsewhere
from gateway.store.releases import Crossed, Extracted

TYPES: Mapping[str, type] = {
    kind.__name__: kind for kind in (*DURABLE, Passport, Crossed, Extracted)
}
ERRORS: Mapping[str, type[GatewayError]] = {
    kind.__name__: kind
    for kind in (Unavailable, Elsewhere, NotAuthorised, Stopped, CeilingReached, Misconfigured)
}


class Wire(Serializer):
    """The serializer of the durable notebook."""

    def name(self) -> str:
        """Written beside every value, so that no other serializer ever reads it."""
        return "passerelle_json"

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - the library's signature
        """Write a reference, a workflow's arguments or an error."""
        return json.dumps(_encode(data), ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401 - the library's signature
        """Read what `serialize` wrote."""
        return _decode(json.loads(serialized_data))


def forbid_pickles() -> None:
    """Take away the serializer that DBOS keeps for rows it did not write with ours."""
    DefaultSerializer.serialize = _refuse  # type: ignore[assignment, method-assign]  # it has no setting
    DefaultSerializer.deserialize = _refuse  # type: ignore[assignment, method-assign]


def _refuse(_serializer: DefaultSerializer, _data: object) -> NoReturn:
    raise TypeError("the durable notebook holds no pickle: this row is not ours")


def _encode(data: object) -> object:
    if data is None or isinstance(data, str | int | float | bool):
        return data
    if isinstance(data, dict):
        return {"map": {key: _encode(value) for key, value in data.items()}}
    if isinstance(data, list | tuple):
        return [_encode(item) for item in data]
    if isinstance(data, BaseException):
        return _encode_error(data)
    name = type(data).__name__
    if TYPES.get(name) is not type(data):
        raise TypeError(f"{name} does not cross a durable boundary")
    return {"type": name, "value": msgspec.to_builtins(data)}


def _encode_error(error: BaseException) -> dict[str, object]:
    if isinstance(error, Broken):
        return {"error": "Broken", "message": "", "stage": error.stage, "kind": error.kind}
    message = str(error) if isinstance(error, GatewayError) else ""
    return {"error": type(error).__name__, "message": message}


def _decode(data: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(data, list):
        return tuple(_decode(item) for item in data)
    if not isinstance(data, dict):
        return data
    if "map" in data:
        return {key: _decode(value) for key, value in data["map"].items()}
    if "error" in data:
        return _decode_error(data)
    return msgspec.convert(data["value"], TYPES[data["type"]])


def _decode_error(data: Mapping[str, str]) -> GatewayError:
    kind = ERRORS.get(data["error"])
    if kind is not None:
        return kind(data["message"])
    return Broken(data.get("stage", "reprise"), data.get("kind", data["error"]))
