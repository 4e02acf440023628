"""The sandbox answers as HubEE does, and forgets nothing when it is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.errors import Denied
from connectors.sandbox.hubee import Fault, HubeeSandbox
from connectors.sandbox.hubee.uploads import EICAR
from tests.world.hubee import (
    CONTACTS,
    INTEGRATED,
    RECEIVED,
    SEED,
    US,
    HubeeWorld,
    a_file,
    as_publisher,
    hubee_world,
    token_for,
)

V1 = "/teledossiers/v1"
NOBODY = "00000000-0000-4000-8000-000000000000"
SOURCES = Path(__file__).parents[2]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        world.sandbox.subscribe(*US, CONTACTS)
        yield world


@pytest.fixture
async def publisher(world: HubeeWorld) -> AsyncIterator[aiohttp.ClientSession]:
    async with as_publisher(world) as session:
        yield session


@pytest.fixture
async def us(world: HubeeWorld) -> AsyncIterator[aiohttp.ClientSession]:
    token = await token_for(world, *world.sandbox.subscribe(*US, CONTACTS))
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(world.base, headers=headers) as session:
        yield session


def folder(*, siret: str = US[0], size: int = 4, **changes: Any) -> dict[str, Any]:
    recipient = {"type": "SI", "companyRegister": siret, "branchCode": US[1]}
    file = {"fileName": "f.txt", "type": "t", "size": size, "mimeType": "text/plain"}
    whole = {
        "processCode": CONTACTS,
        "externalId": "CNAF-ALLOC-0000000000001",
        "applicant": {"firstName": "CNAF", "lastName": "CNAF"},
        "cases": [{"recipient": recipient, "externalId": "CNAF-ALLOC-0000000000001-01"}],
        "attachments": [file | {"recipients": ["CNAF-ALLOC-0000000000001-01"]}],
    }
    return {k: v for k, v in (whole | changes).items() if v is not None}


async def ask(
    session: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    async with session.request(method, path, **options) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await (answer.json() if is_json else answer.read())


def sentence(content: Any) -> str:
    (error,) = content["errors"]
    return str(error["message"])


async def declared(publisher: aiohttp.ClientSession, **changes: Any) -> tuple[str, str, str]:
    status, made = await ask(publisher, "POST", f"{V1}/folders", json=folder(**changes))
    assert status == 201
    return made["id"], made["attachments"][0]["id"], made["cases"][0]["id"]


async def test_a_publisher_declares_uploads_and_completes(
    world: HubeeWorld, publisher: aiohttp.ClientSession, us: aiohttp.ClientSession
) -> None:
    folder_id, file_id, case_id = await declared(publisher)
    assert world.case(case_id).status == "HUBEE_RECEIVED"
    file_path = f"{V1}/folders/{folder_id}/attachments/{file_id}"
    assert (await ask(publisher, "PUT", file_path, data=b"body"))[0] == 204
    assert (await ask(us, "GET", f"{V1}/notifications"))[1] == []
    completed = {"globalStatus": "HUBEE_COMPLETED"}
    for _ in range(2):
        path = f"{V1}/folders/{folder_id}"
        assert (await ask(publisher, "PATCH", path, json=completed))[0] == 204
    _, (item,) = await ask(us, "GET", f"{V1}/notifications?eventDetails=true")
    assert (item["caseId"], item["eventId"], item["eventStatus"]) == (case_id, None, None)
    _, seen = await ask(publisher, "GET", f"{V1}/folders/{folder_id}")
    assert (seen["globalStatus"], seen["cases"][0]["status"]) == ("HUBEE_NOTIFIED",) * 2
    download = await ask(us, "GET", f"{V1}/cases/{case_id}/attachments/{file_id}")
    assert download == (200, b"body")


@pytest.mark.parametrize(
    ("content", "size", "status", "says"),
    [
        (b"body", 5, 400, "Size does not match with attachment meta-data"),
        (b"", 4, 500, "Bad Response : Validation failed."),
    ],
)
async def test_an_upload_unlike_its_declaration_is_refused(
    publisher: aiohttp.ClientSession, content: bytes, size: int, status: int, says: str
) -> None:
    folder_id, file_id, _ = await declared(publisher, size=size)
    path = f"{V1}/folders/{folder_id}/attachments/{file_id}"
    answer = await ask(publisher, "PUT", path, data=content)
    assert answer[0] == status
    assert sentence(answer[1]).startswith(says)


@pytest.mark.parametrize("split", [0, 30, 68])
async def test_a_virus_is_marked_and_blocks_nothing(
    world: HubeeWorld, publisher: aiohttp.ClientSession, split: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"x" * 10, EICAR[:split], EICAR[split:]):
            yield piece
            await asyncio.sleep(0.01)

    folder_id, file_id, case_id = await declared(publisher, size=10 + len(EICAR))
    path = f"{V1}/folders/{folder_id}/attachments/{file_id}"
    assert (await ask(publisher, "PUT", path, data=pieces()))[0] == 204
    assert world.case(case_id).files == {file_id: "CORRUPTED"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"applicant": None}, 'Object has missing required properties (["applicant"])'),
        ({"siret": "11111111111111"}, "Case recipient SI-11111111111111-99 does not exist"),
        ({"siret": "1"}, "/folders @body]"),
        ({"externalId": "x" * 31}, "/folders @body]"),
    ],
)
async def test_a_bad_folder_is_refused_in_hubee_s_words(
    publisher: aiohttp.ClientSession, changes: dict[str, Any], says: str
) -> None:
    status, content = await ask(publisher, "POST", f"{V1}/folders", json=folder(**changes))
    assert status == 400
    assert says in sentence(content)


async def test_a_recipient_without_that_subscription_is_refused(
    world: HubeeWorld, publisher: aiohttp.ClientSession
) -> None:
    world.sandbox.subscribe(US[0], "98", "GRO")
    status, content = await ask(publisher, "POST", f"{V1}/folders", json=folder(processCode="GRO"))
    assert status == 400
    assert sentence(content) == f"Case recipient SI-{US[0]}-99 does not suscribed to GRO"


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/notifications?stray=1", 400, "Query parameter 'stray' is unexpected"),
        ("GET", "/notifications?maxResult=ten", 400, "@query.maxResult] Instance type (string)"),
        ("GET", "/cases/ten", 400, '@path.caseId] Input string "ten" is not a valid UUID'),
        ("GET", f"/cases/{NOBODY}", 404, "Case is not found"),
        ("DELETE", f"/notifications/{NOBODY}", 404, "Notification is not found"),
        ("GET", f"/folders/{NOBODY}", 403, "Unauthorized user"),
        ("POST", f"/cases/{NOBODY}", 405, "Method not allowed"),
    ],
)
async def test_errors_are_worded_as_hubee_words_them(
    us: aiohttp.ClientSession, method: str, path: str, status: int, says: str
) -> None:
    answer = await ask(us, method, V1 + path)
    assert answer[0] == status
    assert says in sentence(answer[1])


async def test_a_bad_token_is_code_900901(world: HubeeWorld) -> None:
    async with aiohttp.ClientSession(world.base) as session:
        status, content = await ask(session, "GET", f"{V1}/notifications")
        assert (status, content["errors"][0]["code"]) == (401, 900901)
        form = {"grant_type": "client_credentials", "scope": "SI"}
        status, content = await ask(session, "POST", "/oauth2/token", data=form)
        assert (status, content["error"]) == (401, "invalid_client")


async def test_a_scope_that_is_not_ours_gives_no_token(world: HubeeWorld) -> None:
    credential = world.sandbox.subscribe(*US, CONTACTS)
    with pytest.raises(AssertionError):
        await token_for(world, *credential, scope="OSL")


async def test_a_patch_may_come_as_a_post_that_says_so(
    world: HubeeWorld, us: aiohttp.ClientSession
) -> None:
    case_id = world.publish()
    headers = {"X-HTTP-Method-Override": "PATCH"}
    moved = await ask(us, "POST", f"{V1}/cases/{case_id}", json={"status": "SENT"}, headers=headers)
    assert moved[0] == 204
    assert (world.case(case_id).status, world.said(case_id)) == ("SENT", [])
    unknown = await ask(us, "PATCH", f"{V1}/cases/{case_id}", json={"status": "SENDED"})
    assert unknown[0] == 400


async def test_the_publisher_is_told_and_answers(
    world: HubeeWorld, us: aiohttp.ClientSession, publisher: aiohttp.ClientSession
) -> None:
    case_id = world.publish()
    said = {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": "IN_PROGRESS"}
    said |= {"comment": "entre nous"}
    path = f"{V1}/cases/{case_id}/events"
    status, event = await ask(us, "POST", path, json=said)
    assert (status, event["status"], event["caseCurrentStatus"]) == (201, "SENT", "HUBEE_NOTIFIED")
    _, (item,) = await ask(publisher, "GET", f"{V1}/notifications?eventDetails=true")
    assert (item["eventId"], item["eventStatus"]) == (event["id"], "SENT")
    _, seen = await ask(publisher, "GET", f"{path}/{event['id']}")
    assert (seen["caseNewStatus"], seen["comment"]) == ("IN_PROGRESS", None)
    gone = await ask(publisher, "DELETE", f"{V1}/notifications/{item['id']}")
    assert gone[0] == 204
    assert (await ask(us, "DELETE", f"{V1}/notifications/{item['id']}"))[0] == 404


async def test_deposits_carry_files_and_nothing_else_does(
    world: HubeeWorld, us: aiohttp.ClientSession
) -> None:
    path = f"{V1}/cases/{world.publish()}/events"
    for said in (
        {"actionType": "ATTACH_DEPOSIT", "notification": True},
        {"actionType": "A_NEW_ONE", "notification": True},
        {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": "NOPE"},
    ):
        assert (await ask(us, "POST", path, json=said))[0] == 400


async def test_a_folder_nobody_heard_of_may_be_given_up(
    world: HubeeWorld, publisher: aiohttp.ClientSession
) -> None:
    folder_id, *_ = await declared(publisher)
    assert (await ask(publisher, "DELETE", f"{V1}/folders/{folder_id}"))[0] == 204
    assert (await ask(publisher, "GET", f"{V1}/folders/{folder_id}"))[0] == 404
    assert world.sandbox.state().cases == {}


async def test_the_publisher_lists_its_subscribers(
    world: HubeeWorld, publisher: aiohttp.ClientSession, us: aiohttp.ClientSession
) -> None:
    world.sandbox.subscribe(*US, "GRO")
    path = f"/referential/v1/subscriptions?processCode={CONTACTS}&status=Actif"
    async with publisher.get(path) as answer:
        (held,) = await answer.json()
        assert answer.headers["Content-Range"] == "Susbscriptions 0-1/1"
    assert held["subscriber"]["companyRegister"] == US[0]
    assert "client" not in str(held).lower()
    assert (await ask(publisher, "GET", f"/referential/v1/subscriptions/{held['id']}"))[0] == 200
    assert (await ask(us, "GET", path))[0] == 403


async def test_a_case_holds_so_many_events_and_no_more(tmp_path: Path) -> None:
    async with hubee_world(tmp_path, most_events=1) as world, world.source() as source:
        case_id = world.publish()
        (arrival,) = await source.arrivals()
        with pytest.raises(Denied):
            await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
        assert world.said(case_id) == ["IN_PROGRESS"]


async def test_the_same_acts_give_the_same_identifiers(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        async with hubee_world(tmp_path / name) as world:
            made.append((world.sandbox.subscribe(*US, CONTACTS), world.publish(), world.publish()))
    assert made[0] == made[1]


async def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world, world.source() as source:
        case_id = world.publish(a_file(b"kept"))
        (arrival,) = await source.arrivals()
        await source.acknowledge(arrival, [RECEIVED])
        before, credential = world.sandbox.state(), world.sandbox.subscribe(*US, CONTACTS)
        await world.sandbox.stop()
        again = HubeeSandbox(tmp_path, SEED)
        assert again.state() == before
        assert again.subscribe(*US, CONTACTS) == credential
        assert again.publish(CONTACTS, US, [a_file()], "CNAF-ALLOC-0000000000001") == case_id
        assert again.state() == before


async def test_a_client_survives_a_restart_of_the_hub(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world, world.source() as source:
        world.publish()
        (arrival,) = await source.arrivals()
        await world.sandbox.stop()
        await world.sandbox.start()
        assert [a.key for a in await source.arrivals()] == [arrival.key]


async def test_a_publication_cut_in_the_middle_is_done_again(
    world: HubeeWorld, publisher: aiohttp.ClientSession
) -> None:
    _, _, abandoned = await declared(publisher)
    case_id = world.sandbox.publish(CONTACTS, US, [a_file()], "CNAF-ALLOC-0000000000001")
    assert set(world.sandbox.state().cases) == {case_id}
    assert abandoned != case_id


async def test_another_seed_does_not_open_the_same_folder(tmp_path: Path) -> None:
    HubeeSandbox(tmp_path, 1).subscribe(*US, CONTACTS)
    with pytest.raises(ValueError, match="seed"):
        HubeeSandbox(tmp_path, 2)


KILLED = """
import sys
from pathlib import Path
from connectors.sandbox.hubee import HubeeSandbox
hub = HubeeSandbox(Path(sys.argv[1]), 7)
hub.subscribe("22990000000011", "99", "GRO")
for number in range(10**6):
    file = ("f.txt", "GRO", "text/plain", b"x" * 1000)
    print(hub.publish("GRO", ("22990000000011", "99"), [file], f"CNAF-GRO-{number}"), flush=True)
"""


async def test_killed_at_any_moment_it_keeps_what_it_answered(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), cwd=SOURCES, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    answered = [(await child.stdout.readline()).decode().strip() for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    answered += (await child.stdout.read()).decode().split()[:-1]
    await child.wait()
    kept = HubeeSandbox(tmp_path, 7).state().cases
    assert set(answered) <= set(kept)
    assert all(kept[case_id].status == "HUBEE_NOTIFIED" for case_id in answered)


async def test_a_fault_is_served_once(world: HubeeWorld, us: aiohttp.ClientSession) -> None:
    world.sandbox.faults.order("queue.read", Fault.ERROR_BEFORE)
    statuses = [(await ask(us, "GET", f"{V1}/notifications"))[0] for _ in range(2)]
    assert statuses == [500, 200]
