"""Small files, short functions, names that mean something, tests that can fail."""

from pathlib import Path

import pytest

from tests.house import forms
from tests.house.tree import House, plant


def test_no_file_is_too_long(house: House) -> None:
    assert forms.long_files(house) == []


def test_no_function_is_too_long(house: House) -> None:
    assert forms.long_functions(house) == []


def test_no_file_or_class_hides_behind_a_vague_word(house: House) -> None:
    assert forms.vague_names(house) == []


def test_every_test_can_fail(house: House) -> None:
    assert forms.silent_tests(house) == []


def test_a_file_of_351_lines_is_seen_and_one_of_350_is_not(tmp_path: Path) -> None:
    planted = plant(tmp_path, {"gateway/a.py": "A = 1\n" * 351, "gateway/b.py": "A = 1\n" * 350})
    assert forms.long_files(planted) == ["gateway/a.py 351"]


def test_a_function_of_41_lines_is_seen_and_one_of_40_is_not(tmp_path: Path) -> None:
    body = "    A = 1\n"
    text = f"class C:\n  async def long(self):\n{body * 40}def fair():\n{body * 39}"
    planted = plant(tmp_path, {"schemas/a.py": text})
    assert forms.long_functions(planted) == ["schemas/a.py:2 long 41"]


@pytest.mark.parametrize(
    "name", ["gateway/utils.py", "gateway/common/dates.py", "connectors/key_manager.py"]
)
def test_a_vague_file_is_seen(tmp_path: Path, name: str) -> None:
    assert forms.vague_names(plant(tmp_path, {name: ""})) == [name]


@pytest.mark.parametrize("name", ["KeyManager", "HTTPHandler", "Util", "coreThing"])
def test_a_vague_class_is_seen(tmp_path: Path, name: str) -> None:
    planted = plant(tmp_path, {"gateway/keys.py": f"class {name}: ...\n"})
    assert forms.vague_names(planted) == [f"gateway/keys.py:1 {name}"]


@pytest.mark.parametrize("name", ["Scores", "Encore", "Commonwealth", "Serviceable"])
def test_a_word_inside_another_is_not_vague(tmp_path: Path, name: str) -> None:
    assert forms.vague_names(plant(tmp_path, {"gateway/a.py": f"class {name}: ...\n"})) == []


@pytest.mark.parametrize("body", ["run()", "assert True", "x = 1", "unchecked_(1)"])
def test_a_test_that_cannot_fail_is_seen(tmp_path: Path, body: str) -> None:
    planted = plant(tmp_path, {"tests/test_a.py": f"async def test_a():\n    {body}\n"})
    assert len(forms.silent_tests(planted)) == 1


@pytest.mark.parametrize(
    "body",
    ["assert x == 1", "with pytest.raises(E): run()", "check_a(1)", "world.assert_quiet()"],
)
def test_a_test_that_can_fail_is_let_through(tmp_path: Path, body: str) -> None:
    planted = plant(tmp_path, {"tests/test_a.py": f"def test_a():\n    {body}\n"})
    assert forms.silent_tests(planted) == []
