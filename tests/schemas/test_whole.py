"""Laws of the whole file: one département, one period, one policy, and who is no longer there."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.check import check
from schemas.codes import Code
from schemas.contract import Contract, RowPolicy
from schemas.disappearance import compare, people_of
from schemas.reading import FileRefused
from schemas.registry import contract, contracts, published
from schemas.slips import ContractError
from schemas.table_schema import parse_contract
from schemas.whole import OneDepartement, check_name
from tests.schemas.papers import journey, lines, pecg

FIELD = {"title": "a", "description": "", "type": "string", "categorie": "parcours",
         "sort": "porte", "fondement": "x"}  # fmt: skip


def written(**changes: Any) -> Contract:
    schema = json.loads(published("cd-parcours"))
    fields = [FIELD | {"name": name} for name in ("DEPARTEMENT", "B")]
    schema |= {"fields": fields, "custom_checks": [], "nom_de_fichier": None, "personne": ["B"]}
    return parse_contract(json.dumps(schema | changes))


def of_departement(**changes: Any) -> Contract:
    return written(departement_de_la_ligne="DEPARTEMENT", **changes)


def refusal(file: Path, of: Contract, departement: str | None) -> FileRefused | None:
    try:
        check(file, of, departement=departement)
    except FileRefused as refused:
        return refused
    return None


# --- one département


@pytest.mark.parametrize(
    ("rows", "sender", "line"),
    [
        (["08", "8", "008"], "08", None),
        (["08", "62", "08"], "08", 3),
        (["62", "62"], "08", 2),
        (["2A", "2a", "02A"], "2A", None),
        (["08", "", "08"], "08", None),
        (["62", "62"], None, None),
        (["62", "08"], None, 3),
        ([], "08", None),
    ],
)
def test_every_row_says_the_senders_departement(
    rows: list[str], sender: str | None, line: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "depot"
    file.write_text("\n".join(["DEPARTEMENT;B", *(f"{row};x{n}" for n, row in enumerate(rows))]))
    refused = refusal(file, of_departement(), sender)
    if line is None:
        assert refused is None
    else:
        assert refused is not None
        assert (refused.code, refused.column, refused.line) == (
            Code.OTHER_DEPARTEMENT, "DEPARTEMENT", line,
        )  # fmt: skip


@pytest.mark.parametrize("sender", ["08", None])
def test_another_departement_is_found_in_a_later_batch(sender: str | None) -> None:
    one = OneDepartement(of_departement(), sender)
    for start in (2, 5):
        one.look(pl.DataFrame({"LIGNE": [start, start + 1], "DEPARTEMENT": ["08", "8"]}))
    with pytest.raises(FileRefused) as refused:
        one.look(pl.DataFrame({"LIGNE": [8, 9], "DEPARTEMENT": ["08", "62"]}))
    assert (refused.value.code, refused.value.line) == (Code.OTHER_DEPARTEMENT, 9)
    assert "62" not in repr(vars(refused.value))


def test_rows_that_say_no_departement_are_not_asked(tmp_path: Path) -> None:
    file = tmp_path / "depot"
    file.write_text("DEPARTEMENT;B\n62;x\n08;y\n")
    assert refusal(file, written(), "08") is None


def test_a_file_says_its_departement_where_nobody_did(tmp_path: Path) -> None:
    file = tmp_path / "depot"
    file.write_text("DEPARTEMENT;B\n062;x\n")
    assert check(file, of_departement(), departement=None).departement == "62"
    file.write_bytes(pecg([], departement="62", end_departement="62").encode("iso-8859-1"))
    assert check(file, contract("pe-parcours"), departement=None).departement == "62"
    file.write_bytes(pecg([], departement="62", end_departement="08").encode("iso-8859-1"))
    refused = refusal(file, contract("pe-parcours"), None)
    assert refused is not None
    assert refused.code is Code.HEADER_FOOTER_DIFFER


# --- what a name states


@pytest.mark.parametrize(
    ("stated", "departement", "day", "code"),
    [
        ({}, "08", date(2022, 6, 1), None),
        ({"departement": "08"}, "8", None, None),
        ({"departement": "08"}, None, None, None),
        ({"departement": "62"}, "08", None, Code.OTHER_DEPARTEMENT),
        ({"date_reference": "20220601"}, "08", date(2022, 6, 1), None),
        ({"date_reference": "20220601"}, "08", None, None),
        ({"date_reference": "20220602"}, "08", date(2022, 6, 1), Code.INCOHERENT_DATES),
        ({"date_reference": "20221301"}, "08", date(2022, 6, 1), Code.INCOHERENT_DATES),
    ],
)
def test_a_name_states_what_the_content_states(
    stated: dict[str, str], departement: str | None, day: date | None, code: Code | None
) -> None:
    if code is None:
        check_name(stated, departement, day)
        return
    with pytest.raises(FileRefused) as refused:
        check_name(stated, departement, day)
    assert refused.value.code is code


# --- policy and thresholds


def _three_bad_of_a_hundred(tmp_path: Path) -> Path:
    file = tmp_path / "depot"
    rows = [journey(n, **({"DATE": "2022-13-45"} if n < 3 else {})) for n in range(100)]
    file.write_text(lines("cd-parcours", rows))
    return file


@pytest.mark.parametrize(
    ("policy", "threshold", "code"),
    [
        (RowPolicy.ROW, 0.03, None),
        (RowPolicy.ROW, 0.02, Code.TOO_MANY_REJECTS),
        (RowPolicy.FILE, 0.5, Code.TOO_MANY_REJECTS),
    ],
)
def test_a_policy_says_what_one_rejected_row_does(
    policy: RowPolicy, threshold: float, code: Code | None, tmp_path: Path
) -> None:
    agreed = replace(contract("cd-parcours"), row_policy=policy, reject_threshold=threshold)
    refused = refusal(_three_bad_of_a_hundred(tmp_path), agreed, "08")
    assert (refused and refused.code) == code
    if refused is not None:
        assert refused.report is not None
        assert refused.report.rejected == 3


def test_a_contract_that_refuses_whole_files_says_so_and_tolerates_none() -> None:
    agreed = written(politique="rejet_fichier", seuil_rejet=0)
    assert (agreed.row_policy, agreed.tolerated_rejects) == (RowPolicy.FILE, 0)


@pytest.mark.parametrize(
    "slip",
    [
        {"politique": "rejet_total"},
        {"politique": "rejet_fichier", "seuil_rejet": 0.05},
        {"seuil_rejet": 1.5},
        {"seuil_rejet": -0.1},
        {"disparition": 2},
        {"personne": ["ABSENTE"]},
        {"personne": []},
        {"ensemble_complet": False},
        {"departement_de_la_ligne": "ABSENTE"},
    ],
)
def test_a_slip_in_a_law_is_a_slip_of_ours(slip: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        written(**slip)


def test_what_no_longer_is_a_full_set_has_nobody_to_look_for() -> None:
    schema = json.loads(published("cd-parcours"))
    for key in ("ensemble_complet", "personne", "disparition"):
        del schema[key]
    agreed = parse_contract(json.dumps(schema))
    nobody = pl.DataFrame({"x": ["a"]})
    assert not agreed.full_set
    assert compare(nobody, nobody, agreed) is None


# --- who is no longer there

KEYS = st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 3), max_size=12)


@given(before=KEYS, now=KEYS)
def test_those_gone_are_those_a_naive_reader_misses(
    before: list[tuple[str | None, ...]], now: list[tuple[str | None, ...]]
) -> None:
    agreed = replace(contract("cnaf-contacts"), disappearance_threshold=0.25)
    schema = dict.fromkeys(agreed.person, pl.String)

    def people(keys: list[tuple[str | None, ...]]) -> pl.DataFrame:
        halves = (keys[:5], keys[5:])
        return people_of(
            [pl.DataFrame(each, schema=schema, orient="row") for each in halves], agreed
        )

    found = compare(people(before), people(now), agreed)
    assert found is not None
    assert (found.before, found.gone) == (len(set(before)), len(set(before) - set(now)))
    assert found.is_told == (found.gone > 0.25 * found.before)


def test_a_full_set_names_its_people_by_columns_that_are_kept_or_link() -> None:
    for agreed in contracts():
        for name in agreed.person:
            assert {fate.value for fate in agreed.column(name).fates} & {"identifiant", "liaison"}
