"""The generated département of the shared samples: everything expected of its people, one by one.

Its files are checked, linked, pseudonymised and sealed by our own stages; the whole path, transport included,
is lived in `tests/story`.
"""

import json
from datetime import date
from typing import Any

import pytest

from tests.world.samples import sample
from tests.world.second_reading import second_reading
from tests.world.settled import crossed

AS_OF = date(2022, 6, 15)
CASES = pytest.mark.parametrize(
    ("name", "with_pe"), [("signals.json", True), ("signals-sans-pe.json", False)]
)


def expected(name: str) -> dict[str, dict[str, Any]]:
    people = json.loads(sample(f"dept-08/expected/{name}").read_text("utf-8"))["people"]
    return {
        who: {key: said for key, said in person.items() if key != "scenario"}
        for who, person in people.items()
    }


@CASES
def test_every_person_of_the_sample_is_told_what_is_expected(name: str, with_pe: bool) -> None:
    folder = sample(f"dept-08/expected/{name}").parent.parent
    told = crossed(folder, "08", AS_OF, without=() if with_pe else ("pe-parcours",))
    assert len(told) == 300
    assert told == expected(name)


@CASES
def test_a_second_reading_of_the_files_finds_it_too(name: str, with_pe: bool) -> None:
    folder = sample(f"dept-08/expected/{name}").parent.parent
    assert second_reading(folder, "08", with_pe=with_pe) == expected(name)


def test_an_old_file_of_pole_emploi_says_no_more_than_a_missing_one() -> None:
    folder = sample("dept-08/expected/signals.json").parent.parent
    late = crossed(folder, "08", date(2022, 7, 17))
    assert {person["match"] for person in late.values()} == {None}
    judged = [p for p in late.values() if p["population"] and p["suppressor"] in {None, "S4"}]
    assert len(judged) > 250
    assert {person["reasons"]["R13"] for person in judged} == {"pe_non_recu"}
