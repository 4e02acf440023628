"""RDV-Insertion over real HTTP: its limits kept, one bad row alone refused, every failure survived or named."""

import asyncio
import logging
from dataclasses import replace

import aiohttp
import pytest
from hypothesis import given
from hypothesis import settings as law
from hypothesis import strategies as st

from connectors.errors import ConnectorError, Denied, Unreachable
from connectors.rdv_insertion import CallLimit, Pushed, RdvInsertion, RdvInsertionSettings, Refused
from connectors.rdv_insertion.answers import KINDS, OTHER, faults_of, kind_of
from connectors.sandbox.rdv_insertion import Fault, RdvInsertionSandbox
from connectors.secret import Secret
from tests.world.pushed import Hands, people, person, pushing, sandbox, settings


async def test_a_batch_is_taken_and_twice_is_once() -> None:
    async with pushing(Hands()) as (place, pusher, _):
        for _again in range(2):
            assert await pusher.push(people(25)) == Pushed(25, ())
        assert len(place.people) == 25
        assert place.sign_ins == 1
        assert "invitation" in place.people[0]


async def test_no_more_than_five_calls_in_any_minute_as_the_other_end_counts_them() -> None:
    hands = Hands()
    async with pushing(hands) as (place, pusher, statuses):
        for number in range(23):
            await pusher.push([person(number)])
        assert statuses() == [200] * 23  # never told to slow down
        times = [call.at for call in place.calls]
    assert all(later - first >= 60 for first, later in zip(times, times[5:], strict=False))
    assert hands.now == 4 * 60  # and no slower than that


async def test_real_time_keeps_the_limit_for_two_organisations_at_once() -> None:
    """Their limit is of an address: two pushers share one."""
    async with sandbox(window=0.4) as (place, base):
        limit = CallLimit(window=0.4)
        pushers = [RdvInsertion(settings(place, base), limit) for _ in range(2)]
        await asyncio.gather(*(one.push([person(n)]) for n in range(8) for one in pushers))
        for one in pushers:
            await one.close()
        assert [call.status for call in place.calls] == [200] * 16


async def test_without_our_limit_the_other_end_says_no_and_is_obeyed() -> None:
    hands = Hands()
    async with pushing(hands, calls=100) as (place, pusher, statuses):
        for number in range(6):
            assert (await pusher.push([person(number)])).queued == 1
        assert statuses() == [200] * 5 + [429, 200]
        assert hands.slept == [61]
        place.order(Fault.THROTTLED)
        await pusher.push([person(7)])
        assert len(place.people) == 7


async def test_a_wait_longer_than_agreed_is_for_the_next_round() -> None:
    hands = Hands()
    async with pushing(hands, calls=100, longest_wait=30.0) as (_, pusher, _statuses):
        for number in range(5):
            await pusher.push([person(number)])
        with pytest.raises(Unreachable, match="later"):
            await pusher.push([person(5)])
    assert hands.slept == []


async def test_bad_rows_alone_are_refused_and_only_their_kind_is_kept() -> None:
    batch = people(25)
    batch[3] = person(3, email="a@exemple.org")  # one letter before the at sign
    batch[7] = person(7, first_name="")
    batch[11] = person(11, title="docteur")
    batch[24] = person(24, email="", department_internal_id="")
    async with pushing(Hands()) as (place, pusher, statuses):
        done = await pusher.push(batch)
        assert done.queued == 21
        assert done.refused == (
            Refused(3, "email"),
            Refused(7, "incomplete"),
            Refused(11, "title"),
            Refused(24, "incomplete"),
        )
        assert statuses() == [422, 200]
        assert len(place.people) == 21


async def test_when_no_row_is_named_the_bad_one_is_found_by_cutting_in_two() -> None:
    batch = people(25)
    batch[17] = person(17, role="voisin")
    async with pushing(Hands()) as (place, pusher, statuses):
        place.order(Fault.VAGUE)
        done = await pusher.push(batch)
        assert (done.queued, [one.position for one in done.refused]) == (24, [17])
        assert len(place.people) == 24
        assert max(place.taken.values()) == 1
        assert statuses().count(422) <= 5


@law(max_examples=25, deadline=None)
@given(bad=st.sets(st.integers(0, 24)), size=st.integers(0, 25), vague=st.booleans())
def test_every_good_row_is_taken_once_and_every_bad_one_is_named(
    bad: set[int], size: int, vague: bool
) -> None:
    async def play() -> None:
        batch = [person(n, role="voisin" if n in bad else "conjoint") for n in range(size)]
        async with pushing(Hands()) as (place, pusher, _):
            place.order(*([Fault.VAGUE] if vague else []))
            done = await pusher.push(batch)
            held = {one["department_internal_id"] for one in place.people}
            assert held == {f"IODAS-{n}" for n in range(size) if n not in bad}
            assert {one.position for one in done.refused} == {n for n in bad if n < size}
            assert done.queued == len(held)
            assert max(place.taken.values(), default=1) == 1

    asyncio.run(play())


