"""Contracts, habilitations, reports and receipts: each organisation its own, the rest as if it were not."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from gateway.habilitation import Status
from gateway.ledger.folder import read_key
from gateway.ledger.log import committed_size
from gateway.ledger.proof import verify_receipt
from gateway.ledger.receipt import published_entry
from gateway.ledger.served import Served, served
from gateway.stages.keep import keep
from gateway.store.acknowledgements import keep_notices
from gateway.store.deliveries import Passport
from schemas.codes import Code
from schemas.registry import ours
from tests.world.counter import Here
from tests.world.databases import KINDS
from tests.world.records import NOON, collected, passport, refusal

DATABASES = KINDS  # of the fixture `here`
WORDS = {
    "avis": [
        {"etape": "received", "message": "", "code": "", "fichiers": ["ART.json", "ART.json.asc"]},
        {"etape": "refused", "message": "", "code": "", "fichiers": ["REJETS.csv.gpg"]},
    ],
}


def sent(here: Here, delivery: str, partner: str = "cd") -> Passport:
    """A delivery refused, with its answers: two files, and rejected lines sealed for their sender."""
    known = passport(delivery, partner=partner, arrival=f"cle-{delivery}")
    keep(here.engine, known, collected(delivery), refusal(delivery, Code.TOO_MANY_REJECTS))
    sealed = here.vault.put(io.BytesIO(b"lignes pour l'emetteur seul"))
    words = WORDS | {"scelles": {"REJETS.csv.gpg": sealed.digest}}
    files = {
        "ART.json": b'{"niveau": "ART"}',
        "ART.json.asc": b"signature",
        "AVIS.json": json.dumps(words).encode(),
        "ADRESSE.age": b"adresse",
        "RENVOI-4.json": b"motif d'un operateur",
    }
    keep_notices(here.engine, delivery, files, NOON)
    return known


async def read(session: ClientSession, path: str) -> tuple[int, bytes]:
    async with session.get(path) as answer:
        return answer.status, await answer.read()


async def test_reports_are_those_that_were_signed_and_no_other_file(here: Here) -> None:
    sent(here, "d1")
    async with here.session("cd") as cd:
        _, body = await read(cd, "/v1/deliveries/d1")
        told: Any = json.loads(body)
        assert told["rapports"] == ["ART.json", "ART.json.asc", "REJETS.csv.gpg"]
        assert (told["etat"], told["code"], told["depot"]) == ("refuse", "GW-704", "cle-d1")
        given = {
            name: await read(cd, f"/v1/deliveries/d1/reports/{name}") for name in told["rapports"]
        }
        assert given == {
            "ART.json": (200, b'{"niveau": "ART"}'),
            "ART.json.asc": (200, b"signature"),
            "REJETS.csv.gpg": (200, b"lignes pour l'emetteur seul"),
        }
        for name in ("AVIS.json", "ADRESSE.age", "RENVOI-4.json", "ARA.json"):
            assert (await read(cd, f"/v1/deliveries/d1/reports/{name}"))[0] == 404


async def test_what_another_sent_is_not_there(here: Here) -> None:
    sent(here, "d1", "autre")
    async with here.session("cd") as cd:
        paths = [
            "/v1/deliveries/{}",
            "/v1/deliveries/{}/reports/ART.json",
            "/v1/ledger/receipts/{}",
        ]
        for path in paths:
            answers = [await read(cd, path.format(name)) for name in ("d1", "cle-d1", "rien")]
            bodies = [json.loads(body) | {"instance": ""} for _, body in answers]
            assert [status for status, _ in answers] == [404] * 3
            assert bodies[0] == bodies[1] == bodies[2]
        assert json.loads((await read(cd, "/v1/deliveries"))[1])["elements"] == []


async def test_deliveries_go_by_pages_and_by_flow(here: Here) -> None:
    for number in range(3):
        sent(here, f"d{number}")
    async with here.session("cd") as cd:
        page = json.loads((await read(cd, "/v1/deliveries?limite=2"))[1])
        rest = json.loads((await read(cd, f"/v1/deliveries?limite=2&curseur={page['suite']}"))[1])
        none = json.loads((await read(cd, "/v1/deliveries?flux=cd-retours"))[1])
    told = [one["id"] for one in page["elements"] + rest["elements"]]
    assert (told, rest["suite"], none["elements"]) == (["d2", "d1", "d0"], None, [])


async def test_contracts_are_as_published(here: Here) -> None:
    async with here.session("cd") as cd:
        listed = json.loads((await read(cd, "/v1/schemas"))[1])
        assert {one["flux"]: tuple(one["versions"]) for one in listed["elements"]} == dict(
            ours().held
        )
        page = json.loads((await read(cd, "/v1/schemas?limite=5"))[1])
        rest = json.loads((await read(cd, f"/v1/schemas?curseur={page['suite']}"))[1])
        assert page["elements"] + rest["elements"] == listed["elements"]
        status, body = await read(cd, "/v1/schemas/cd-retours?version=1.0.0")
        assert (status, body.decode()) == (200, ours().published("cd-retours"))
        assert (await read(cd, "/v1/schemas/cd-retours?version=9.0.0"))[0] == 404
        assert (await read(cd, "/v1/schemas/cd-rien"))[0] == 404


async def test_habilitations_are_ones_own_as_they_stand_with_their_versions(here: Here) -> None:
    here.habilitate("autre", name="h-autre")
    here.habilitate(columns=("MATRICULE",))
    async with here.session("cd") as cd:
        listed = json.loads((await read(cd, "/v1/habilitations"))[1])
        assert [(one["id"], one["version"], one["colonnes"]) for one in listed["elements"]] == [
            ("h-essai", 2, ["MATRICULE"])
        ]
        here.revoke(state=Status.SUSPENDED)
        one = json.loads((await read(cd, "/v1/habilitations/h-essai"))[1])
        assert (one["etat"], [v["etat"] for v in one["versions"]]) == (
            "suspended",
            ["superseded", "suspended"],
        )
        answers = [await read(cd, f"/v1/habilitations/{name}") for name in ("h-autre", "h-rien")]
    bodies = [json.loads(body) | {"instance": ""} for _, body in answers]
    assert [status for status, _ in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert "example.org" not in json.dumps(one)  # nobody is named


async def test_a_habilitation_that_went_to_another_organisation_leaves_nothing_behind(
    here: Here,
) -> None:
    here.habilitate("autre")
    async with here.session("cd") as cd, here.session("autre") as other:
        assert (await read(cd, "/v1/habilitations/h-essai"))[0] == 404
        one = json.loads((await read(other, "/v1/habilitations/h-essai"))[1])
    assert [version["version"] for version in one["versions"]] == [2]


async def test_a_receipt_proves_ones_own_entry_and_is_published_for_it(here: Here) -> None:
    release, delivery = here.leave("A", b"x" * 100), sent(here, "d1").delivery
    async with here.session("cd") as cd:
        for name in (release, delivery):
            status, body = await read(cd, f"/v1/ledger/receipts/{name}")
            assert status == 200
            folder = here.counter.ledger_folder
            index = int(body.decode().split("index ")[1].split("\n")[0])
            entry = published_entry(folder, index)
            verify_receipt(body.decode(), entry, read_key(folder))
            assert json.loads(entry)["subject"] == name


async def test_the_head_and_the_hashes_are_read_never_the_entries_of_others(here: Here) -> None:
    here.leave("A", b"x" * 100)
    async with here.session("cd") as cd:
        assert (await read(cd, "/v1/ledger/checkpoint"))[0] == 404  # nothing is published yet
        await asyncio.to_thread(here.counter.publish)
        size, folder = committed_size(here.engine), here.counter.ledger_folder
        assert await read(cd, "/v1/ledger/checkpoint") == (
            200,
            (folder / "checkpoint").read_bytes(),
        )
        tile = f"0/000.p/{size}"
        assert await read(cd, f"/v1/ledger/tile/{tile}") == (
            200,
            (folder / "tile" / tile).read_bytes(),
        )
        assert (folder / "tile" / "entries" / f"000.p/{size}").is_file()
        for path in (f"entries/000.p/{size}", "9/000", "0/000.p", "0/../0/000"):
            assert (await read(cd, f"/v1/ledger/tile/{path}"))[0] == 404


@pytest.mark.parametrize(
    "path",
    ["../ledger.key", "tile/../../ledger.key", "tile/0/../0/000", "/etc/passwd", "", "tile/0"],
)
def test_a_path_that_is_no_published_file_is_not_joined_to_the_disk(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "ledger.key").write_bytes(b"secret")
    (tmp_path / "journal" / "tile" / "0").mkdir(parents=True)
    (tmp_path / "journal" / "tile" / "0" / "000").write_bytes(bytes(32))
    assert served(tmp_path / "journal", path) is None
    assert served(tmp_path / "journal", "tile/0/000") == Served(bytes(32), lasts=True)


@pytest.mark.parametrize("path", ["/v1/releases", "/v1/deliveries", "/v1/habilitations"])
async def test_an_organisation_without_anything_has_empty_lists(here: Here, path: str) -> None:
    async with here.session("pe") as pe:
        status, body = await read(pe, path)
    assert (status, json.loads(body)["elements"]) == (200, [])
