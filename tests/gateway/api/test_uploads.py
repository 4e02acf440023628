"""A file sent by the API enters the reception path, whole, once; or leaves no trace at all."""

import asyncio
import os
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from sqlalchemy import update

from connectors.folder import FolderSource
from gateway.delivery import Refusal, Verdict
from gateway.doors.lookout import Post, passport
from gateway.openings import entrances
from gateway.stages.keep import keep
from gateway.store.deliveries import keep_treated
from gateway.store.tables import DELIVERY
from schemas.codes import Code
from tests.world.counter import Here
from tests.world.databases import KINDS
from tests.world.records import collected, entry, refusal, treated

DATABASES = KINDS  # of the fixture `here`
NAME = "CD-PARCOURS_08_20220615_000001_V1.csv.gpg"
BACK = "CD-RETOURS_08_20220615_000001_V1.csv.gpg"
BODY = os.urandom(300_000)


def announced(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def headers(body: bytes = BODY, name: str = NAME, **more: str) -> dict[str, str]:
    told = {"Passerelle-Fichier": name, "Content-Digest": announced(body)}
    return told | {"Content-Type": "application/octet-stream"} | more


async def post(session: ClientSession, body: Any = BODY, **more: str) -> tuple[int, Any, Any]:
    told = (headers(body) if isinstance(body, bytes) else headers()) | more
    async with session.post("/v1/deliveries", data=body, headers=told) as answer:
        return answer.status, await answer.json(), answer.headers


def left(here: Here, alias: str = "cd") -> list[str]:
    """Everything in the folder where deposits are, temporaries included."""
    return sorted(path.name for path in (here.counter.deposit(alias) / "depot").iterdir())


def post_of(here: Here, alias: str = "cd") -> Post:
    """The post where the reception looks, as the house makes it."""
    partner, root = here.counter.settings.partner(alias), here.counter.deposit(alias)
    lines = [one for line in partner.flows for one in entrances(line, here.counter.registry)]
    return Post(alias, FolderSource(root, alias), tuple(lines))


@pytest.mark.parametrize(("name", "flow"), [(NAME, "cd-parcours"), (BACK, "cd-retours")])
async def test_a_file_is_left_whole_where_the_reception_looks(
    here: Here, name: str, flow: str
) -> None:
    async with here.session("cd") as cd:
        status, said, told = await post(cd, **{"Passerelle-Fichier": name})
    assert (status, left(here)) == (201, [name])
    assert (here.counter.deposit("cd") / "depot" / name).read_bytes() == BODY
    post_ = post_of(here)
    (arrival,) = await post_.source.arrivals()
    assert (arrival.key, arrival.size) == (said["id"], len(BODY))
    assert told["Location"] == f"/v1/deliveries/{arrival.key}"
    seen = passport(post_, arrival)
    assert (seen.flow, seen.departement, seen.is_well_named) == (flow, "08", True)
    assert (said["flux"], said["sha256"]) == (flow, sha256(BODY).hexdigest())
    (written,) = here.ledger("delivery.uploaded")
    assert written["subject"] == arrival.key
    assert written["facts"]["received_sha256"] == sha256(BODY).hexdigest()
    assert name not in str(written)


async def test_the_same_bytes_again_are_once(here: Here) -> None:
    async with here.session("cd") as cd:
        first = await post(cd)
        again = await post(cd)
        keyed = [await post(cd, **{"Idempotency-Key": "essai-0001"}) for _ in range(2)]
    assert (first[0], again[0]) == (201, 200)
    assert first[1]["id"] == again[1]["id"] == keyed[0][1]["id"] == keyed[1][1]["id"]
    assert (left(here), len(here.ledger("delivery.uploaded"))) == ([NAME], 1)


async def test_many_at_once_leave_one(here: Here) -> None:
    async with here.session("cd") as cd:
        statuses = [s for s, _, _ in await asyncio.gather(*(post(cd) for _ in range(5)))]
    assert sorted(statuses) == [200, 200, 200, 200, 201]
    assert (left(here), len(here.ledger("delivery.uploaded"))) == ([NAME], 1)


async def test_bytes_received_already_are_not_left_again_unless_they_were_refused(
    here: Here,
) -> None:
    async with here.session("cd") as cd:
        _, said, _ = await post(cd)
        post_ = post_of(here)
        (arrival,) = await post_.source.arrivals()
        seen = passport(post_, arrival)
        keep_treated(
            here.engine, seen, collected(seen.delivery), treated(seen.delivery), entry("d")
        )
        judge(here, seen.delivery, digest=sha256(BODY).hexdigest())
        await post_.source.settle(arrival)
        status, again, _ = await post(cd)
        assert (status, again["id"], left(here)) == (200, seen.delivery, [])
        async with cd.get(f"/v1/deliveries/{said['id']}") as answer:
            assert (await answer.json())["id"] == seen.delivery
        judge(here, seen.delivery, verdict=Verdict.REFUSED)
        assert ((await post(cd))[0], left(here)) == (201, [NAME])


def judge(here: Here, delivery: str, **values: Any) -> None:
    with here.engine.begin() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery).values(**values))


