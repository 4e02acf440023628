"""A moment written in any zone is read in UTC, and compared in UTC, in both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from gateway.store.tables import METADATA
from gateway.store.tables.moment import Moment

KEPT: Final = Table("moments", MetaData(), Column("at", Moment))
PARIS: Final = ZoneInfo("Europe/Paris")
MIDNIGHT: Final = datetime(2024, 3, 1, 0, 30, tzinfo=PARIS)  # still February in UTC


@pytest.fixture
def connection(shared: Engine) -> Iterator[Connection]:
    with shared.connect() as opened:  # rolled back with its table
        KEPT.create(opened)
        yield opened


def test_it_is_read_in_utc_whatever_zone_it_was_written_in(connection: Connection) -> None:
    connection.execute(insert(KEPT), [{"at": MIDNIGHT}, {"at": None}])
    read = connection.scalars(select(KEPT.c.at).where(KEPT.c.at.is_not(None))).one()
    assert read == MIDNIGHT
    assert read.tzinfo is UTC
    assert connection.scalars(select(KEPT.c.at).where(KEPT.c.at.is_(None))).one() is None


def test_it_is_compared_by_what_it_is_not_by_how_it_is_written(connection: Connection) -> None:
    connection.execute(insert(KEPT).values(at=MIDNIGHT))
    same, later = MIDNIGHT.astimezone(UTC), MIDNIGHT + timedelta(minutes=1)
    for column_is, found in (
        (KEPT.c.at == same, 1),
        (KEPT.c.at >= later, 0),
        (KEPT.c.at < later, 1),
    ):
        assert len(connection.execute(select(KEPT).where(column_is)).all()) == found


def test_one_without_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError, match="without zone"):
        connection.execute(insert(KEPT).values(at=MIDNIGHT.replace(tzinfo=None)))


def test_every_moment_of_the_house_is_one() -> None:
    dated = [
        column
        for table in METADATA.sorted_tables
        for column in table.columns
        if "datetime" in str(column.type).lower() or isinstance(column.type, Moment)
    ]
    assert dated
    assert [str(column) for column in dated if not isinstance(column.type, Moment)] == []
