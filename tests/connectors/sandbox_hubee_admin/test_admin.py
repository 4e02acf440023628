"""The sandbox's own door: who may enter, what it loads, shows and does."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.hubee import Fault, HubeeSandbox
from connectors.sandbox.hubee.admin import (
    PREFIX,
    Declined,
)
from connectors.sandbox.hubee.admin.door import DOORS, is_loopback
from tests.connectors.sandbox_hubee_admin.place import TOKEN, Place, a_place
from tests.world.hubee import SEED, US, HubeeWorld, token_for

RSA = "RSABEI-RSABAI"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(tmp_path / "hub") as place:
        yield place


def small(body: bytes = b"<xml/>", **more: Any) -> dict[str, Any]:
    return {"name": "RSABEI.xml", "content": b64encode(body).decode(), **more}


async def loaded(place: Place, *files: dict[str, Any], **more: Any) -> str:
    body = {"demarche": RSA, "files": list(files) or [small()], **more}
    found = await place.admin.post("/load", body)
    return str(found["folders"][0]["cases"][0])


# --- who may enter


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer other"}, {"Authorization": "é"}])
async def test_without_the_token_nobody_enters(place: Place, given: dict[str, str]) -> None:
    status, content = await place.raw(**given)
    assert (status, content) == (401, {"error": "jeton d'administration absent ou inconnu"})


async def test_a_token_of_hubee_does_not_open_this_door(place: Place) -> None:
    world = HubeeWorld(place.sandbox, place.base)
    for credential in place.sandbox.credentials():
        scope = credential.caller.scope.value
        token = await token_for(world, credential.client_id, credential.client_secret, scope)
        assert (await place.raw(Authorization=f"Bearer {token}"))[0] == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
async def test_a_name_that_is_not_this_machine_s_is_refused(place: Place, host: str) -> None:
    status, content = await place.raw(Authorization=f"Bearer {TOKEN}", Host=host)
    assert status == 403
    assert "127.0.0.1" in content["error"]


@given(st.sampled_from(["127.0.0.1", "localhost", "[::1]", "LOCALHOST"]), st.integers(1, 65535))
def test_this_machine_s_names_are_let_in_on_any_port(name: str, port: int) -> None:
    assert is_loopback(name)
    assert is_loopback(f"{name}:{port}")


@given(st.text(min_size=1))
def test_no_other_name_is(name: str) -> None:
    is_ours = name.lower().rpartition(":")[0] in {"127.0.0.1", "localhost", "[::1]"}
    assert is_loopback(f"{name}.example") is False
    assert is_loopback(name) is False or is_ours or name.lower() in {"localhost", "127.0.0.1"}


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.method} {d.path}")
async def test_every_route_is_closed_without_the_token(place: Place, door: Any) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(door.method, f"{place.base}{PREFIX}{door.path}") as answer,
    ):
        assert answer.status == 401
    assert not place.desk.stopping.is_set()


async def test_the_index_documents_every_route(place: Place) -> None:
    found = await place.admin.get("/")
    assert [(r["method"], r["path"]) for r in found["routes"]] == [
        (door.method, PREFIX + door.path) for door in DOORS
    ]
    assert all(r["description"] for r in found["routes"])


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/nowhere", {}, 404, "adresse"),
        ("/faults", {"fault": "nope"}, 400, "fault"),
        ("/faults", {"fault": "html", "rout": "x"}, 400, "rout"),
        ("/faults", {"fault": "html", "route": "x"}, 400, "route inconnue"),
        ("/faults", {"fault": "wrong-digest", "route": "token"}, 400, "pas de sens"),
        ("/load", {}, 400, "demarche"),
        ("/load", {"demarche": RSA, "files": [{"name": "vide.xml"}]}, 400, "vide"),
        ("/load", {"demarche": RSA, "number": "x" * 28}, 400, "number"),
        ("/load", {"demarche": RSA, "number": "x" * 27, "copies": 2}, 400, "27"),
        ("/load", {"demarche": RSA, "recipients": [{"siret": "1", "branch": "9"}]}, 400, "siret"),
        (f"/cases/{NOBODY}/deposit", {"files": [{}]}, 404, "inconnu"),
        (f"/cases/{NOBODY}/message", {"message": "x"}, 404, "inconnu"),
        ("/purge", {"case": NOBODY}, 404, "inconnu"),
        ("/clock", {"days": -1}, 400, "avance"),
    ],
)
async def test_a_refusal_is_one_french_sentence(
    place: Place, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    with pytest.raises(Declined, match=says) as caught:
        await place.admin.post(path, body)
    assert caught.value.status == status
    assert place.sandbox.state().cases == {}


# --- loading


async def test_what_is_loaded_reaches_the_queue_as_from_cnaf(place: Place) -> None:
    case = await loaded(place, small(b"<a/>"), {"name": "RSABAI.xml", "content": "PGIvPg=="})
    (item,) = await place.queue(RSA)
    assert (item["caseId"], item["eventId"]) == (case, None)
    seen = place.sandbox.state().cases[case]
    assert (seen.status, set(seen.files.values())) == ("HUBEE_NOTIFIED", {"RECEIVED"})


async def test_several_recipients_and_copies_are_several_cases(place: Place) -> None:
    to = [{"siret": US[0], "branch": "98"}, {"siret": US[0], "branch": "97"}]
    body = {"demarche": "GRO", "files": [small()], "recipients": to, "copies": 3, "number": "N"}
    found = await place.admin.post("/load", body)
    assert [f["number"] for f in found["folders"]] == ["N", "N-2", "N-3"]
    cases = [case for f in found["folders"] for case in f["cases"]]
    assert len(set(cases)) == 6
    assert {c.recipient.branch_code for c in place.sandbox.state().cases.values()} == {"97", "98"}


async def test_a_number_loaded_twice_is_loaded_once(place: Place) -> None:
    first = await loaded(place, number="N")
    assert await loaded(place, number="N") == first
    assert len(place.sandbox.state().cases) == 1


@pytest.mark.parametrize("fate", ["pending", "rejected", "corrupted", "deleted", "received"])
async def test_a_file_may_be_meant_to_fail_on_its_way(place: Place, fate: str) -> None:
    case = await loaded(place, small(fate=fate))
    assert list(place.sandbox.state().cases[case].files.values()) == [fate.upper()]


async def test_big_files_come_by_form_and_nothing_is_left_behind(
    place: Place, tmp_path: Path
) -> None:
    big, piece = tmp_path / "RSABAI.xml", b"<123456789abcdef" * (1 << 16)
    with big.open("wb") as out:
        for _ in range(24):
            out.write(piece)
    other = tmp_path / "RSABEI.xml"
    other.write_bytes(b"<a/>")
    said = {"demarche": RSA, "files": [{"fate": "received"}]}
    found = await place.admin.send("/load", said, [big, other])
    case = found["folders"][0]["cases"][0]
    assert list(place.sandbox.state().cases[case].files.values()) == ["RECEIVED"] * 2
    assert list((place.sandbox.folder / "incoming").iterdir()) == []


async def test_a_refused_form_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "f.xml"
    file.write_bytes(b"x" * 1000)
    with pytest.raises(Declined):
        await place.admin.send("/load", {"demarche": "x" * 31}, [file])
    assert list((place.sandbox.folder / "incoming").iterdir()) == []


async def test_a_deposit_reopens_a_case_and_tells_its_recipient(place: Place) -> None:
    case = await loaded(place)
    body = {"message": "complément", "files": [small(b"<more/>"), small(b"<again/>")]}
    done = await place.admin.post(f"/cases/{case}/deposit", body)
    items = {i["eventId"]: i for i in await place.queue(RSA)}
    assert items[done["event"]]["eventActionType"] == "ATTACH_DEPOSIT"
    assert items[done["event"]]["eventStatus"] == "SENT"
    assert place.sandbox.state().cases[case].status == "HUBEE_NOTIFIED"


async def test_a_message_is_an_event_of_the_publisher(place: Place) -> None:
    case = await loaded(place)
    done = await place.admin.post(f"/cases/{case}/message", {"message": "bonjour"})
    assert done["event"] in {i["eventId"] for i in await place.queue(RSA)}
    (event,) = place.sandbox.state().cases[case].events
    assert (event.action, event.message) == ("SENDING_MESSAGE", "bonjour")


# --- looking and acting


async def test_the_state_is_shown_without_file_names(place: Place) -> None:
    case = await loaded(place, {"name": "DUPONT.xml", "content": "eA=="})
    found = await place.admin.get("/state")
    assert [c["id"] for c in found["cases"]] == [case]
    assert found["waiting_for_recipients"] == 1
    assert "DUPONT" not in json.dumps(found)


async def test_failures_are_ordered_listed_and_cleared(place: Place) -> None:
    order = {"fault": "error-before", "route": "queue.read", "times": 2, "status": 503}
    number = (await place.admin.post("/faults", order))["number"]
    (waiting,) = await place.admin.get("/faults")
    assert (waiting["number"], waiting["left"], waiting["terms"]["status"]) == (number, 2, 503)
    assert "errors" in list[object](await place.queue(RSA))
    assert await place.admin.delete(f"/faults/{number}") == {"cleared": 1}
    with pytest.raises(Declined, match="aucune panne"):
        await place.admin.delete(f"/faults/{number}")
    await place.admin.post("/faults", {"fault": "gzip"})
    assert await place.admin.delete("/faults") == {"cleared": 1}
    assert await place.queue(RSA) == []


async def test_the_catalogue_names_every_failure(place: Place) -> None:
    found = await place.admin.get("/faults/catalogue")
    assert [one["fault"] for one in found] == [fault.value for fault in Fault]
    assert all(one["routes"] and one["description"] for one in found)


async def test_time_passes_when_told_and_stays_passed(place: Place) -> None:
    before = place.sandbox.now()
    await place.admin.post("/clock", {"days": 40, "hours": 1})
    assert (place.sandbox.now() - before).days == 40
    assert (HubeeSandbox(place.sandbox.folder, SEED).now() - before).days == 40


async def test_the_daily_batch_purges_what_was_taken_in_hand_long_ago(place: Place) -> None:
    taken, untouched = await loaded(place), await loaded(place)
    await place.admin.post(f"/cases/{taken}/message", {"message": "m", "status": "IN_PROGRESS"})
    assert await place.admin.post("/purge") == {"purged": []}
    await place.admin.post("/clock", {"days": 32})
    assert await place.admin.post("/purge") == {"purged": [taken]}
    seen = place.sandbox.state().cases
    assert list(seen[taken].files.values()) == ["DELETED"]
    assert list(seen[untouched].files.values()) == ["RECEIVED"]
    assert await place.admin.post("/purge", {"case": untouched}) == {"purged": [untouched]}


async def test_requests_are_counted_and_forgotten(place: Place) -> None:
    await place.queue(RSA)
    found = await place.admin.get("/requests")
    assert [r["route"] for r in found["requests"]] == ["token", "queue.read"]
    since = await place.admin.get("/requests", {"since": "1"})
    assert [r["number"] for r in since["requests"]] == [2]
    assert await place.admin.delete("/requests") == {"count": 2}
    assert (await place.admin.get("/requests"))["requests"] == []


async def test_a_new_subscription_gives_a_credential_that_works(place: Place) -> None:
    found = await place.admin.post("/subscriptions", {"demarche": "SGR", "branch": "42"})
    assert found["organisation"] == {"type": "SI", "companyRegister": US[0], "branchCode": "42"}
    world = HubeeWorld(place.sandbox, place.base)
    assert await token_for(world, found["client_id"], found["client_secret"])


async def test_resetting_empties_all_but_the_credentials(place: Place) -> None:
    await loaded(place)
    await place.admin.post("/faults", {"fault": "html"})
    before = await place.admin.get("/credentials")
    await place.admin.post("/reset")
    found = await place.admin.get("/state")
    assert (found["cases"], found["notifications"], found["faults"]) == ([], [], 0)
    assert await place.admin.get("/credentials") == before
    assert list((place.sandbox.folder / "attachments").iterdir()) == []


async def test_tokens_end_and_stopping_is_asked(place: Place) -> None:
    assert await place.admin.post("/tokens/end") == {"done": True}
    assert await place.admin.post("/stop") == {"done": True}
    assert place.desk.stopping.is_set()