async def test_another_content_under_a_name_that_waits_is_a_conflict(here: Here) -> None:
    async with here.session("cd") as cd:
        await post(cd)
        status, said, _ = await post(cd, BODY + b"x")
    assert (status, said["type"]) == (409, "/v1/problemes/conflit")
    assert (here.counter.deposit("cd") / "depot" / NAME).read_bytes() == BODY
    assert (left(here), len(here.ledger("delivery.uploaded"))) == ([NAME], 1)


@pytest.mark.parametrize(
    "name",
    [
        "../CD-PARCOURS_08_20220615_000001_V1.csv",
        "..",
        ".",
        ".CD-PARCOURS_08_20220615_000001_V1.csv",
        "/etc/passwd",
        "a/CD-PARCOURS_08_20220615_000001_V1.csv",
        "CD-PARCOURS_08_20220615_000001_V1.csv.part",
        "CD-PARCOURS_08_20220615_000001_V1.csv.sha256",
        "CD-PARCOURS_51_20220615_000001_V1.csv",
        "CD-AUTRE_08_20220615_000001_V1.csv",
        "CD-PARCOURS_08_20220615_000001_V1.csv%00",
        "DUPONT_Jeanne.csv",
        "x" * 300,
    ],
)
async def test_a_hostile_or_foreign_name_leaves_nothing(here: Here, name: str) -> None:
    before = sorted(here.counter.settings.var.rglob("*"))
    async with here.session("cd") as cd:
        status, said, _ = await post(cd, **{"Passerelle-Fichier": name})
    assert status in (400, 422), said
    assert len(name) < 4 or name[:20] not in said["detail"]
    assert here.ledger("delivery.uploaded") == []
    after = [path for path in sorted(here.counter.settings.var.rglob("*")) if path.is_file()]
    assert {path.name for path in after} == {path.name for path in before if path.is_file()}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"Content-Digest": announced(b"autre")}, (422, "contenu-refuse")),
        ({"Content-Digest": "sha-256=:AAAA:"}, (400, "requete-invalide")),
        ({"Content-Encoding": "gzip"}, (415, "type-refuse")),
        ({"Content-Type": "text/csv"}, (415, "type-refuse")),
    ],
)
async def test_what_is_not_as_announced_leaves_nothing(
    here: Here, more: dict[str, str], expected: tuple[int, str]
) -> None:
    async with here.session("cd") as cd:
        status, said, _ = await post(cd, **more)
    assert (status, said["type"].rpartition("/")[2]) == expected
    assert (left(here), here.ledger("delivery.uploaded")) == ([], [])


async def test_a_digest_must_be_announced_under_either_name(here: Here) -> None:
    told = headers()
    told["Repr-Digest"] = told.pop("Content-Digest")
    async with here.session("cd") as cd:
        bare = {name: value for name, value in told.items() if name != "Repr-Digest"}
        async with cd.post("/v1/deliveries", data=BODY, headers=bare) as answer:
            assert answer.status == 400
        async with cd.post("/v1/deliveries", data=BODY, headers=told) as answer:
            assert answer.status == 201


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not said."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


