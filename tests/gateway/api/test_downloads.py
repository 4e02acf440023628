"""A release leaves whole, in part, or not at all; and each time the ledger says which."""

import asyncio
import json
import os
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from aiohttp import ClientError, ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.habilitation import Status
from gateway.store.partner_states import State, change
from gateway.store.pickups import give_back
from tests.world.counter import TODAY, Here

BODY = os.urandom(600_000)
LARGE = 24 << 20
# What differs from one answer to the next, whatever it is about.
PASSING = {"Date", "Passerelle-Request", "RateLimit", "RateLimit-Policy"}


def path_of(release: str) -> str:
    return f"/v1/releases/{release}/file"


async def test_a_release_comes_whole_with_its_digest_and_is_collected_once(here: Here) -> None:
    release = here.leave("A", BODY)
    async with here.session("cd") as cd:
        async with cd.get(path_of(release)) as answer:
            assert (answer.status, await answer.read()) == (200, BODY)
            told = answer.headers
        async with cd.get(path_of(release)) as answer:
            assert (answer.status, await answer.read()) == (200, BODY)
    digest = sha256(BODY)
    assert told["ETag"] == f'"{digest.hexdigest()}"'
    assert told["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert told["Content-Disposition"] == 'attachment; filename="A.csv.gpg"'
    (collected,) = await here.wait_for("release.collected")
    assert collected["subject"] == release
    assert collected["facts"]["file_sha256"] == digest.hexdigest()
    assert collected["facts"]["client"] == "si-cd"
    assert len(here.ledger("release.fetched")) == 2
    async with here.session("cd") as cd, cd.get(f"/v1/releases/{release}") as answer:
        shown = await answer.json()
    assert (shown["etat"], shown["fichier"]["sha256"]) == ("retiree", digest.hexdigest())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(BODY) - 1), st.integers(0, len(BODY) + 10))
async def test_any_range_gives_those_bytes(here: Here, first: int, length: int) -> None:
    release, wanted = here.leave("R", BODY), BODY[first : first + length + 1]
    give_back(here.engine, release, TODAY, 10 * len(BODY))  # it left as often as it may
    async with (
        here.session("cd") as cd,
        cd.get(path_of(release), headers={"Range": f"bytes={first}-{first + length}"}) as answer,
    ):
        assert await answer.read() == wanted
    part = len(wanted) < len(BODY)
    said = f"bytes {first}-{first + len(wanted) - 1}/{len(BODY)}" if part else None
    assert (answer.status, answer.headers.get("Content-Range")) == (206 if part else 200, said)


async def test_a_range_past_the_end_is_refused_and_says_the_size(here: Here) -> None:
    release = here.leave("A", BODY)
    async with (
        here.session("cd") as cd,
        cd.get(path_of(release), headers={"Range": f"bytes={len(BODY)}-"}) as answer,
    ):
        assert (answer.status, (await answer.json())["title"]) == (416, "Plage refusée")
        assert answer.headers["Content-Range"] == f"bytes */{len(BODY)}"
    assert here.ledger("release.fetched", "release.collected") == []


async def test_several_ranges_and_a_stale_tag_give_the_whole_file(here: Here) -> None:
    release = here.leave("A", BODY)
    async with here.session("cd") as cd:
        for headers in (
            {"Range": "bytes=0-1,4-5"},
            {"Range": "bytes=0-1", "If-Range": '"autre"'},
        ):
            async with cd.get(path_of(release), headers=headers) as answer:
                assert (answer.status, await answer.read()) == (200, BODY)


async def test_who_has_it_already_is_told_so_and_nothing_leaves(here: Here) -> None:
    release = here.leave("A", BODY)
    tag = f'"{sha256(BODY).hexdigest()}"'
    async with (
        here.session("cd") as cd,
        cd.get(path_of(release), headers={"If-None-Match": tag}) as answer,
    ):
        assert (answer.status, await answer.read()) == (304, b"")
    assert here.ledger("release.fetched") == []


