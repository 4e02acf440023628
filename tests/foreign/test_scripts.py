"""Scripts written by others, from the contract alone, do their whole work here."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.osl_script import BRANCH, SIRET, OslScript
from tests.foreign.seen import Seen
from tests.foreign.si_script import SiScript
from tests.world.hubee import HubeeWorld

RSA = "RSABEI-RSABAI"
FILES = {
    "RSABEI.xml": ("RSABEI", "application/xml", "<a>é</a>".encode("latin-1")),
    "RSABAI.xml": ("RSABAI", "application/xml", b"<b/>"),
}
MORE = {"plus.xml": ("RSABEI", "application/xml", b"<plus/>")}
# Two batches and a bit.
CASES = 27


def si_script(world: HubeeWorld, seen: Seen, folder: Path, slash: str, *, old: bool) -> SiScript:
    credential = world.sandbox.subscribe(SIRET, BRANCH, RSA)
    token_url, api_url = f"{world.base}/oauth2/token", f"{world.base}{slash}"
    return SiScript(token_url, api_url, credential, folder, seen.opener(), old)


@pytest.mark.parametrize("way", ["old /", "new /", "new //"])
async def test_an_integrator_s_script_takes_everything_and_ends_with_an_empty_queue(
    world: HubeeWorld, seen: Seen, publisher: OslScript, tmp_path: Path, way: str
) -> None:
    old, slash = way.startswith("old"), way.split()[1]
    script = si_script(world, seen, tmp_path / "got", slash, old=old)

    def story() -> list[object]:
        publisher.sign_in()
        sent = [publisher.send(RSA, f"CNAF-RSABEI-{i:013}", FILES) for i in range(CASES)]
        first, heard = script.run(), publisher.follow(RSA)
        publisher.close(sent[0])
        publisher.reopen(sent[0], MORE)
        return [first, sorted(map(str, heard)), script.run(), script.run()]

    first, heard, echoes, nothing = await asyncio.to_thread(story)
    assert first == CASES
    assert heard == ["DONE"] * CASES + ["IN_PROGRESS"] * CASES
    # Each of our two words on each case comes back RECEIVED; then the closing, and the deposit.
    again = 0 if old else 2  # what the new way leaves in the queue once more
    assert (echoes, nothing) == (2 * CASES + 2 + again, 0)
    for i in range(CASES):
        place = tmp_path / "got" / f"CNAF-RSABEI-{i:013}-01"
        assert {f.name: f.read_bytes() for f in place.iterdir() if f.name in FILES} == {
            name: body for name, (_, _, body) in FILES.items()
        }
    assert (
        tmp_path / "got" / "CNAF-RSABEI-0000000000000-01" / "plus.xml"
    ).read_bytes() == b"<plus/>"
    state = world.sandbox.state()
    assert {case.status for case in state.cases.values()} == {"DONE"}
    assert state.waiting_for_recipients() == 0


async def test_a_publisher_gives_up_what_it_did_not_complete(
    world: HubeeWorld, seen: Seen, publisher: OslScript
) -> None:
    world.sandbox.subscribe(SIRET, BRANCH, RSA)

    def story() -> None:
        publisher.sign_in()
        folder = publisher.declare(RSA, "CNAF-RSABEI-0000000000001", FILES)
        publisher.upload(folder, FILES)
        publisher.hub("DELETE", f"/folders/{folder['id']}")

    await asyncio.to_thread(story)
    assert world.sandbox.state().cases == {}


KEY = {"type": "SI", "companyRegister": "21990000000012", "branchCode": "99001"}
ORGANISATION = KEY | {
    "name": "COMMUNE DE TEST",
    "country": "France",
    "postalCode": "99000",
    "territory": "99001",
    "email": "accueil@commune.test",
    "status": "Actif",
}
SUBSCRIPTION: dict[str, Any] = {
    "datapassId": 4242,
    "processCode": RSA,
    "subscriber": KEY,
    "accessMode": None,
    "notificationFrequency": "Unitaire",
    "activateDateTime": None,
    "validateDateTime": "2026-11-20T10:00:00+01:00",
    "delegationActor": None,
    "rejectionReason": None,
    "status": "Inactif",
    "email": "accueil@commune.test",
    "localAdministrator": {
        "email": "dgs@commune.test",
        "firstName": "Prénom",
        "lastName": "Nom",
        "function": "DGS",
        "phoneNumber": "0100000000",
        "mobileNumber": None,
    },
}


async def test_the_organisations_and_subscriptions_of_a_collectivity_are_made_by_those_who_grant_them(
    world: HubeeWorld, seen: Seen
) -> None:
    """The order in which a habilitation service works: look, create, subscribe, look again."""
    credentials = world.sandbox.standing
    datapass = OslScript(world.base, credentials["datapass"], seen.opener())
    portal = OslScript(world.base, credentials["admin-portail"], seen.opener())

    def story() -> None:
        datapass.sign_in("datapass")  # as a live client writes it
        datapass.call("POST", "/referential/v1/organizations", ORGANISATION)
        place = "/referential/v1/organizations/SI-21990000000012-99001"
        assert datapass.call("GET", place)["name"] == "COMMUNE DE TEST"
        held = datapass.call("POST", "/referential/v1/subscriptions", SUBSCRIPTION)
        assert (held["status"], held["datapassId"]) == ("Inactif", 4242)
        portal.sign_in("ADMIN")
        one = f"/referential/v1/subscriptions/{held['id']}"
        active = portal.call("PUT", one, SUBSCRIPTION | {"status": "Actif", "accessMode": "API"})
        assert active["status"] == "Actif"
        query = f"?companyRegister=21990000000012&processCode={RSA}"
        (found,) = portal.call("GET", f"/referential/v1/subscriptions{query}")
        assert found["id"] == held["id"]
        assert portal.call("PUT", place, ORGANISATION | {"code": "TEST"})["code"] == "TEST"
        known = portal.call("GET", "/referential/v1/organizations?type=SI&orderBy=name")
        assert [one["name"] for one in known] == ["COMMUNE DE TEST"]
        process = portal.call("GET", f"/referential/v1/processes/{RSA}")
        assert portal.call("PUT", f"/referential/v1/processes/{RSA}", process)["code"] == RSA
        portal.call("POST", "/referential/v1/processes", process | {"code": "NEUVE"})
        codes = {one["code"] for one in portal.call("GET", "/referential/v1/processes")}
        assert {RSA, "NEUVE"} <= codes

    await asyncio.to_thread(story)