async def test_a_file_too_large_is_refused_said_or_not(here: Here) -> None:
    body = bytes(1_000_001)
    told = {"Content-Digest": announced(body)}
    async with here.session("cd") as cd:
        assert (await post(cd, body))[0] == 413
        assert (await post(cd, pieces(body), **told))[0] == 413
    assert (left(here), here.ledger("delivery.uploaded")) == ([], [])


async def test_a_body_of_a_length_not_said_is_taken(here: Here) -> None:
    async with here.session("cd") as cd:
        assert (await post(cd, pieces(BODY), **{"Content-Digest": announced(BODY)}))[0] == 201
    assert (here.counter.deposit("cd") / "depot" / NAME).read_bytes() == BODY


async def test_an_interrupted_upload_leaves_nothing(here: Here) -> None:
    reached = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield BODY[:200_000]
        await asyncio.sleep(0.2)
        assert [name for name in left(here) if name.endswith(".part")], "nothing was being taken"
        reached.set()
        raise ConnectionError

    async with here.session("cd") as cd:
        with pytest.raises((ClientError, ConnectionError)):
            await post(cd, half(), **{"Content-Digest": announced(BODY)})
        assert reached.is_set()
        for _ in range(40):
            if not left(here):
                break
            await asyncio.sleep(0.05)
        assert (left(here), here.ledger("delivery.uploaded")) == ([], [])
        assert (await post(cd))[0] == 201


async def test_a_temporary_of_a_killed_process_is_swept_a_day_later(here: Here) -> None:
    folder = here.counter.deposit("cd") / "depot"
    old, fresh = folder / ".A.csv.0000.part", folder / ".B.csv.0000.part"
    for path in (old, fresh):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    async with here.session("cd") as cd:
        await post(cd)
    assert left(here) == sorted([fresh.name, NAME])


async def test_without_a_ledger_nothing_is_left(here: Here) -> None:
    with here.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger_entry RENAME TO ailleurs")
    async with here.session("cd") as cd:
        status, _, _ = await post(cd)
    # A table that is lost is a fault of ours for PostgreSQL, a database that is away for SQLite.
    assert status == (503 if here.engine.dialect.name == "sqlite" else 500)
    assert left(here) == []


async def test_an_organisation_that_does_not_exchange_by_the_api_leaves_nothing(
    here: Here,
) -> None:
    async with here.session("pe") as pe:
        status, said, _ = await post(pe)
    assert (status, said["type"]) == (403, "/v1/problemes/droit-insuffisant")
    assert not Path(here.counter.settings.var / "api" / "pe").exists()


async def told(session: ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        return await answer.json()


async def test_what_waits_is_told_to_its_sender_alone(here: Here) -> None:
    async with here.session("cd") as cd, here.session("autre") as other:
        _, said, _ = await post(cd)
        where = f"/v1/deliveries/{said['id']}"
        waiting, listed = await told(cd, where), await told(cd, "/v1/deliveries")
        assert (waiting["etat"], waiting["flux"]) == ("depose", "cd-parcours")
        assert (listed["en_attente"], listed["elements"]) == ([waiting], [])
        assert (await told(other, where))["status"] == 404
        nothing: dict[str, Any] = {"elements": [], "suite": None, "en_attente": []}
        assert await told(other, "/v1/deliveries") == nothing


async def test_a_file_is_followed_from_waiting_to_its_verdict(here: Here) -> None:
    async with here.session("cd") as cd:
        _, said, _ = await post(cd)
        post_ = post_of(here)
        (arrival,) = await post_.source.arrivals()
        seen = passport(post_, arrival)
        outcome: Refusal = refusal(seen.delivery, Code.UNKNOWN_SIGNER)
        keep(here.engine, seen, collected(seen.delivery), outcome)
        judged = await told(cd, f"/v1/deliveries/{said['id']}")
        listed = await told(cd, "/v1/deliveries")
    line = Code.UNKNOWN_SIGNER.entry
    assert (judged["id"], judged["etat"]) == (seen.delivery, "quarantaine")
    assert (judged["code"], judged["libelle"], judged["action"]) == (
        "GW-204",
        line.label,
        line.action,
    )
    assert (listed["en_attente"], [one["id"] for one in listed["elements"]]) == (
        [],
        [seen.delivery],
    )
