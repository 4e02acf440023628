"""The shapes of the contract, and the words in which what has not got them is refused."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.hubee.doors import DOORS
from connectors.sandbox.hubee.openapi import DOCUMENTS, document
from connectors.sandbox.hubee.shapes import WHEN, Shape, many, null, record, ref, text, told
from connectors.sandbox.hubee.shapes_referential import NAMED
from connectors.sandbox.hubee.validation import complaints, instant

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)
MADE = {
    "uuid": st.uuids().map(str),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    "email": st.just("quelqu.un@ici.test"),
}


def values(shape: Shape, *, sent: bool, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return a strategy of what has this shape."""
    if "$ref" in shape:
        return values(NAMED[shape["$ref"].rpartition("/")[2]], sent=sent, depth=depth + 1)
    if "allOf" in shape:
        halves = [values(half, sent=sent, depth=depth) for half in shape["allOf"]]
        # Where two halves name one field, the first is the stricter.
        return st.tuples(*halves).map(
            lambda made: {k: v for half in reversed(made) for k, v in half.items()}
        )
    made = _plain(shape, sent=sent, depth=depth)
    return st.none() | made if shape.get("nullable") else made


def _plain(shape: Shape, *, sent: bool, depth: int) -> st.SearchStrategy[Any]:
    kind: str = shape["type"]
    if kind == "object":
        return _object(shape, sent=sent, depth=depth)
    if kind == "array":
        inner, least = values(shape["items"], sent=sent, depth=depth + 1), shape.get("minItems", 0)
        return st.lists(inner, min_size=least, max_size=max(1, least))
    if kind == "string":
        return _string(shape)
    return st.booleans() if kind == "boolean" else st.integers(0, 10**6)


def _object(shape: Shape, *, sent: bool, depth: int) -> st.SearchStrategy[Any]:
    fields = shape["properties"]
    needed = {n for n in shape.get("required", ()) if not (sent and _is_told(fields[n]))}
    inner = {n: values(s, sent=sent, depth=depth) for n, s in fields.items()}
    optional = {n: s for n, s in inner.items() if n not in needed and depth < 2}
    return st.fixed_dictionaries({n: inner[n] for n in needed}, optional=optional)


def _string(shape: Shape) -> st.SearchStrategy[str]:
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if "pattern" in shape:
        return st.from_regex(shape["pattern"].replace("$", r"\Z"), fullmatch=True)
    return MADE.get(shape.get("format", ""), st.text(max_size=min(shape.get("maxLength", 9), 9)))


def _is_told(shape: Shape) -> bool:
    return bool(shape.get("readOnly"))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(NAMED)), st.booleans())
def test_what_has_the_shape_passes(data: st.DataObject, name: str, sent: bool) -> None:
    value = data.draw(values(ref(name), sent=sent))
    assert list(complaints(value, ref(name), NAMED, sent=sent)) == []


@given(JSON, st.sampled_from(sorted(NAMED)), st.booleans())
def test_whatever_comes_is_answered_by_sentences(value: Any, name: str, sent: bool) -> None:
    said = list(complaints(value, ref(name), NAMED, sent=sent))
    assert all(said)
    if not isinstance(value, dict):
        assert said != []


@given(st.sets(st.sampled_from(["type", "companyRegister", "branchCode"])))
def test_all_that_is_missing_is_said_at_once_and_sorted(gone: set[str]) -> None:
    whole = {"type": "SI", "companyRegister": "22990000000011", "branchCode": "99"}
    value = {name: given for name, given in whole.items() if name not in gone}
    listed = ",".join(f'"{name}"' for name in sorted(gone))
    expected = [f"Object has missing required properties ([{listed}])"] if gone else []
    said = complaints(value, ref("OrganizationIdentifier"), NAMED, sent=True)
    assert list(said) == expected


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_a_date_written_by_any_client_is_read(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instant(aware.isoformat()) == aware
    assert instant(aware.isoformat().replace("T", "t")) == aware


@pytest.mark.parametrize(
    "odd",
    ["2026-01-01", "2026-01-01T10:00:00", "2026-02-30T10:00:00Z", "hier", "", "2026-01-01T10Z"],
)
def test_a_date_without_its_day_its_hour_or_its_zone_is_none(odd: str) -> None:
    assert instant(odd) is None


BOX = record("name", name=text(3, pattern="^[a-c]+$"), when=null(WHEN), only=told(text()))
SENTENCES: list[tuple[Shape, Any, list[str]]] = [
    (BOX, {"name": "abc", "when": None, "only": 3, "more": 1}, []),
    (BOX, {"name": "ab\n"}, ['ECMA 262 regex "^[a-c]+$" does not match input string "ab\n"']),
    (
        BOX,
        {"name": "abcdd"},
        [
            'String "abcdd" is too long (length: 5, maximum allowed: 3)',
            'ECMA 262 regex "^[a-c]+$" does not match input string "abcdd"',
        ],
    ),
    (
        BOX,
        {"name": 1.5},
        ['Instance type (number) does not match any allowed primitive type (allowed: ["string"])'],
    ),
    (
        many(text(), minItems=1),
        [],
        ["Array is too short: must have at least 1 elements but instance has 0 elements"],
    ),
    (
        text(enum=["API", "PORTAIL"]),
        "api",
        ['Instance value ("api") not found in enum (possible values: ["API","PORTAIL"])'],
    ),
    (text(format="email"), "nobody", ['String "nobody" is not a valid email address']),
    (
        null({"type": "number"}),
        True,
        [
            "Instance type (boolean) does not match any allowed primitive type"
            ' (allowed: ["integer","null","number"])'
        ],
    ),
]


@pytest.mark.parametrize(("shape", "value", "expected"), SENTENCES)
def test_each_fault_has_its_sentence(shape: Shape, value: Any, expected: list[str]) -> None:
    said = [line.rpartition("] ")[2] if line.startswith("[Path") else line
            for line in complaints(value, shape, {}, sent=True)]  # fmt: skip
    assert [line.rpartition("'] ")[2] or line for line in said] == expected


def test_a_shape_made_of_halves_fails_as_a_whole_and_each_half_says_why() -> None:
    file = {"fileName": "f", "type": "t", "size": 1, "mimeType": "m"}
    (said,) = complaints([file], many(ref("FolderAttachment")), NAMED, sent=True)
    why = "[Path '/0'] Object has missing required properties ([\"recipients\"])"
    assert said == (
        "[Path '/0'] Instance failed to match all required schemas (matched only 1 out of 2)\n"
        f"\t* /allOf/1: {why}\t\n\t- [ERROR] {why}"
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_description_stands_on_its_own(name: str) -> None:
    whole = document(name)
    assert set(_refs(whole)) <= set(whole["components"]["schemas"])
    asked = [operation for methods in whole["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in asked}) == len(asked)
    for operation in asked:
        assert {"400", "401", "403", "404"} <= set(operation["responses"])


def test_every_door_is_described_once() -> None:
    described = [
        (method.upper(), base + path)
        for name, base in DOCUMENTS.items()
        for path, methods in document(name)["paths"].items()
        for method in methods
    ]
    assert sorted(described) == sorted((door.method, door.path) for door in DOORS)


def _refs(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for one in part for name in _refs(one)}
    if not isinstance(part, dict):
        return set()
    mine = {part["$ref"].rpartition("/")[2]} if "$ref" in part else set()
    return mine | {name for one in part.values() for name in _refs(one)}
