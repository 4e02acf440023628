"""What Table Schema itself demands, written again from its specification: the reader in `schemas` is ours.

https://specs.frictionlessdata.io/table-schema/ : types, formats, constraints, missing values. What it does
not know, it lets through: our French keys are such.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

TYPES = frozenset(
    {
        "string", "number", "integer", "boolean", "object", "array", "date", "time", "datetime",
        "year", "yearmonth", "duration", "geopoint", "geojson", "any",
    }
)  # fmt: skip
FORMATS = {"string": {"default", "email", "uri", "binary", "uuid"}}
CONSTRAINTS: Mapping[str, type] = {
    "required": bool,
    "unique": bool,
    "minLength": int,
    "maxLength": int,
    "pattern": str,
    "enum": list,
    "minimum": str,
    "maximum": str,
}


def slips(schema: Mapping[str, Any]) -> Iterator[str]:
    """Everything a descriptor says that its specification forbids."""
    fields = schema.get("fields")
    if not isinstance(fields, list) or not fields:
        yield "fields: at least one"
        return
    names = [field.get("name") for field in fields]
    if len(set(names)) != len(names):
        yield "fields: a name given twice"
    missing = schema.get("missingValues", [""])
    if not isinstance(missing, list) or not all(isinstance(text, str) for text in missing):
        yield "missingValues: texts"
    for field in fields:
        yield from (f"{field.get('name')}: {slip}" for slip in _of_field(field))


def _of_field(field: Mapping[str, Any]) -> Iterator[str]:
    kind = field.get("type", "string")
    if not isinstance(field.get("name"), str) or not field["name"]:
        yield "name"
    if kind not in TYPES:
        yield f"type {kind}"
    if kind in FORMATS and field.get("format", "default") not in FORMATS[kind]:
        yield f"format of a {kind}"
    if kind == "date" and "%" not in field.get("format", "%"):
        yield "format of a date"
    if any(not isinstance(field.get(word, ""), str) for word in ("title", "description")):
        yield "title or description"
    yield from _of_constraints(field.get("constraints", {}))


def _of_constraints(limits: Mapping[str, Any]) -> Iterator[str]:
    for word, limit in limits.items():
        if not isinstance(limit, CONSTRAINTS.get(word, type(None))):
            yield f"constraint {word}"
    enum = limits.get("enum", ["one"])
    if not enum or len(set(enum)) != len(enum):
        yield "constraint enum"
    re.compile(limits.get("pattern", ""))
