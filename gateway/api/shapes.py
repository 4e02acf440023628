"""The part of JSON Schema that `openapi.json` uses to say what may be asked, and no other.

1. A word that is not read here is refused when the door opens: nothing in the file is silently ignored.
2. A fault is said by its place (`corps.url`), never by its value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gateway.errors import Misconfigured

Resolve = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_READ: Final = frozenset(
    {
        "type", "pattern", "minLength", "maxLength", "format", "enum", "const", "minimum", "maximum",
        "default", "description", "required", "properties", "additionalProperties", "items", "minItems",
        "maxItems", "uniqueItems",
    }
)  # fmt: skip
_TYPES: Final[Mapping[str, type]] = {"object": dict, "array": list, "string": str, "integer": int}


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema. `inner`: of its properties, or of its items under the name `*`."""

    schema: Mapping[str, Any]
    pattern: re.Pattern[str] | None
    inner: Mapping[str, "Shape"]

    def read(self, text: str) -> str | int | None:
        """A value written in an address or a header; None when it does not fit."""
        if self.schema.get("type") == "integer":
            if not re.fullmatch(r"-?(0|[1-9][0-9]{0,9})", text):
                return None
            return int(text) if not self.fault(int(text), "") else None
        return None if self._wrong_text(text) else text

    def fault(self, value: Any, place: str) -> str:  # noqa: ANN401 - JSON
        """Where it does not fit; empty when it fits."""
        expected = _TYPES[self.schema.get("type", "string" if "enum" in self.schema else "object")]
        if not isinstance(value, expected) or isinstance(value, bool):
            return place
        match value:
            case str():
                return place if self._wrong_text(value) else ""
            case list():
                return self._fault_in_list(value, place)
            case dict():
                return self._fault_in_object(value, place)
            case _:
                pass
        low, high = self.schema.get("minimum", value), self.schema.get("maximum", value)
        return "" if low <= value <= high else place

    def _wrong_text(self, text: str) -> bool:
        schema = self.schema
        if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
            return True
        if self.pattern is not None and self.pattern.search(text) is None:
            return True
        if "enum" in schema and text not in schema["enum"]:
            return True
        return schema.get("format") == "date" and not _is_day(text)

    def _fault_in_list(self, value: list[Any], place: str) -> str:
        low, high = self.schema.get("minItems", 0), self.schema.get("maxItems", len(value))
        if not low <= len(value) <= high:
            return place
        if self.schema.get("uniqueItems") and len({repr(each) for each in value}) < len(value):
            return place
        faults = (self.inner["*"].fault(each, f"{place}[{i}]") for i, each in enumerate(value))
        return next((fault for fault in faults if fault), "")

    def _fault_in_object(self, value: dict[str, Any], place: str) -> str:
        missing = [name for name in self.schema.get("required", ()) if name not in value]
        if missing:
            return f"{place}.{missing[0]} manque"
        if self.schema.get("additionalProperties", True) is False and value.keys() - self.inner:
            return f"{place} : un membre est inconnu"
        faults = (
            inner.fault(value[name], f"{place}.{name}")
            for name, inner in self.inner.items()
            if name in value
        )
        return next((fault for fault in faults if fault), "")


def shape_of(schema: Mapping[str, Any], resolve: Resolve) -> Shape:
    """Read a schema, its references followed. Raises `Misconfigured` at a word that is not read here."""
    held = resolve(schema)
    if held.keys() - _READ:
        raise Misconfigured(f"openapi.json : mots non lus {sorted(held.keys() - _READ)}")
    inner = {name: shape_of(each, resolve) for name, each in held.get("properties", {}).items()}
    if "items" in held:
        inner["*"] = shape_of(held["items"], resolve)
    # `$` of the file is the end of the value, not the line break before it.
    pattern = held.get("pattern")
    compiled = re.compile(pattern.removesuffix("$") + r"\Z") if pattern else None
    return Shape(held, compiled, inner)


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))  # noqa: PLR2004 - AAAA-MM-JJ
    except ValueError:
        return False
