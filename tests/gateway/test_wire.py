"""What is written in the durable notebook: listed references, our own messages, never a pickle."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest
from dbos import _serialization as library
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import errors
from gateway.delivery import DURABLE, Opened
from gateway.doors.wire import TYPES, Wire, forbid_pickles
from gateway.secret import Secret
from schemas.codes import Code

WIRE = Wire()

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_moments = st.datetimes(timezones=st.just(UTC))
_KINDS: Mapping[Any, st.SearchStrategy[Any]] = {
    str: _words,
    float: _numbers,
    datetime: _moments,
    Mapping[str, float]: st.dictionaries(_words, _numbers, max_size=3),
}


def _one_of(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a durable type, field by field, from its annotations."""
    return st.builds(kind, **{name: _values(hint) for name, hint in get_type_hints(kind).items()})


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _KINDS:
        return _KINDS[hint]
    if isinstance(hint, UnionType):
        return st.one_of(*map(_values, get_args(hint)))
    if isinstance(hint, type) and is_dataclass(hint):
        return _one_of(hint)
    return st.from_type(hint)


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.__name__)
def test_what_is_written_is_read_back(kind: type) -> None:
    @settings(max_examples=25, deadline=None)
    @given(_one_of(kind))
    def law(value: object) -> None:
        assert WIRE.deserialize(WIRE.serialize(value)) == value

    law()


def test_every_durable_state_crosses() -> None:
    assert set(DURABLE) <= set(TYPES.values())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | _words,
        lambda inner: (
            st.lists(inner, max_size=3).map(tuple) | st.dictionaries(_words, inner, max_size=3)
        ),
    )
)
def test_arguments_of_any_shape_come_back_as_they_were(value: object) -> None:
    assert WIRE.deserialize(WIRE.serialize(value)) == value


@dataclass(frozen=True)
class Person:
    """Nothing that may be written down."""

    name: str


@pytest.mark.parametrize(
    "value",
    [
        Person("MARTIN"),
        Opened(Path("/clear"), "", ""),
        Secret("s"),
        b"bytes",
        Path("/clear"),
        {1, 2},
        [Person("MARTIN")],
        {"a": Person("MARTIN")},
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_type_does_not_cross(value: object) -> None:
    with pytest.raises(TypeError, match="does not cross"):
        WIRE.serialize(value)


def test_a_type_that_borrows_a_listed_name_does_not_cross() -> None:
    impostor = type("Kept", (), {})()
    with pytest.raises(TypeError, match="does not cross"):
        WIRE.serialize(impostor)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("MARTIN"),
        KeyError("MARTIN"),
        UnicodeDecodeError("utf-8", b"MARTIN", 0, 1, "MARTIN"),
    ],
)
def test_a_foreign_error_loses_its_message(error: Exception) -> None:
    written = WIRE.serialize(error)
    assert "MARTIN" not in written
    read = WIRE.deserialize(written)
    assert isinstance(read, errors.Broken)
    assert read.kind == type(error).__name__


@pytest.mark.parametrize(
    "error",
    [
        errors.Unavailable("le partenaire ne répond pas"),
        errors.NotAuthorised("aucune habilitation"),
        errors.Misconfigured("clé absente"),
        errors.Broken("treat", "KeyError"),
    ],
)
def test_an_error_of_ours_keeps_its_kind_and_its_sentence(error: errors.GatewayError) -> None:
    read = WIRE.deserialize(WIRE.serialize(error))
    assert type(read) is type(error)
    assert str(read) == str(error)


def test_a_refusal_that_escapes_comes_back_as_a_breakage() -> None:
    read = WIRE.deserialize(WIRE.serialize(errors.Refused(Code.TAMPERED)))
    assert isinstance(read, errors.Broken)


def test_what_is_written_is_one_line_of_json_under_our_own_name() -> None:
    assert WIRE.name() not in {"py_pickle", "portable_json"}
    assert "\n" not in WIRE.serialize({"a": "b\nc"})


def _pickle_that_writes(path: Path) -> str:
    """The payload an intruder would leave in the notebook, spelled by hand."""
    order = f"cos\nsystem\n(S'touch {path}'\ntR."
    return base64.b64encode(order.encode()).decode()


def test_a_pickled_payload_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        WIRE.deserialize(_pickle_that_writes(tmp_path / "owned"))
    assert not (tmp_path / "owned").exists()


def test_a_row_that_says_it_was_pickled_is_refused_too(tmp_path: Path) -> None:
    forbid_pickles()
    payload = _pickle_that_writes(tmp_path / "owned")
    with pytest.raises(TypeError, match="holds no pickle"):
        library.deserialize_value(payload, "py_pickle", WIRE)
    with pytest.raises(TypeError, match="holds no pickle"):
        library.deserialize_args(payload, "py_pickle", WIRE)
    with pytest.raises(TypeError, match="holds no pickle"):
        library.serialize_value({}, library.WorkflowSerializationFormat.NATIVE, WIRE)
    assert not (tmp_path / "owned").exists()
