"""What a recipient reads and says of its releases; what is left to it again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from gateway.habilitation import Status
from gateway.store.tables import RELEASE
from tests.world.counter import TODAY, Here
from tests.world.databases import KINDS

DATABASES = KINDS  # of the fixture `here`
BODY = b"chiffre pour vous" * 40


async def read(session: ClientSession, path: str, **query: str) -> tuple[int, Any]:
    async with session.get(path, params=query) as answer:
        return answer.status, await answer.json()


async def say(session: ClientSession, release: str, **said: Any) -> tuple[int, Any]:
    async with session.post(f"/v1/releases/{release}/acknowledgement", json=said) as answer:
        return answer.status, await answer.json()


async def again(session: ClientSession, release: str) -> tuple[int, Any]:
    async with session.post(f"/v1/releases/{release}/redelivery") as answer:
        return answer.status, await answer.json()


async def test_a_list_goes_by_pages_to_its_end_the_last_first(here: Here) -> None:
    names = [here.leave(f"N{number}", BODY) for number in range(5)]
    here.leave("ailleurs", BODY, alias="autre")
    sizes: list[int] = []
    found: list[str] = []
    query: dict[str, str] | None = {"limite": "2"}
    async with here.session("cd") as cd:
        while query is not None:
            _, page = await read(cd, "/v1/releases", **query)
            found += [one["id"] for one in page["elements"]]
            sizes.append(len(page["elements"]))
            query = {"limite": "2", "curseur": page["suite"]} if page["suite"] else None
    assert (found, sizes) == (names[::-1], [2, 2, 1])


async def test_a_list_is_of_a_product_a_departement_or_a_period(here: Here) -> None:
    old = here.leave("A", BODY, period=TODAY - timedelta(days=9))
    other = here.leave("B", BODY, product="risque-rupture")
    there = here.leave("C", BODY, departement="51")
    async with here.session("cd") as cd:
        asked: list[tuple[dict[str, str], set[str]]] = [
            ({}, {old, other, there}),
            ({"produit": "risque-rupture"}, {other}),
            ({"departement": "51"}, {there}),
            ({"depuis": TODAY.isoformat()}, {other, there}),
        ]
        for query, expected in asked:
            _, page = await read(cd, "/v1/releases", **query)
            assert {one["id"] for one in page["elements"]} == expected


async def test_each_state_is_said(here: Here) -> None:
    available, collected, withdrawn, expired = (here.leave(name, BODY) for name in "ABCD")
    now = datetime.now(UTC)
    here.change(collected, collected_at=now, collected_index=7)
    here.change(withdrawn, withdrawn_at=now, withdrawn_index=8)
    here.change(expired, delivered_at=now - timedelta(days=61))
    async with here.session("cd") as cd:
        _, page = await read(cd, "/v1/releases")
    states = {one["id"]: one["etat"] for one in page["elements"]}
    assert states == {
        available: "disponible",
        collected: "retiree",
        withdrawn: "reprise",
        expired: "expiree",
    }


async def test_a_manifest_is_as_it_left(here: Here) -> None:
    release = here.leave("A", BODY)
    async with here.session("cd") as cd:
        async with cd.get(f"/v1/releases/{release}/manifest") as answer:
            tag, body = answer.headers["ETag"], await answer.read()
        assert json.loads(body) == {"publication": release}
        known = {"If-None-Match": tag}
        async with cd.get(f"/v1/releases/{release}/manifest", headers=known) as answer:
            assert (answer.status, await answer.read()) == (304, b"")


async def test_an_answer_is_the_word_of_record_and_an_entry_once(here: Here) -> None:
    release = here.leave("A", BODY)
    async with here.session("cd") as cd:
        for word, stands in [
            ("recue", "recue"),
            ("recue", "recue"),
            ("integree", "integree"),
            ("recue", "integree"),  # a final word is never replaced by one that is not
            ("refusee", "refusee"),
        ]:
            status, shown = await say(cd, release, etat=word, message="colonne inattendue")
            assert (status, shown["accuse"]) == (200, stands)
    answered = [one["facts"]["answer"] for one in here.ledger("release.answered")]
    assert answered == ["received", "integrated", "refused"]
    with here.engine.begin() as connection:
        row = connection.execute(select(RELEASE).where(RELEASE.c.id == release)).one()
    assert (row.answer, row.answer_message) == ("refused", "colonne inattendue")
    assert "colonne inattendue" not in str(here.ledger("release.answered"))


@pytest.mark.parametrize(
    "said",
    [
        {"etat": "autre"},
        {},
        {"etat": "recue", "plus": 1},
        {"etat": "recue", "message": "voir 1 84 12 75 1"},
        {"etat": "recue", "message": "jeanne@example.org"},
        {"etat": "recue", "message": "x" * 301},
    ],
)
async def test_a_word_that_is_none_or_a_message_that_names_somebody_is_refused(
    here: Here, said: dict[str, Any]
) -> None:
    release = here.leave("A", BODY)
    async with here.session("cd") as cd:
        status, _ = await say(cd, release, **said)
    assert (status, here.ledger("release.answered")) == (422, [])


async def test_what_is_left_again_is_the_same_bytes_and_waits_anew(here: Here) -> None:
    release = here.leave("A", BODY)
    here.change(release, delivered_at=datetime.now(UTC) - timedelta(days=90))
    (here.counter.pickup("cd") / "A.csv.gpg").unlink()
    async with here.session("cd") as cd:
        status, shown = await again(cd, release)
        assert (status, shown["etat"]) == (202, "disponible")
        async with cd.get(f"/v1/releases/{release}/file") as answer:
            assert await answer.read() == BODY
        await here.wait_for("release.collected")
        assert (await again(cd, release))[0] == 202  # it still stands there: nothing is doubled
        async with cd.get(f"/v1/releases/{release}/file") as answer:
            assert await answer.read() == BODY
    assert len(await here.wait_for("release.collected", 2)) == 2
    assert [one["facts"]["call"] != "" for one in here.ledger("release.redelivered")] == [True] * 2
    assert [path.name for path in here.counter.pickup("cd").iterdir()] == ["A.csv.gpg"]


async def test_nothing_is_left_again_without_a_right_nor_once_taken_back_or_forgotten(
    here: Here,
) -> None:
    back, forgotten, closed = (here.leave(name, name.encode() * 50) for name in "ABC")
    here.change(back, withdrawn_at=datetime.now(UTC))
    with here.engine.begin() as connection:
        sealed = connection.scalar(select(RELEASE.c.sealed).where(RELEASE.c.id == forgotten))
    here.vault.delete(str(sealed))
    async with here.session("cd") as cd:
        assert [(await again(cd, one))[0] for one in (back, forgotten)] == [410, 410]
        here.revoke(state=Status.SUSPENDED)
        assert (await again(cd, closed))[0] == 403
    assert here.ledger("release.redelivered") == []


async def test_what_is_anothers_is_neither_answered_nor_left_again(here: Here) -> None:
    theirs = here.leave("A", BODY, alias="autre")
    async with here.session("cd") as cd:
        for other in (theirs, "publication:rien"):
            assert (await say(cd, other, etat="recue"))[0] == 404
            assert (await again(cd, other))[0] == 404
    assert here.ledger("release.answered", "release.redelivered") == []
