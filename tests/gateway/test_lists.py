"""Pôle emploi's lists on the gateway's own path: counted against their name, named apart from their facts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.speech import Exit
from gateway.delivery import Opened, Scanned
from gateway.identity.index import SUBJECT, empty
from gateway.secret import Secret
from gateway.stages.check import check
from gateway.stages.link import link
from gateway.stages.pseudonymise import pseudonymise
from schemas.codes import Code
from schemas.reading import FileRefused
from schemas.registry import contract
from tests.schemas.lists import LISTS, extract_of, list_of, listed, number, spie
from tests.world.furnished import document, run
from tests.world.records import DAY

NAME = "Liste_BeneficiairesRSA_Inscrits_14_06_2022_1_{}.csv"
MASTER = Secret(bytes(range(32)))


def scanned(folder: Path, text: str, encoding: str = "iso-8859-1") -> Scanned:
    path = folder / "clair"
    path.write_bytes(text.encode(encoding))
    return Scanned(Opened(path, "", ""), "off")


@pytest.mark.parametrize(
    ("name", "refused"), [(NAME.format(3), False), (NAME.format(2), True), ("autre.csv", False)]
)
def test_a_list_has_the_rows_its_name_announces_or_is_refused(
    tmp_path: Path, name: str, *, refused: bool
) -> None:
    clear = scanned(tmp_path, list_of("pe-inscrits", [listed("pe-inscrits", n) for n in range(3)]))
    if refused:
        with pytest.raises(FileRefused) as found:
            check(clear, contract("pe-inscrits"), "08", name)
        assert found.value.code is Code.CONTROL_TOTAL
    else:
        assert check(clear, contract("pe-inscrits"), "08", name).reading.report.accepted == 3


@pytest.mark.parametrize(("announced", "whole"), [(3, True), (4, False)])
def test_a_partner_is_told_so_before_sending(
    tmp_path: Path, announced: int, *, whole: bool
) -> None:
    file = tmp_path / NAME.format(announced)
    text = list_of("pe-inscrits", [listed("pe-inscrits", n) for n in range(3)])
    file.write_text(text, encoding="iso-8859-1")
    result = run("flow", "check", file, "--flow", "pe-inscrits", "--departement", "08", "--json")
    assert (result.exit_code == Exit.DONE) == whole
    assert ("GW-701" in result.stdout) != whole
    assert document(result)["verdict"]


@pytest.mark.parametrize("flow", [*LISTS, "pe-spie-principal", "pe-spie-actions"])
def test_facts_of_a_list_name_nobody_and_its_people_are_known_again(
    tmp_path: Path, flow: str
) -> None:
    if flow in LISTS:
        clear = scanned(tmp_path, list_of(flow, [listed(flow, n) for n in range(3)]))
    else:
        clear = scanned(tmp_path, extract_of(flow, [spie(flow, n) for n in range(3)]), "utf-8")
    checked, now = check(clear, contract(flow), "08"), datetime.now(UTC)
    linked = link(checked, empty(), 0, flow=flow, partner="pe", as_of=DAY, sent=now)
    again = link(checked, linked.index, 1, flow=flow, partner="pe", as_of=DAY, sent=now)
    assert set(again.index[SUBJECT]) == set(linked.index[SUBJECT])
    assert linked.index.height == 3
    kept = pseudonymise(linked, contract(flow), MASTER)
    facts = kept.facts.write_csv()
    names = ["ÉTÉ", "ZOÉ", number(1), "INVENTEE", "conseil@", "00000000-0000", "000001X"]
    assert [each for each in names if each in facts] == []
    assert kept.facts["PERSONNE"].n_unique() == 3
