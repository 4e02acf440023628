"""Every failure the sandbox can be told to make, as a plain HTTP client sees it."""

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.hubee import FAULTS, ROUTES, Fault, applies
from connectors.sandbox.hubee.failing.twisting import HOSTILE, objects
from connectors.sandbox.hubee.faults import ACTS
from tests.connectors.sandbox_hubee_admin.desk import BODY, Desk, Seen, a_desk

DIGEST = b64encode(hashlib.sha256(BODY).digest()).decode()
BROKEN = frozenset({Fault.RESET_BEFORE, Fault.RESET_DURING, Fault.RESET_AFTER, Fault.TRUNCATED})
REFUSALS = {
    Fault.ERROR_BEFORE: 500,
    Fault.ERROR_AFTER: 500,
    Fault.STORM: 500,
    Fault.HTML: 502,
    Fault.HTML_503: 503,
    Fault.HTML_504: 504,
    Fault.NOT_JSON: 200,
    Fault.OAUTH_BODY: 500,
    Fault.OBJECT_BODY: 500,
    Fault.TEXT_BODY: 500,
    Fault.EMPTY_BODY: 500,
    Fault.TOKEN_REFUSED: 401,
    Fault.TOKEN_ENDED: 401,
    Fault.CLIENT_REFUSED: 401,
    Fault.REFUSED: 400,
    Fault.FORBIDDEN: 403,
    Fault.MISSING: 404,
    Fault.TOO_LARGE: 413,
    Fault.THROTTLED: 429,
    Fault.THROTTLED_WAIT: 429,
    Fault.EVENT_LIMIT: 400,
}
PAIRS = [(fault, route) for fault in Fault for route in ROUTES if applies(fault, route)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path / "hub") as desk:
        yield desk


# --- the catalogue


def test_every_failure_is_described_and_really_done() -> None:
    assert set(FAULTS) == set(ACTS) == set(Fault)
    assert [f for f, kind in FAULTS.items() if len(kind.says) < 10] == []


def test_every_failure_has_a_route_and_every_route_its_failures() -> None:
    assert [f for f in Fault if not any(applies(f, route) for route in ROUTES)] == []
    assert [r for r in ROUTES if not any(applies(f, r) for f in Fault)] == []


def test_every_route_of_the_hub_is_asked_by_these_tests(desk: Desk) -> None:
    assert set(desk.requests()) == set(ROUTES)


async def test_without_any_failure_every_route_answers_well(desk: Desk) -> None:
    order = sorted(ROUTES, key=lambda r: ("delete" in r, r == "folder.move"))
    seen = {route: (await desk.ask(route)).status for route in order}
    # Sent, a folder is no longer deleted; and these bodies are not whole.
    refused = {"folder.delete", "subscription.create", "subscription.amend", "organisation.amend"}
    refused |= {"organisation.create", "process.create", "process.amend"}
    assert {r for r, s in seen.items() if s not in {200, 201, 204}} == refused


# --- each failure on each of its routes


@pytest.mark.parametrize("share", range(4))
async def test_a_failure_is_seen_on_its_routes_and_goes_away_when_cleared(
    desk: Desk, share: int
) -> None:
    # One world for a quarter of the catalogue; ended tokens have a test of their own.
    faults = [fault for fault in Fault if fault is not Fault.TOKEN_ENDED][share::4]
    for fault in faults:
        for route in (r for r in ROUTES if applies(fault, r) and not r.endswith("delete")):
            desk.order(route, fault, delay=0.01)
            seen = await desk.ask(route)
            assert_failed(fault, route, seen)
            left = desk.world.sandbox.faults.clear()
            assert left == (1 if FAULTS[fault].lasting or fault is Fault.STORM else 0)
        assert (await desk.ask("case.read")).status == 200, fault


def assert_failed(fault: Fault, route: str, seen: Seen) -> None:
    if fault in BROKEN:
        assert seen.status is None, (fault, route, seen)
    elif fault in REFUSALS:
        assert seen.status == REFUSALS[fault], (fault, route, seen)
    else:
        # Answered: well, or as the hub refuses the empty bodies of these tests.
        assert seen.status in {200, 201, 204, 404} or "@body" in str(seen.body), (fault, route)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.ERROR_BEFORE, '{"errors": [{"code": 500, "message": "Internal Server Error"}]}'),
        (Fault.OAUTH_BODY, '{"error": "server_error", "error_description": "Error"}'),
        (Fault.OBJECT_BODY, '{"errors": {"code": 500, "message": "Error"}}'),
        (Fault.TEXT_BODY, "upstream error"),
        (Fault.EMPTY_BODY, ""),
        (Fault.HTML, "<html><head><title>502</title></head><body><h1>502</h1></body></html>"),
    ],
)
async def test_errors_come_in_every_shape(desk: Desk, fault: Fault, says: str) -> None:
    desk.order("case.read", fault)
    assert (await desk.ask("case.read")).body.decode() == says


