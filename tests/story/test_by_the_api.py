"""A département exchanges by the API alone: it deposits, is answered, fetches, acknowledges; revoked, nothing more."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.api.door import application, serve
from gateway.api.steps import GUARD
from gateway.app import House
from gateway.cli.counter import counter
from gateway.doors.durable import Durable, Patience
from gateway.habilitation import Status
from gateway.habilitation.model import Organisation
from gateway.ledger import published_entry, verify_receipt
from gateway.ledger.folder import read_key
from gateway.rounds import go_round, running
from gateway.sandbox.ceremony import grant_to
from gateway.settings import load
from gateway.store.habilitations import decide_state
from tests.world.api import Answer, Caller, Reached, Served, free_port
from tests.world.certificates import Authority
from tests.world.habilitations import LONG, content, example
from tests.world.sender import Sender

SIRET = "00000000000013"
NAME = "CD-PARCOURS_08_20220615_000001_V1.csv.gpg"
API = """
[api]
address = "https://localhost:{port}"
port = {port}
certificate_file = "../tls/localhost.crt"
key_file = "../tls/localhost.key"
"""
PARTNER = """\
alias = "{alias}"
name = "{alias}"
siret = "{siret}"
[api]
[[flows]]
flow = "{flow}"
departement = "08"
"""


FOR_US = Organisation(SIRET, "Conseil départemental (essai)")
HABILITATION = replace(content(example("parcours-carnet-de-bord", **LONG)), organisation=FOR_US)


@dataclass
class Office:
    """The house as it is served, the département's system and its key, and somebody else's system."""

    house: House
    durable: Durable
    api: Served
    sender: Sender
    cd: Caller
    other: Caller

    async def lives(self) -> None:
        await go_round(self.house, self.durable, lambda _phase, _started: None)

    async def deposits(self, body: bytes, name: str = NAME) -> Answer:
        digest = b64encode(sha256(body).digest()).decode()
        headers = {
            "Passerelle-Fichier": name,
            "Repr-Digest": f"sha-256=:{digest}:",
            "Content-Type": "application/octet-stream",
        }
        return await self.cd.call("POST", "/v1/deliveries", data=body, headers=headers)

    async def has_deposited(self) -> None:
        """One file of the département, deposited, judged, and deposited again for nothing."""
        body = self.sealed()
        left = await self.deposits(body)
        assert (left.status, left.json["flux"]) == (201, "cd-parcours")
        waiting = await self.cd.call("GET", left.headers["Location"])
        assert waiting.json["etat"] == "depose"
        await self.lives()
        judged = (await self.cd.call("GET", left.headers["Location"])).json
        assert (judged["etat"], judged["lignes"]["rejetees"]) == ("accepte", 0)
        again = await self.deposits(body)
        assert (again.status, again.json["id"]) == (200, judged["id"])

    def sealed(self) -> bytes:
        """The département's file, encrypted for the house and signed, as its own gpg does it."""
        name = self.sender.leaves(1)
        waiting = self.sender.place / "depot" / name
        body = waiting.read_bytes()
        waiting.unlink()
        return body


@pytest.fixture
def sender(tmp_path: Path) -> Any:
    made = Sender(tmp_path)
    yield made
    made.close()


@asynccontextmanager
async def office(sender: Sender) -> AsyncIterator[Office]:
    port, authority = free_port(), Authority(sender.root / "tls")
    authority.certify("localhost")
    partners = sender.root / "config" / "partners"
    papers = (("cd", SIRET, "cd-parcours"), ("pe", "00000000000012", "pe-parcours"))
    for alias, siret, flow in papers:
        paper = PARTNER.format(alias=alias, siret=siret, flow=flow)
        (partners / f"{alias}.toml").write_text(paper)
    main = sender.config.read_text("utf-8").partition("\n[api]")[0]
    sender.config.write_text(main + API.format(port=port), "utf-8")
    settings = load(sender.config)
    async with running(settings, Patience(tries=3, first_wait=0.05)) as (house, durable):
        grant_to(house.engine, HABILITATION)
        app = application(counter(house))
        runner = await serve(app, settings)
        try:
            address = f"https://localhost:{port}"
            api = Served(address, counter(house), app[GUARD], authority, Reached())
            cd, other = api.enrol("cd-si", siret=SIRET), api.enrol("pe-si", siret="00000000000012")
            yield Office(house, durable, api, sender, cd, other)
        finally:
            await runner.cleanup()


async def test_a_departement_deposits_is_answered_fetches_and_acknowledges(sender: Sender) -> None:
    async with office(sender) as here:
        await here.has_deposited()
        (release,) = (await here.cd.call("GET", "/v1/releases")).json["elements"]
        assert (release["produit"], release["etat"]) == ("parcours-carnet-de-bord", "disponible")
        place = f"/v1/releases/{release['id']}"
        file = await here.cd.call("GET", f"{place}/file")
        assert file.headers["Etag"] == f'"{sha256(file.body).hexdigest()}"'
        clear = here.sender.opens(file.body)
        rows = [json.loads(line) for line in clear.splitlines()]
        assert {frozenset(row) for row in rows} == {frozenset(HABILITATION.columns)}
        manifest = (await here.cd.call("GET", f"{place}/manifest")).json
        assert manifest["sha256"] == sha256(clear).hexdigest()
        assert manifest["lignes"] == len(rows) > 0

        said = await here.cd.call("POST", f"{place}/acknowledgement", json={"etat": "integree"})
        assert said.status == 200, said.body
        assert (await here.cd.call("GET", place)).json["etat"] == "retiree"
        receipt = (await here.cd.call("GET", f"/v1/ledger/receipts/{release['id']}")).body.decode()
        folder, index = here.house.ledger_folder, manifest["journal"]["ecriture"]
        entry = published_entry(folder, index)
        assert verify_receipt(receipt, entry, read_key(folder)).index == index
        told = json.loads(entry)
        assert (told["act"], told["subject"]) == ("release.authorised", release["id"])


async def test_another_organisation_sees_nothing_of_it_and_a_revocation_ends_it(
    sender: Sender,
) -> None:
    async with office(sender) as here:
        await here.deposits(here.sealed())
        await here.lives()
        (release,) = (await here.cd.call("GET", "/v1/releases")).json["elements"]
        place = f"/v1/releases/{release['id']}/file"
        assert (await here.other.call("GET", "/v1/releases")).json["elements"] == []
        hers = await here.other.call("GET", place)
        nobodys = await here.other.call("GET", "/v1/releases/inconnu/file")
        assert hers.status == nobodys.status == 404
        assert {**hers.json, "instance": ""} == {**nobodys.json, "instance": ""}
        decide_state(
            here.house.engine,
            HABILITATION.id,
            Status.REVOKED,
            by="anne",
            motive="fin de convention",
        )
        assert (await here.cd.call("GET", place)).status == 403
        await here.lives()
        assert (await here.cd.call("GET", place)).status == 410
        assert (await here.cd.call("GET", "/v1/releases")).json["elements"][0]["etat"] == "reprise"