async def test_a_cut_connection_is_resumed_to_the_very_same_bytes(here: Here) -> None:
    body = os.urandom(LARGE)
    release = here.leave("A", body)
    async with here.session("cd") as cd:
        async with cd.get(path_of(release)) as answer:
            tag, held = answer.headers["ETag"], await answer.content.readexactly(1 << 20)
            answer.close()
        assert here.ledger("release.collected") == []
        headers = {"Range": f"bytes={len(held)}-", "If-Range": tag}
        async with cd.get(path_of(release), headers=headers) as answer:
            assert answer.status == 206
            held += await answer.read()
    assert held == body
    assert len(await here.wait_for("release.collected")) == 1
    assert here.ledger("release.stopped") == []


async def taken(session: ClientSession, release: str, events: list[float]) -> tuple[int, bool]:
    """Bytes taken slowly, and whether the transfer ended well; `events`: when each came."""
    count = 0
    async with session.get(path_of(release)) as answer:
        assert answer.status == 200
        try:
            while block := await answer.content.read(64 << 10):
                count += len(block)
                events.append(time.monotonic())
                await asyncio.sleep(0.01)
        except ClientError:
            return count, False
    return count, True


@pytest.mark.parametrize("how", ["revoked", "suspended", "client", "partner", "withdrawn"])
async def test_what_is_stopped_on_the_way_stops_within_two_seconds(
    here: Here, how: str, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    body = os.urandom(LARGE * 3)
    release, events = here.leave("A", body), list[float]()
    stops = {
        "revoked": here.revoke,
        "suspended": lambda: here.revoke(state=Status.SUSPENDED),
        "client": here.suspend_client,
        "partner": lambda: change(here.engine, "cd", State.PAUSED, by="camille", motive="essai"),
        "withdrawn": lambda: here.change(release, withdrawn_at=datetime.now(UTC)),
    }
    async with here.session("cd") as cd:
        download = asyncio.create_task(taken(cd, release, events))
        await asyncio.sleep(0.6)
        started = time.monotonic()
        await asyncio.to_thread(stops[how])
        count, ended_well = await download
    delay = events[-1] - started
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(f" {how}: nothing {delay:.2f} s after the decision")
    assert not ended_well
    assert 0 < count < len(body)
    assert delay < 2.0
    (stopped,) = await here.wait_for("release.stopped")
    assert stopped["subject"] == release
    assert 0 < stopped["facts"]["sent"] < len(body)
    assert here.ledger("release.collected") == []


async def test_a_client_that_takes_nothing_is_stopped_all_the_same(here: Here) -> None:
    release = here.leave("A", os.urandom(LARGE * 3))
    async with here.session("cd") as cd, cd.get(path_of(release)) as answer:
        await answer.content.readexactly(1000)
        await asyncio.sleep(0.5)  # by now every buffer is full: the sending waits
        await asyncio.to_thread(here.revoke)
        (stopped,) = await here.wait_for("release.stopped")
        with pytest.raises(ClientError):
            while await answer.content.read(1 << 20):
                pass
    assert "révoquée" in stopped["facts"]["why"]


async def refused(here: Here, release: str) -> tuple[int, str]:
    async with here.session("cd") as cd, cd.get(path_of(release)) as answer:
        problem = await answer.json()
        return answer.status, problem["type"].rpartition("/")[2]


async def test_no_habilitation_in_force_no_byte(here: Here) -> None:
    release = here.leave("A", BODY)
    here.revoke()
    assert await refused(here, release) == (403, "droit-insuffisant")
    assert here.ledger("release.fetched", "release.collected") == []


async def test_a_narrower_version_keeps_what_it_no_longer_opens(here: Here) -> None:
    release = here.leave("A", BODY)
    here.habilitate(columns=("MATRICULE",))
    assert await refused(here, release) == (403, "droit-insuffisant")
    here.habilitate(
        columns=(
            "MATRICULE",
            "NIR",
            "NUMERO TELEPHONE DOSSIER",
            "NUMERO TELEPHONE 2 DOSSIER",
            "ADRESSE ELECTRONIQUE DOSSIER",
        )
    )
    async with here.session("cd") as cd, cd.get(path_of(release)) as answer:
        assert answer.status == 200


async def test_another_departement_is_not_opened(here: Here) -> None:
    release = here.leave("A", BODY, departement="51")
    assert await refused(here, release) == (403, "droit-insuffisant")


async def test_what_was_taken_back_or_waited_too_long_or_is_gone_is_not_given(here: Here) -> None:
    back, old, gone = (here.leave(name, BODY) for name in "ABC")
    here.change(back, withdrawn_at=datetime.now(UTC))
    here.change(old, delivered_at=datetime.now(UTC) - timedelta(days=60))
    (here.counter.pickup("cd") / "C.csv.gpg").unlink()
    assert [await refused(here, one) for one in (back, old, gone)] == [(410, "retire")] * 3


async def test_a_link_or_another_file_in_its_place_is_not_given(here: Here) -> None:
    linked, longer = here.leave("A", BODY), here.leave("B", BODY)
    folder = here.counter.pickup("cd")
    (folder / "A.csv.gpg").rename(folder / "ailleurs")
    (folder / "A.csv.gpg").symlink_to(folder / "ailleurs")
    (folder / "B.csv.gpg").write_bytes(BODY + b"x")
    assert await refused(here, linked) == (410, "retire")
    assert await refused(here, longer) == (503, "indisponible")


async def test_it_leaves_so_many_times_a_day_whatever_the_ranges(here: Here) -> None:
    release = here.leave("A", BODY)
    half = len(BODY) // 2
    async with here.session("cd") as cd:
        for wanted in ("bytes=0-", f"bytes=0-{half - 1}", f"bytes={half}-", "bytes=0-"):
            async with cd.get(path_of(release), headers={"Range": wanted}) as answer:
                assert answer.status in (200, 206)
                await answer.read()
    assert await refused(here, release) == (429, "plafond-atteint")
    assert len(here.ledger("release.fetched")) == 4


async def test_downloads_at_once_do_not_pass_the_ceiling_together(here: Here) -> None:
    release = here.leave("A", BODY)

    async def ask() -> int:
        async with here.session("cd") as cd, cd.get(path_of(release)) as answer:
            await answer.read()
            return answer.status

    statuses = await asyncio.gather(*(ask() for _ in range(6)))
    assert sorted(statuses) == [200, 200, 200, 429, 429, 429]


async def test_what_was_not_sent_does_not_count(here: Here) -> None:
    release = here.leave("A", os.urandom(LARGE * 2))
    async with here.session("cd") as cd:
        for number in range(6):
            async with cd.get(path_of(release)) as answer:
                assert answer.status == 200, number
                await answer.content.readexactly(1000)
                answer.close()
            await asyncio.sleep(0.3)


async def test_without_a_ledger_no_byte_leaves(here: Here) -> None:
    release = here.leave("A", BODY)
    with here.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger_entry RENAME TO ailleurs")
    async with here.session("cd") as cd, cd.get(path_of(release)) as answer:
        assert (answer.status, "A.csv" in await answer.text()) == (503, False)


async def test_another_organisations_release_answers_as_none_does(here: Here) -> None:
    here.habilitate("autre", name="h-autre")
    theirs = here.leave("A", BODY, alias="autre", habilitation="h-autre")
    waiting = here.leave("B", BODY)
    here.change(waiting, delivered=False)
    async with here.session("cd") as cd:
        for path in ("", "/file", "/manifest"):
            said = []
            for one in (theirs, waiting, "publication:rien"):
                async with cd.get(f"/v1/releases/{one}{path}") as answer:
                    problem = json.loads(await answer.text())
                    problem.pop("instance")
                    headers = {k: v for k, v in answer.headers.items() if k not in PASSING}
                    said.append((answer.status, problem, headers))
            assert said[0] == said[1] == said[2]
            assert said[0][0] == 404
