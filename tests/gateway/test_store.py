"""What is remembered: the same on SQLite and PostgreSQL, twice is once, and never without its entry."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, Row, func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.delivery import Verdict
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import committed_size
from gateway.stages.keep import keep
from gateway.store.claims import already_accepted
from gateway.store.deliveries import (
    Stale,
    all_deliveries,
    find_delivery,
    index_digest,
    index_version,
    keep_refusal,
    keep_treated,
    latest_partition,
    mark_acknowledged,
)
from gateway.store.releases import (
    authorise,
    keep_crossing,
)
from gateway.store.tables import CROSSING, DELIVERY, IDENTITY_INDEX, PARTITION, RELEASE
from schemas.codes import Code
from tests.world.records import (
    DAY,
    NOON,
    collected,
    crossed,
    digest,
    entry,
    extracted,
    passport,
    refusal,
    treated,
)


def accept(
    engine: Engine,
    delivery: str,
    *,
    day: date = DAY,
    sent: datetime = NOON,
    base: int | None = None,
) -> int:
    with engine.begin() as connection:
        version = index_version(connection, "08") if base is None else base
    outcome = treated(delivery, base_version=version, reference_date=day)
    shown = passport(delivery, sent_at=sent)
    kept = keep_treated(engine, shown, collected(delivery), outcome, entry(delivery))
    return int(kept.ledger_index)


def refuse(engine: Engine, delivery: str = "d1") -> int:
    shown, outcome = passport(delivery), refusal(delivery)
    kept = keep_refusal(engine, shown, collected(delivery), outcome, entry(delivery))
    return int(kept.ledger_index)


def told_of(row: Row[Any]) -> Entry:
    return entry(row.id, Act.DELIVERY_ACKNOWLEDGED)


def rows(engine: Engine) -> dict[str, int]:
    tables = (DELIVERY, PARTITION, IDENTITY_INDEX, CROSSING, RELEASE)
    with engine.begin() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_an_accepted_delivery_is_kept_whole(engine: Engine) -> None:
    index = accept(engine, "d1")
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
        assert row is not None
        assert (row.verdict, row.code, row.stage) == (Verdict.ACCEPTED.value, None, "keep")
        assert (row.rows_read, row.rows_accepted, row.rows_rejected, row.rows_ignored) == (
            10,
            8,
            1,
            1,
        )
        assert (row.digest, row.plaintext) == (digest("received d1"), digest("clear d1"))
        assert row.ledger_index == index == 0
        assert row.acknowledged_at is None
        assert (index_version(connection, "08"), index_digest(connection, "08")) == (
            1,
            digest("index d1"),
        )
        found = latest_partition(connection, "08", "cd-parcours")
    assert found is not None
    assert (found.delivery, found.facts) == ("d1", digest("facts d1"))


@pytest.mark.parametrize(
    ("code", "verdict"), [(Code.TAMPERED, Verdict.REFUSED), (Code.DUPLICATE, Verdict.DUPLICATE)]
)
def test_a_refusal_is_kept_without_a_partition(
    engine: Engine, code: Code, verdict: Verdict
) -> None:
    keep_refusal(engine, passport(), collected(), refusal(code=code), entry())
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    assert row is not None
    assert (row.verdict, row.code, row.stage) == (verdict.value, code.value, "unseal")
    assert rows(engine) == {**dict.fromkeys(rows(engine), 0), "delivery": 1}


def test_a_refusal_before_any_byte_holds_nothing(engine: Engine) -> None:
    keep_refusal(engine, passport(), None, refusal(code=Code.TOO_LARGE), entry())
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    assert row is not None
    assert (row.digest, row.size) == ("", 0)


@pytest.mark.parametrize(
    "act",
    [
        lambda engine: accept(engine, "d1"),
        refuse,
        lambda engine: keep_crossing(engine, crossed(), entry()),
        lambda engine: authorise(engine, extracted(), entry()),
    ],
    ids=["accept", "refuse", "cross", "authorise"],
)
def test_keeping_twice_is_keeping_once(engine: Engine, act: Callable[[Engine], int]) -> None:
    first, held = act(engine), rows(engine)
    assert act(engine) == first
    assert (rows(engine), committed_size(engine)) == (held, 1)


def test_an_index_that_moved_meanwhile_keeps_nothing(engine: Engine) -> None:
    accept(engine, "d1", base=0)
    held = rows(engine)
    with pytest.raises(Stale):
        accept(engine, "d2", base=0)
    assert (rows(engine), committed_size(engine)) == (held, 1)
    assert keep(engine, passport("d2"), collected("d2"), treated("d2", base_version=0)).stale
    assert (rows(engine), committed_size(engine)) == (held, 1)


def test_of_many_who_saw_the_same_index_one_keeps_and_the_others_are_stale(engine: Engine) -> None:
    def one(number: int) -> bool:
        return keep(
            engine, passport(f"d{number}"), collected(f"d{number}"), treated(f"d{number}")
        ).stale

    with ThreadPoolExecutor(6) as threads:
        stale = list(threads.map(one, range(12)))
    assert stale.count(False) == 1
    assert (rows(engine)["delivery"], committed_size(engine)) == (1, 1)


def test_one_delivery_kept_by_two_nodes_at_once_is_kept_once(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as threads:
        kept = list(
            threads.map(lambda _: keep(engine, passport(), collected(), treated()), range(12))
        )
    assert {one.ledger_index for one in kept if not one.stale} == {0}
    assert (rows(engine)["delivery"], committed_size(engine)) == (1, 1)


@pytest.mark.parametrize("wrong", ["delivery", "crossing", "release"])
def test_a_transaction_that_fails_leaves_neither_row_nor_entry(engine: Engine, wrong: str) -> None:
    accept(engine, "d0")
    held = rows(engine)
    with pytest.raises(SQLAlchemyError):
        match wrong:
            case "delivery":
                broken = treated("d1", base_version=1, report=None)
                keep_treated(engine, passport("d1"), collected("d1"), broken, entry("d1"))
            case "crossing":
                keep_crossing(engine, crossed(counts=None), entry())
            case _:
                authorise(engine, extracted(sealed=None), entry())
    assert (rows(engine), committed_size(engine)) == (held, 1)
    assert accept(engine, "d1") == 1


def test_an_entry_that_cannot_be_written_keeps_no_row(engine: Engine) -> None:
    too_long = entry("d" * 70_000)
    with pytest.raises(ValueError, match="65535"):
        keep_treated(engine, passport(), collected(), treated(), too_long)
    assert rows(engine)["delivery"] == 0


def test_the_sender_is_told_once(engine: Engine) -> None:
    accept(engine, "d1")
    for _ in range(2):
        mark_acknowledged(engine, passport("d1"), [], told_of)
    mark_acknowledged(engine, passport("nobody"), [], told_of)
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    assert row is not None
    assert row.acknowledged_at is not None
    assert committed_size(engine) == 2


def test_those_that_waited_are_told_in_the_same_stroke_once_each(engine: Engine) -> None:
    for number, (partner, arrival) in enumerate(
        [("cd", "case/1"), ("cd", "case/2"), ("pe", "case/1"), ("cd", "case/3"), ("cd", "")]
    ):
        shown = passport(f"d{number}", partner=partner, arrival=arrival)
        keep_refusal(engine, shown, None, refusal(f"d{number}"), entry(f"d{number}"))
    for told in ("d1", "d0"):
        mark_acknowledged(engine, passport(told), ["case/1", "case/2"], told_of)
    with engine.begin() as connection:
        marked = [row.id for row in all_deliveries(connection) if row.acknowledged_at]
    assert marked == ["d0", "d1"]
    assert committed_size(engine) == 5 + 2


def test_a_mark_whose_entry_cannot_be_written_marks_none(engine: Engine) -> None:
    for number in range(2):
        shown = passport(f"d{number}", arrival=f"case/{number}")
        keep_refusal(engine, shown, None, refusal(f"d{number}"), entry(f"d{number}"))
    with pytest.raises(ValueError, match="65535"):
        mark_acknowledged(
            engine,
            passport("d0"),
            ["case/0", "case/1"],
            lambda row: entry("d" * 70_000 if row.id == "d1" else row.id),
        )
    with engine.begin() as connection:
        assert not [row for row in all_deliveries(connection) if row.acknowledged_at]
    assert committed_size(engine) == 2


def test_the_same_content_is_a_duplicate_for_its_partner_and_flow_alone(engine: Engine) -> None:
    accept(engine, "d1")
    clear = digest("clear d1")
    with engine.begin() as connection:
        assert already_accepted(connection, passport("d2"), clear)
        assert not already_accepted(connection, passport("d1"), clear)  # itself, done again
        assert not already_accepted(connection, passport("d2", partner="other"), clear)
        assert not already_accepted(connection, passport("d2", flow="pe-parcours"), clear)
        assert not already_accepted(connection, passport("d2"), digest("other"))


def test_what_was_kept_first_is_of_record_whatever_a_later_try_found(engine: Engine) -> None:
    accept(engine, "d1")
    again = keep(engine, passport(), collected(), refusal(code=Code.TAMPERED))
    assert (again.verdict, again.code, again.ledger_index) == (Verdict.ACCEPTED, None, 0)
    assert rows(engine)["delivery"] == 1


def test_content_that_was_refused_may_be_sent_again(engine: Engine) -> None:
    again = refusal(plaintext=digest("clear d2"))
    keep_refusal(engine, passport("d1"), collected("d1"), again, entry())
    with engine.begin() as connection:
        assert not already_accepted(connection, passport("d2"), digest("clear d2"))


def test_the_last_set_is_of_the_last_day_then_last_sent_then_last_kept(engine: Engine) -> None:
    def last() -> str:
        with engine.begin() as connection:
            found = latest_partition(connection, "08", "cd-parcours")
        assert found is not None
        return found.delivery

    accept(engine, "first")
    accept(engine, "older day", day=DAY - timedelta(days=1), sent=NOON + timedelta(days=9))
    assert last() == "first"
    accept(engine, "sent before", sent=NOON - timedelta(minutes=1))
    assert last() == "first"
    accept(engine, "same instant")
    assert last() == "same instant"
    accept(engine, "sent after", sent=NOON + timedelta(seconds=1))
    assert last() == "sent after"
    accept(engine, "newer day", day=DAY + timedelta(days=1), sent=NOON - timedelta(days=9))
    assert last() == "newer day"


def test_hours_are_compared_as_instants_whatever_their_zone(engine: Engine) -> None:
    paris = timezone(timedelta(hours=2))
    accept(engine, "later", sent=NOON)
    accept(engine, "earlier", sent=(NOON - timedelta(hours=1)).astimezone(paris))  # reads 13:00
    with engine.begin() as connection:
        found = latest_partition(connection, "08", "cd-parcours")
    assert found is not None
    assert found.delivery == "later"


def test_deliveries_are_listed_as_the_ledger_wrote_them(engine: Engine) -> None:
    for name in ("b", "a", "c"):
        accept(engine, name)
    with engine.begin() as connection:
        assert [row.id for row in all_deliveries(connection)] == ["b", "a", "c"]


# --- crossings and releases


def test_times_are_kept_as_instants(engine: Engine) -> None:
    before = datetime.now(UTC)
    accept(engine, "d1")
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    assert row is not None
    received = row.received_at if row.received_at.tzinfo else row.received_at.replace(tzinfo=UTC)
    assert before <= received <= datetime.now(UTC)
