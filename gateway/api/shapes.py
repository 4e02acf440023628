"""What `openapi.json` says a value must be, judged by a JSON Schema library (draft 2020-12, OpenAPI 3.1's).

A fault is said by its place (`corps.url`), never by its value: the library's sentences quote values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

# The library reads 1.0 as an integer, Python does not: a number of an address is digits.
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema, compiled."""

    validator: Draft202012Validator
    is_integer: bool

    def read(self, text: str) -> str | int | None:
        """A value written in an address or a header; None when it does not fit."""
        if self.is_integer and _INTEGER.fullmatch(text) is None:
            return None
        value = int(text) if self.is_integer else text
        return None if self.fault(value, "") is not None else value

    def fault(self, value: Any, place: str) -> str | None:  # noqa: ANN401 - JSON
        """Where it does not fit, `place` being where it stands; None when it fits."""
        try:
            found = next(iter(self.validator.iter_errors(value)), None)
        except UnicodeEncodeError:  # half a character (`\\ud800`): JSON writes it, UTF-8 cannot
            return place
        return None if found is None else _told(found, place)


def shape_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Shape:
    """Compile a schema of this document, whose references it follows. Raises `ValueError`."""
    whole = {**schema, "components": document["components"]}
    validator = Draft202012Validator(whole, validate_formats=True)
    return Shape(validator, schema.get("type") == "integer")


def _told(error: ValidationError, place: str) -> str:
    where = place
    for step in error.instance_path:
        where += f"[{step}]" if isinstance(step, int) else f".{step}"
    match error.kind:
        case ValidationErrorKind.Required(property=name):
            return f"{where}.{name} manque"
        case ValidationErrorKind.AdditionalProperties():
            return f"{where} : un membre est inconnu"
        case _:
            return where
