"""Defects at chosen rates: exactly as many as asked, each reported at its place and nothing else."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.check import check
from schemas.codes import Code
from schemas.generator.spoiling import catalogue, cells
from schemas.generator.spoiling.kinds import Kind
from schemas.generator.spoiling.plan import Plan, TooMany
from schemas.reading import FileRefused, Report
from schemas.registry import UnknownContract, contract
from tests.schemas.everything import Departement, written

RATE = 0.03
PLACES = ("08", "2A", "974")
FLOWS = (
    "cnaf-contacts",
    "cnaf-beneficiaires",
    "cnaf-instructions",
    "pe-parcours",
    "pe-inscrits",
    "pe-cessations",
    "pe-radiations",
    "pe-stock",
    "pe-spie-principal",
    "pe-spie-actions",
    "cd-parcours",
)


def is_read(flow: str) -> bool:
    try:
        contract(flow)
    except UnknownContract:
        return False
    return True


READ = [flow for flow in FLOWS if is_read(flow)]


@pytest.fixture(scope="module", params=PLACES)
def spoiled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Departement:
    rates = dict.fromkeys(catalogue.known(), RATE)
    return written(tmp_path_factory.mktemp("spoiled"), request.param, 220, rates=rates)


def reported(spoiled: Departement, path: str, flow: str) -> Report:
    """Check a file; a file with too many rejects is refused with its report."""
    place = spoiled.said.truth.departement
    try:
        return check(spoiled.folder / path, contract(flow), departement=place).report
    except FileRefused as refused:
        assert refused.code is Code.TOO_MANY_REJECTS
        assert refused.report is not None
        return refused.report


def told(spoiled: Departement, flow: str) -> dict[str, Any]:
    found: dict[str, Any] = spoiled.json(f"expected/{flow}-defauts.json")
    return found


@pytest.mark.parametrize("flow", READ)
def test_every_clean_file_is_accepted_whole(spoiled: Departement, flow: str) -> None:
    files = [one for one in spoiled.json("expected/flux.json") if one["flux"] == flow]
    assert files
    for one in files:
        report = reported(spoiled, one["fichier"], flow)
        counts = (report.read, report.accepted, report.rejected, report.ignored)
        assert counts == tuple(one[k] for k in ("lues", "acceptees", "rejetees", "ignorees"))
        assert len(report.anomalies) == one["ignorees"] + one["avertissements"]


@pytest.mark.parametrize("flow", READ)
def test_every_defect_is_reported_at_its_place_and_nothing_else(
    spoiled: Departement, flow: str
) -> None:
    document = told(spoiled, flow)
    expected = Counter(
        (p["ligne"], p["ligne_fin"], p["enregistrement"], p["colonne"], p["code"], p["effet"])
        for p in document["places"]
        if p["code"] is not None
    )
    report = reported(spoiled, document["fichier"], flow)
    found = Counter(
        (a.line, a.end_line, a.record, a.column, a.code.value, a.effect.value)
        for a in report.anomalies
    )
    assert found == expected


@pytest.mark.parametrize("flow", READ)
def test_every_file_spoiled_whole_is_refused_with_its_code(spoiled: Departement, flow: str) -> None:
    place, copies = spoiled.said.truth.departement, told(spoiled, flow)["fichiers_entiers"]
    assert copies
    for one in copies:
        with pytest.raises(FileRefused) as refused:
            check(spoiled.folder / one["fichier"], contract(flow), departement=place)
        assert refused.value.code.value == one["code"], one["genre"]


@pytest.mark.parametrize("flow", FLOWS)
def test_rates_give_exact_counts(spoiled: Departement, flow: str) -> None:
    (total,) = (
        one.records for one in spoiled.said.written if one.flow == flow and _is_spoiled(one.path)
    )
    counts = spoiled.said.defects[flow]
    whole = {one["genre"] for one in told(spoiled, flow)["fichiers_entiers"]}
    asked = round(RATE * total)
    assert {count for kind, count in counts.items() if kind not in whole} == ({asked} - {0})
    places = Counter(p["genre"] for p in told(spoiled, flow)["places"])
    assert {kind: places[kind] for kind in counts.keys() - whole} == {
        kind: count for kind, count in counts.items() if kind not in whole
    }


def _is_spoiled(path: str) -> bool:
    return not path.endswith(("EI.xml", "AM.xml", "MSABEM.xml"))


def test_every_kind_of_the_catalogue_was_placed_somewhere(spoiled: Departement) -> None:
    placed = {kind for kinds in spoiled.said.defects.values() for kind in kinds}
    assert placed == catalogue.known()


def test_no_value_of_a_file_is_in_what_is_said_of_its_defects(spoiled: Departement) -> None:
    truth = spoiled.said.truth
    secrets = {*truth.nirs13, *truth.nirs15, *truth.names, *truth.pe_ids, *truth.numdemrsa}
    for path in (spoiled.folder / "expected").glob("*-defauts.json"):
        text = path.read_text("utf-8")
        assert not [secret for secret in secrets if secret in text]


def test_the_same_rates_spoil_the_same_records(tmp_path: Path) -> None:
    one, two = (
        written(tmp_path / name, "2B", 40, rates={"nir_cle": 0.1, "tronque": 1}) for name in "ab"
    )
    for flow in one.said.defects:
        assert told(one, flow) == told(two, flow)
    assert set(one.said.defects["pe-parcours"]) == {"nir_cle", "tronque"}
    assert not list(one.folder.glob("cd/*tronque*"))


def test_a_rate_a_file_cannot_bear_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooMany) as refused:
        written(tmp_path, people=40, rates={"telephone": 1.0})
    assert (refused.value.flow, refused.value.kind) == ("cnaf-contacts", "telephone")


def _kind(name: str) -> Kind:
    return Kind(name, None, None, lambda record: name in record, lambda record, _: record)


@given(
    st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=60),
    st.floats(0, 0.3),
    st.integers(0, 1000),
)
def test_a_plan_places_all_or_refuses(records: list[set[str]], rate: float, seed: int) -> None:
    written_records = [sorted(each) for each in records]
    rates = dict.fromkeys("abc", rate)
    try:
        plan = Plan("flux", [_kind(name) for name in "abc"], rates, written_records, Random(seed))
    except TooMany:
        return
    chosen = [plan.next() for _ in written_records]
    counts = Counter(kind.name for kind in chosen if kind)
    asked = round(rate * len(records)) if rate else 0
    assert counts == Counter({name: asked for name in "abc" if asked})
    assert all(k is None or k.name in r for k, r in zip(chosen, written_records, strict=True))


def test_a_spoiled_cell_always_differs_from_the_clean_one(tmp_path: Path) -> None:
    place = written(tmp_path, people=60)
    header, *rows = (
        place.bytes("cnaf/coordonnees-allocataire.txt").decode("iso-8859-15").split("\n")
    )
    assert header.count(";") == 11
    spoilt = 0
    for kind in cells.contacts():
        for row in rows:
            record = row.split(";")
            if kind.name != "doublon" and kind.fits(record):
                assert kind.spoil(record, Random(0)) != record
                spoilt += 1
    assert spoilt > 400


def test_places_are_readable_by_people_too(tmp_path: Path) -> None:
    place = written(tmp_path, people=60, rates={"date_impossible": 0.05})
    text = (place.folder / "expected/cnaf-contacts-defauts.json").read_text("utf-8")
    lines = [line for line in text.split("\n") if '"genre": "date_impossible"' in line]
    assert len(lines) == json.loads(text)["genres"]["date_impossible"] > 0
