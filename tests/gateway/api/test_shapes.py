"""What may be asked is what the description says, judged by its words and told by its place."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from gateway.api.description import document, operations

WORDS: Final = {
    "$ref", "type", "pattern", "minLength", "maxLength", "format", "enum", "const", "minimum", "maximum",
    "default", "description", "required", "properties", "additionalProperties", "items", "minItems",
    "maxItems", "uniqueItems",
}  # fmt: skip


def words(schema: Any) -> Iterator[str]:
    yield from schema
    for inner in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        yield from words(inner)


def schemas(node: Any) -> Iterator[Any]:
    """Every schema, wherever the file says one."""
    if isinstance(node, dict):
        yield from filter(None, [node.get("schema")])
        for inner in node.values():
            yield from schemas(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from schemas(inner)


def test_every_word_of_the_description_is_one_that_json_schema_knows() -> None:
    """A misspelt one would be passed over in silence."""
    held = [*document()["components"]["schemas"].values(), *schemas(document())]
    found = {word for schema in held for word in words(schema)}
    assert {"pattern", "required", "minimum"} <= found <= WORDS


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"url": "https://a.fr/h", "evenements": ["a.b"]}, None),
        ({"evenements": ["a.b"]}, "corps.url manque"),
        ({"url": "https://a.fr/h", "evenements": ["a", "X"]}, "corps.evenements[1]"),
        ({"url": "https://a.fr/h", "evenements": ["a.b"], "Z1": 1}, "corps : un membre est inconnu"),
        ({"url": "https://a.fr/\ud800", "evenements": ["a.b"]}, "corps"),
        ({"url": "https://a.fr/h", "evenements": ["a", "a"]}, "corps.evenements"),
        ({"url": "https://a.fr/h\n", "evenements": ["a"]}, "corps.url"),
        ([], "corps"),
        (None, "corps"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_its_place(value: object, where: str | None) -> None:
    body = operations()["createWebhook"].body
    assert body is not None
    assert body.fault(value, "corps") == where


@pytest.mark.parametrize("text", ["0", "101", "5.0", "1e1", "+5", "٥", "5\n", " 5", "9" * 400])
def test_a_number_of_an_address_is_digits_within_its_bounds(text: str) -> None:
    shape = operations()["listReleases"].places["query"]["limite"].shape
    assert shape.read("5") == 5
    assert shape.read(text) is None
