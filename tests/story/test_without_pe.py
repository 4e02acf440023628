"""When only a false file came from Pôle emploi, nothing is guessed, and what can be said is said."""

import asyncio

import pytest

from tests.story.conftest import Drawing
from tests.story.lived import Lived, live, signals_agree
from tests.world.oracle import opinions
from tests.world.samples import sample
from tests.world.town import week_of


@pytest.fixture(scope="module", params=["974", "échantillon"])
def lived(
    request: pytest.FixtureRequest, drawn: Drawing, tmp_path_factory: pytest.TempPathFactory
) -> Lived:
    if request.param == "974":
        samples = drawn("974").folder
    else:
        samples = sample("dept-08/expected/signals-sans-pe.json").parent.parent
    week = week_of(samples, without=["PECG.xml"])
    return asyncio.run(live(tmp_path_factory.mktemp("town") / "t", samples, week))


def test_the_false_file_is_refused(lived: Lived) -> None:
    assert [
        (name, fate.row.code) for name, fate in lived.fates.items() if fate.row.partner == "pe"
    ] == [("PECG-total-faux.xml", "GW-701")]


def test_the_two_rules_of_pole_emploi_cannot_be_evaluated_for_anybody(lived: Lived) -> None:
    reasons = {"R13": "pe_non_recu", "R13b": "pe_non_recu"}
    assert len(lived.document["signals"]) > 60
    for said in lived.document["signals"].values():
        assert said["reasons"] == reasons
        assert said["not_evaluable"] == ["R13", "R13b"]
        assert said["grade"] == "none"


def test_the_signals_are_those_expected_without_pole_emploi(lived: Lived) -> None:
    found, expected = lived.document["signals"], lived.expected("signals-sans-pe.json")
    assert found.keys() == expected.keys()
    assert signals_agree(found, expected, matches={None}) > 60
    assert any("R09" in said["triggered"] for said in found.values())


def test_a_naive_reading_of_the_files_finds_the_same(lived: Lived) -> None:
    second = opinions(lived.samples, with_pe=False)
    for id_cd, said in lived.document["signals"].items():
        if lived.is_generated:
            assert set(said["triggered"]) == second[id_cd].triggered, id_cd
            assert said["reasons"] == second[id_cd].reasons, id_cd
    assert second.keys() == lived.document["signals"].keys()


def test_the_releases_still_go(lived: Lived) -> None:
    expected = lived.samples / "expected" / "contacts-rdv-insertion.csv"
    assert lived.left["contacts-rdv-insertion"].clear == expected.read_bytes()
    text = lived.left["risque-rupture"].clear.decode("utf-8-sig")
    assert ";R09;" in text
    assert ";R13" not in text
