"""Holding a JSON value to its shape, and saying what is wrong in the words of HubEE's gateway.

1. Everything wrong is said at once, one sentence each; missing fields are one sentence, sorted.
2. A value of the wrong type is not looked at any further. A shape made of halves fails as a whole, and
   each half says why.
3. In a request, what only the hub writes is neither required nor looked at. Unknown fields pass.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from connectors.sandbox.hubee.shapes import Shape

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHEN = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE | re.ASCII
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DATES = "[yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]"
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),  # before int: True is one
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)

# What the gateway calls each format, when a string has not got it.
FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "uuid": (lambda t: _UUID.fullmatch(t) is not None, 'Input string "{}" is not a valid UUID'),
    "date-time": (
        lambda t: instant(t) is not None,
        'String "{}" is invalid against requested date format(s) ' + _DATES,
    ),
    "email": (
        lambda t: _EMAIL.fullmatch(t) is not None,
        'String "{}" is not a valid email address',
    ),
}


def instant(text: str) -> datetime | None:
    """Read a date and time, or None; a zone is required."""
    if _WHEN.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def complaints(
    value: object, shape: Shape, named: dict[str, Shape], *, sent: bool, at: str = ""
) -> Iterator[str]:
    """Yield what is wrong with `value`. `sent`: it comes from a client, not from the hub."""
    if "$ref" in shape:
        shape = named[shape["$ref"].rpartition("/")[2]]
    if value is None and shape.get("nullable"):
        return
    where = f"[Path '{at}'] " if at else ""
    wrong = _type(value, shape)
    if wrong is not None:
        yield where + wrong
        return
    for sentence in _own(value, shape, sent=sent):
        yield where + sentence
    halves = [
        [*complaints(value, half, named, sent=sent, at=at)] for half in shape.get("allOf", ())
    ]
    if any(halves):
        yield where + _composed(halves)
    for below, part, inner in _inside(value, shape, sent=sent):
        yield from complaints(part, inner, named, sent=sent, at=at + below)


def _type(value: object, shape: Shape) -> str | None:
    if "type" not in shape:
        return None
    allowed = {shape["type"]} | ({"null"} if shape.get("nullable") else set())
    if "number" in allowed:
        allowed.add("integer")
    kind = next((name for python, name in _KINDS if isinstance(value, python)), "null")
    if kind in allowed:
        return None
    listed = json.dumps(sorted(allowed), separators=(",", ":"))
    return f"Instance type ({kind}) does not match any allowed primitive type (allowed: {listed})"


def _own(value: object, shape: Shape, *, sent: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text(value, shape)
    elif isinstance(value, list) and len(value) < shape.get("minItems", 0):
        least = shape["minItems"]
        yield f"Array is too short: must have at least {least} elements but instance has {len(value)} elements"
    elif isinstance(value, dict):
        missing = sorted(name for name in _required(shape, sent=sent) if name not in value)
        if missing:
            listed = json.dumps(missing, separators=(",", ":"), ensure_ascii=False)
            yield f"Object has missing required properties ({listed})"


def _composed(halves: list[list[str]]) -> str:
    passed, all_of = sum(not wrong for wrong in halves), len(halves)
    lines = [
        f"Instance failed to match all required schemas (matched only {passed} out of {all_of})"
    ]
    wrong = [(i, sentence) for i, said in enumerate(halves) for sentence in said]
    lines += [f"\t* /allOf/{i}: {sentence}\t" for i, sentence in wrong]
    return "\n".join(lines + [f"\t- [ERROR] {sentence}" for _, sentence in wrong])


def _text(value: str, shape: Shape) -> Iterator[str]:
    most = shape.get("maxLength")
    if most is not None and len(value) > most:
        yield f'String "{value}" is too long (length: {len(value)}, maximum allowed: {most})'
    pattern = shape.get("pattern")
    # `$` is the end in ECMA 262, and the end or the last line feed in Python.
    if pattern is not None and not _matches(pattern, value):
        yield f'ECMA 262 regex "{pattern}" does not match input string "{value}"'
    if "enum" in shape and value not in shape["enum"]:
        listed = json.dumps(shape["enum"], separators=(",", ":"), ensure_ascii=False)
        yield f'Instance value ("{value}") not found in enum (possible values: {listed})'
    has, sentence = FORMATS.get(shape.get("format", ""), (None, ""))
    if has is not None and not has(value):
        yield sentence.replace("{}", value)


def _matches(pattern: str, value: str) -> bool:
    return re.search(pattern.replace("$", r"\Z"), value, re.ASCII) is not None


def _required(shape: Shape, *, sent: bool) -> list[str]:
    fields = shape.get("properties", {})
    names: list[str] = shape.get("required", [])
    return [n for n in names if not (sent and fields.get(n, {}).get("readOnly"))]


def _inside(value: object, shape: Shape, *, sent: bool) -> Iterator[tuple[str, Any, Shape]]:
    if isinstance(value, list) and "items" in shape:
        yield from ((f"/{i}", item, shape["items"]) for i, item in enumerate(value))
    if isinstance(value, dict):
        for name, inner in shape.get("properties", {}).items():
            if name in value and not (sent and inner.get("readOnly")):
                yield f"/{name}", value[name], inner
