"""When only a false file came from Pôle emploi, nothing is guessed, and what can be said is said."""

import asyncio

import pytest

from gateway.rules import RULES
from gateway.rules.rule import Flow
from tests.story.conftest import Drawing
from tests.story.lived import Lived, live, signals_agree
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


def test_the_nine_rules_of_pole_emploi_cannot_be_evaluated_for_anybody(lived: Lived) -> None:
    judged = [
        said
        for said in lived.document["signals"].values()
        if said["population"] and said["suppressor"] in {None, "S4"}
    ]
    nine = {rule.id for rule in RULES if Flow.PE in rule.sources and not rule.optional}
    assert len(judged) > 60
    assert len(nine) == 9
    for said in judged:
        assert {rule for rule, why in said["reasons"].items() if why == "pe_non_recu"} == nine
        assert said["grade"] == "none"


def test_the_signals_are_those_expected_without_pole_emploi(lived: Lived) -> None:
    found = lived.document["signals"]
    assert signals_agree(found, lived.expected("signals-sans-pe.json")) > 60
    assert any("R09" in said["triggered"] for said in found.values())


def test_the_releases_still_go(lived: Lived) -> None:
    expected = lived.samples / "expected" / "contacts-rdv-insertion.csv"
    assert lived.left["contacts-rdv-insertion"].clear == expected.read_bytes()
    text = lived.left["risque-rupture"].clear.decode("utf-8-sig")
    assert ";R09;" in text
    assert ";R13" not in text