async def test_the_status_of_an_error_can_be_chosen(desk: Desk) -> None:
    desk.order("case.read", Fault.TEXT_BODY, status=418)
    assert (await desk.ask("case.read")).status == 418


async def test_being_throttled_says_when_to_come_back_or_not(desk: Desk) -> None:
    desk.order("queue.read", Fault.THROTTLED, Fault.THROTTLED_WAIT, retry_after=7)
    first, second = await desk.ask("queue.read"), await desk.ask("queue.read")
    assert first.content["errors"][0]["code"] == 900800
    assert "Retry-After" not in first.headers
    assert second.headers["Retry-After"] == "7"


# --- effects


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.RESET_AFTER, Fault.SILENT_AFTER])
async def test_after_means_it_was_done(desk: Desk, fault: Fault) -> None:
    desk.order("event.post", fault, delay=0.3)
    assert (await desk.ask("event.post", patience=0.1)).status != 201
    assert desk.world.said(desk.ids["case"])[-1] == "IN_PROGRESS"


@pytest.mark.parametrize(
    "fault", [Fault.ERROR_BEFORE, Fault.RESET_BEFORE, Fault.HTML, Fault.SILENT_BEFORE]
)
async def test_before_means_it_was_not(desk: Desk, fault: Fault) -> None:
    desk.order("event.post", fault, delay=0.2)
    assert (await desk.ask("event.post", patience=0.1)).status != 201
    desk.order("queue.read", Fault.SILENT_BEFORE, delay=0.2)
    await desk.ask("queue.read")
    assert "IN_PROGRESS" not in desk.world.said(desk.ids["case"])


async def test_a_reset_is_a_reset_and_not_an_end(desk: Desk) -> None:
    desk.order("queue.read", Fault.RESET_BEFORE)
    assert (await desk.ask("queue.read")).body in {b"ClientOSError", b"ClientConnectionResetError"}


async def test_tokens_that_end_end_for_everybody(desk: Desk) -> None:
    desk.order("case.read", Fault.TOKEN_ENDED, skip=1)
    assert [(await desk.ask("case.read")).status for _ in range(3)] == [200, 401, 401]
    assert (await desk.ask("token")).status == 200


async def test_a_refused_token_is_good_again_at_once(desk: Desk) -> None:
    desk.order("case.read", Fault.TOKEN_REFUSED)
    assert [(await desk.ask("case.read")).status for _ in range(2)] == [401, 200]


async def test_a_token_may_come_without_its_life(desk: Desk) -> None:
    desk.order("token", Fault.NO_EXPIRY)
    seen = await desk.ask("token")
    assert "access_token" in seen.content
    assert "expires_in" not in seen.content


# --- bytes


async def test_a_truncated_body_promises_more_than_it_gives(desk: Desk) -> None:
    desk.order("case.download", Fault.TRUNCATED, size=10)
    async with desk.us.get(desk.requests()["case.download"][2]) as answer:
        assert int(answer.headers["Content-Length"]) == len(BODY)
        assert await answer.content.read(10) == BODY[:10]
        with pytest.raises(Exception, match=r"not enough data|payload"):
            await answer.content.read()


