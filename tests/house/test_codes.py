"""Every verdict has its published line: a stable number, a French label, and what to do."""

import re

import pytest

from schemas.codes import TABLE, Code, Effect
from schemas.codes_page import FAMILIES, render
from tests.house.tree import House


def test_every_code_has_one_line_and_every_line_a_code() -> None:
    assert set(TABLE) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_code_says_what_happened_and_what_to_do_in_french(code: Code) -> None:
    entry = TABLE[code]
    assert isinstance(entry.effect, Effect)
    assert len(entry.label) >= 10
    assert entry.label[0].isupper()
    assert not entry.label.endswith(".")
    assert entry.action.endswith(".")


def test_numbers_are_stable_and_belong_to_a_family() -> None:
    values = [code.value for code in Code]
    assert [value for value in values if re.fullmatch(r"GW-[1-9]\d\d", value) is None] == []
    assert values == sorted(set(values))


def test_no_line_carries_a_place_for_a_value() -> None:
    lines = [f"{entry.label} {entry.action}" for entry in TABLE.values()]
    assert [line for line in lines if re.search(r"[{}%]", line)] == []


def test_the_published_table_of_codes_is_the_one_in_force(house: House) -> None:
    assert (house.root / "docs" / "codes.md").read_text("utf-8") == render()


def test_every_family_of_codes_has_a_chapter() -> None:
    assert {code.value[3] for code in Code} == set(FAMILIES)