async def test_a_session_that_ends_on_the_way_is_opened_again_once() -> None:
    async with pushing(Hands()) as (place, pusher, statuses):
        await pusher.push([person(0)])
        place.sign_out()
        assert (await pusher.push([person(1)])).queued == 1
        assert place.sign_ins == 2
        place.order(Fault.SIGNED_OUT, Fault.SIGNED_OUT)
        with pytest.raises(Denied, match="just opened"):
            await pusher.push([person(2)])
        assert statuses() == [200, 401, 200, 401, 401]
        assert (await pusher.push([person(2)])).queued == 1


async def test_a_password_refused_is_not_tried_again_and_again() -> None:
    async with pushing(Hands(), password=Secret("wrong")) as (place, pusher, statuses):
        for _ in range(3):
            with pytest.raises(Denied, match="account"):
                await pusher.push([person(0)])
        assert (place.sign_ins, statuses()) == (1, [])


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault.ERROR, Unreachable),
        (Fault.UNANSWERED, Unreachable),
        (Fault.SLOW, Unreachable),
        (Fault.NONSENSE, Unreachable),
        (Fault.FORBIDDEN, Denied),
    ],
)
async def test_a_failure_is_named_and_the_same_batch_may_be_sent_again(
    fault: Fault, raised: type[ConnectorError]
) -> None:
    async with pushing(Hands()) as (place, pusher, _):
        place.order(fault)
        with pytest.raises(raised) as failed:
            await pusher.push(people(25))
        assert "Prénom" not in str(failed.value)
        assert await pusher.push(people(25)) == Pushed(25, ())
        assert len(place.people) == 25
        assert max(place.taken.values()) <= 2


async def test_the_sandbox_refuses_what_they_refuse() -> None:
    async with sandbox() as (place, base), aiohttp.ClientSession(base) as session:
        many = f"/api/v1/organisations/{place.organisation}/users/create_and_invite_many"
        asked = {"email": place.email, "password": place.password}
        async with session.post("/api/v1/auth/sign_in", json=asked) as opened:
            given = {name: opened.headers[name] for name in ("access-token", "client", "uid")}
        rows = [one.payload(place.category) for one in people(26)]
        without = [{key: value for key, value in rows[0].items() if key != "invitation"}]
        answers = []
        for headers, users in (({}, rows[:1]), (given, rows), (given, without), (given, rows[:1])):
            async with session.post(many, json={"users": users}, headers=headers) as answer:
                answers.append((answer.status, await answer.text()))
        async with session.post(many, json={"users": rows[:1]}, headers=given) as fifth:
            assert fifth.status == 200
        async with session.post(many, json={"users": rows[:1]}, headers=given) as sixth:
            assert sixth.status == 429
            assert int(sixth.headers["Retry-After"]) in range(1, 62)
            assert sixth.headers["X-RateLimit-Remaining"] == "0"
    assert [status for status, _ in answers] == [401, 422, 500, 200]
    assert "lots de 25 maximum" in answers[1][1]


async def test_nobody_is_told_a_person_or_a_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = person(1, email="une.adresse@exemple.org", role="voisin")
    async with pushing(Hands()) as (place, pusher, _):
        done = await pusher.push([one])
        told = [repr(one), str(one), repr(pusher), repr(done), repr(settings(place, "https://h"))]
    for text in (*told, caplog.text):
        assert "une.adresse" not in text
        assert "EXEMPLE" not in text
        assert RdvInsertionSandbox.password not in text


def test_a_batch_of_26_never_leaves() -> None:
    with pytest.raises(ValueError, match="25"):
        asyncio.run(RdvInsertion(_settings()).push(people(26)))


def _settings() -> RdvInsertionSettings:
    return settings(RdvInsertionSandbox(), "https://www.rdv-insertion.example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://www.rdv-insertion.example.org"},
        {"base_url": "https://u:p@h"},
        {"sign_in_url": "https://h/?a=b"},
        {"email": ""},
        {"password": Secret("")},
        {"motif_category": " "},
        {"organisation": 0},
    ],
)
def test_settings_that_cannot_be_meant_do_not_exist(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(_settings(), **wrong)  # type: ignore[arg-type]


def test_a_fault_is_a_word_of_ours_whatever_they_say() -> None:
    known = {kind for _, kind in KINDS} | {OTHER}
    for said in (
        "Email n'est pas valide",
        ["Prénom doit être rempli(e)"],
        "?",
        None,
        3,
        [],
        {"a": 1},
    ):
        assert kind_of(said) in known
    assert kind_of("Prénom doit être rempli(e)") == "first-name"
    assert kind_of("Nom doit être rempli(e)") == "last-name"
    assert kind_of([[[[[["Email n'est pas valide"]]]]]]) == OTHER


@given(st.binary() | st.text().map(str.encode))
def test_whatever_they_answer_is_read_without_falling(raw: bytes) -> None:
    named, kind = faults_of(raw, 25)
    assert all(0 <= index < 25 for index in named)
    assert kind
