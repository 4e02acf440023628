"""The public sheet of the algorithm: everything the law asks, of the configuration in force, and nothing else."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from yarl import URL

from gateway.doors.http import application
from gateway.errors import Unavailable
from gateway.rulebook import today
from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.disclosure import Sheet, document, markdown
from gateway.rules.disclosure.page import sheet_page
from gateway.rules.disclosure.words import WEIGHING
from gateway.rules.points import FLOORS, HIGH, LOW, MEDIUM
from gateway.rules.standing import Standing, standing
from gateway.rules.thresholds import AVANT_2025, LPE_2025
from gateway.store.database import open_engine
from tests.house.tree import ROOT

OURS = Sheet(None, AVANT_2025, AVANT_2025.digest())
CHANGED = replace(
    AVANT_2025,
    version="08-1",
    delays={**AVANT_2025.delays, "R09": 45},
    optional=frozenset({"R22"}),
    dismissal=30,
)
OF_08 = Sheet("08", CHANGED, CHANGED.digest(), date(2026, 12, 1))
OF_2A = Sheet("2A", replace(LPE_2025, version="2A-4"), LPE_2025.digest(), date(2025, 1, 1))
SHEETS: Mapping[str | None, Sheet] = {None: OURS, "08": OF_08, "2A": OF_2A}


def test_the_documentation_is_our_sheet() -> None:
    page = (ROOT / "docs" / "regles.md").read_text("utf-8")
    assert page == markdown(OURS), "passerelle rules catalogue > docs/regles.md"


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.thresholds.version)
def test_every_rule_and_every_silence_is_told_on_the_page_and_in_the_document(sheet: Sheet) -> None:
    page, told = sheet_page(sheet, ["08", "2A"]).decode(), document(sheet)
    text = json.dumps(told, ensure_ascii=False)
    for rule in RULES:
        assert f'id="{rule.id}"' in page
        for words in (rule.name, rule.definition, rule.legal_source, *rule.false_positives):
            assert escaped(words) in page
            assert words in text
    for one in SUPPRESSORS:
        assert escaped(one.name) in page
        assert one.name in text
    for words in (sheet.digest, sheet.thresholds.version, "R311-3-1-2", "nationalité", "CNIL"):
        assert words in page
        assert words in text


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_delay_is_told_with_where_it_comes_from() -> None:
    rules = {rule["id"]: rule for rule in document(OF_08)["regles"]}  # type: ignore[attr-defined]
    assert rules["R09"]["delais"] == [
        {
            "cle": "R09",
            "jours": 45,
            "objet": "",
            "origine": "décision du département (valeur de départ : 60 j)",
        }
    ]
    assert {delay["origine"] for delay in rules["R13"]["delais"]} == {"valeur de départ"}
    assert {delay["cle"] for delay in rules["R13b"]["delais"]} >= {"R12", "R13", "R13.GUI"}


def test_the_numbers_of_a_departement_are_in_its_words() -> None:
    assert "se tait 30 jours" in sheet_page(OF_08, []).decode()
    assert "se tait 90 jours" in sheet_page(OURS, []).decode()


def test_a_rule_not_evaluated_is_told_with_why() -> None:
    by_id = {rule.id: rule for rule in RULES}
    assert standing(by_id["R09"], CHANGED) is Standing.IN_USE
    void = {each.rule.id: each for each in OF_2A.rules}["R02"]
    assert void.standing is Standing.OBSOLETE
    assert "n'a plus d'objet" in sheet_page(OF_2A, []).decode()
    assert "R22" in {each.rule.id for each in OF_08.rules if each.standing is Standing.IN_USE}
    assert "n'a plus d'objet" not in sheet_page(OF_08, []).decode()
    older = replace(CHANGED, delays={"R12": 120})
    assert standing(by_id["R09"], older) is Standing.WITHOUT_DELAY
    told = {each.rule.id: each.why for each in Sheet("08", older, "").rules}
    assert "n'a pas fixé son délai" in told["R09"]


def test_the_page_needs_no_script_and_nothing_from_elsewhere() -> None:
    page = sheet_page(OF_08, ["08", "2A"]).decode()
    assert not re.search(r"<script|<style|style=|https?://| on[a-z]+=", page)
    assert page.count("<h1") == 1
    assert '<html lang="fr">' in page
    headings = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


# --- the door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[TestServer]:
    server = TestServer(application(tmp_path, lambda: 0, sheets=lambda: SHEETS))
    await server.start_server()
    yield server
    await server.close()


async def ask(door: TestServer, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    url = URL(f"{door.make_url('/')}".rstrip("/") + path, encoded=True)
    async with ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_the_rules_are_served_by_departement_as_a_page_and_as_json(door: TestServer) -> None:
    for departement, sheet in SHEETS.items():
        path = f"/regles/{departement}" if departement else "/regles"
        status, body, headers = await ask(door, path)
        assert (status, body) == (200, sheet_page(sheet, ["08", "2A"])), path
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        status, body, headers = await ask(door, f"{path}.json")
        assert (status, headers["Content-Type"]) == (200, "application/json")
        assert json.loads(body) == document(sheet)
        assert (await ask(door, path, **{"If-None-Match": (await ask(door, path))[2]["ETag"]}))[
            0
        ] == 304


async def test_every_link_of_a_page_of_rules_leads_somewhere(door: TestServer) -> None:
    for path in ("/regles", "/regles/08", "/regles/zqx"):
        _, body, _ = await ask(door, path)
        for link in set(re.findall(r'href="([^"#]+)"', body.decode())):
            there = URL(f"http://x{path}").join(URL(link)).path
            assert (await ask(door, there))[0] == 200, (path, link)


@pytest.mark.parametrize("path", ["/regles/09", "/regles/", "/regles/zqx/zqx", "/regles/..%2fzqx"])
async def test_what_is_not_published_repeats_nothing(door: TestServer, path: str) -> None:
    status, body, headers = await ask(door, path)
    assert (status, headers["Cache-Control"]) == (404, "no-store")
    assert "Page introuvable" in body.decode()
    assert b"zqx" not in body


async def test_without_the_database_nothing_is_invented(tmp_path: Path) -> None:
    def broken() -> Mapping[str | None, Sheet]:
        raise Unavailable("la base ne répond pas")

    server = TestServer(application(tmp_path, lambda: 0, sheets=broken))
    await server.start_server()
    status, body, _ = await ask(server, "/regles")
    await server.close()
    assert (status, "réessayez plus tard" in body.decode()) == (503, True)


def test_the_departements_served_have_a_sheet_each(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'p.sqlite'}")
    told = today(engine, ["09", "08"])
    engine.dispose()
    assert list(told) == [None, "08", "09"]
    assert {sheet.thresholds.version for sheet in told.values()} == {"AVANT_2025-3"}


def test_the_sheet_tells_the_floors_that_weigh() -> None:
    told = " ".join(WEIGHING)
    assert f"haute à partir de {FLOORS[HIGH]} points" in told
    assert f"moyenne de {FLOORS[MEDIUM]} à {FLOORS[HIGH] - 1} ;" in told
    assert f"basse de {FLOORS[LOW]} à {FLOORS[MEDIUM] - 1} ;" in told