@pytest.mark.parametrize("route", ["case.download", "event.download"])
async def test_a_short_chunked_body_ends_well_and_its_digest_tells(desk: Desk, route: str) -> None:
    desk.order(route, Fault.SHORT_CHUNKED)
    seen = await desk.ask(route)
    assert (seen.status, seen.body) == (200, BODY[: len(BODY) // 2])
    assert seen.headers["digest"] == DIGEST
    assert "Content-Length" not in seen.headers


@pytest.mark.parametrize("route", ["case.download", "event.download"])
async def test_an_altered_body_is_as_long_and_its_digest_tells(desk: Desk, route: str) -> None:
    desk.order(route, Fault.ALTERED)
    seen = await desk.ask(route)
    assert (seen.status, len(seen.body)) == (200, len(BODY))
    assert seen.body[1:] == BODY[1:]
    assert seen.body != BODY
    assert seen.headers["digest"] == DIGEST


@pytest.mark.parametrize("route", ["case.download", "case.read"])
async def test_a_slow_body_arrives_whole_or_not_in_time(desk: Desk, route: str) -> None:
    well = await desk.ask(route)
    desk.order(route, Fault.SLOW_BODY, Fault.SLOW_BODY, delay=0.03)
    assert (await desk.ask(route, patience=0.1)).status is None
    assert (await desk.ask(route)).body == well.body


@pytest.mark.parametrize("route", ["case.download", "case.read", "event.download"])
async def test_gzip_is_announced_and_undone_by_who_reads_headers(desk: Desk, route: str) -> None:
    well = await desk.ask(route)
    desk.order(route, Fault.GZIP)
    raw = await desk.ask(route, unzip=False)
    assert raw.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw.body) == well.body
    assert (await desk.ask(route)).body == well.body


async def test_digests_are_wrong_absent_or_prefixed(desk: Desk) -> None:
    faults = (Fault.WRONG_DIGEST, Fault.NO_DIGEST, Fault.PREFIXED_DIGEST)
    desk.order("case.download", *faults)
    seen = [(await desk.ask("case.download")).headers.get("digest") for _ in range(4)]
    assert seen == ["A" * 43 + "=", None, f"SHA-256={DIGEST}", DIGEST]


@pytest.mark.parametrize("route", ["case.read", "event.read"])
async def test_a_size_may_be_announced_wrong(desk: Desk, route: str) -> None:
    desk.order(route, Fault.WRONG_SIZE, size=5)
    assert (await desk.ask(route)).content["attachments"][0]["size"] == len(BODY) + 5


# --- surprising JSON


async def test_every_nullable_field_may_be_null(desk: Desk) -> None:
    desk.order("*", Fault.NULLS)
    event = (await desk.ask("event.read")).content
    kept = {"id", "transmitter", "status", "attachments"}
    assert {name for name, value in event.items() if value is not None} == kept
    case = (await desk.ask("case.read")).content
    assert (case["transmissionDateTime"], case["applicant"]["email"]) == (None, None)
    assert case["createDateTime"] is not None
    item = (await desk.ask("queue.read")).content[0]
    assert (item["dateTime"], item["caseId"]) == (None, desk.ids["case"])


async def test_unknown_fields_statuses_and_actions_appear(desk: Desk) -> None:
    desk.order("*", Fault.UNKNOWN_FIELDS, Fault.UNKNOWN_STATUS, Fault.UNKNOWN_ACTION)
    case = (await desk.ask("case.read")).content
    assert all("nouveauChamp" in o for o in objects(case) if "valeurs" not in o)
    assert case["status"] == case["attachments"][0]["status"] == "NOUVEAU"
    assert case["events"][0]["actionType"] == "ACTION_NOUVELLE"


async def test_details_may_be_absent_and_dates_end_in_z(desk: Desk) -> None:
    desk.order("queue.read", Fault.NO_DETAILS, Fault.Z_DATES)
    for item in (await desk.ask("queue.read")).content:
        assert not {"eventStatus", "eventActionType"} & item.keys()
        assert item["dateTime"].endswith("Z")
    desk.world.sandbox.faults.clear()
    assert (await desk.ask("queue.read")).content[0]["dateTime"].endswith("+00:00")


async def test_file_names_may_be_hostile_or_the_same(desk: Desk) -> None:
    case = desk.world.publish(*[("f.txt", "t", "text/plain", b"x")] * 3)
    desk.ids["case"] = case
    desk.order("case.read", Fault.HOSTILE_NAMES)
    files = (await desk.ask("case.read")).content["attachments"]
    assert [f["fileName"] for f in files] == list(HOSTILE[:3])
    desk.order("case.read", Fault.HOMONYMS)
    files = (await desk.ask("case.read")).content["attachments"]
    assert {f["fileName"] for f in files} == {HOSTILE[0]}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.PURGED, "DELETED"),
        (Fault.VIRUS, "CORRUPTED"),
        (Fault.FILE_REJECTED, "REJECTED"),
        (Fault.FILE_PENDING, "PENDING"),
    ],
)
async def test_a_withheld_file_says_so_and_cannot_be_read(
    desk: Desk, fault: Fault, status: str
) -> None:
    desk.order("*", fault, attachment=desk.ids["file"])
    assert (await desk.ask("case.read")).content["attachments"][0]["status"] == status
    assert (await desk.ask("case.download")).status == 404
    assert (await desk.ask("event.read")).content["attachments"][0]["status"] == "RECEIVED"
    assert (await desk.ask("event.download")).body == BODY


@given(st.sampled_from(PAIRS))
def test_the_catalogue_speaks_of_routes_that_exist(pair: tuple[Fault, str]) -> None:
    fault, route = pair
    assert route in ROUTES
    assert json.dumps(FAULTS[fault].says, ensure_ascii=False)
