"""Several processes write and publish at once: every entry has one number, no number is missing."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.ledger import LedgerBroken, append, verify
from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.log import record
from gateway.ledger.tables import CHECKPOINT, ENTRY
from tests.ledger.books import ORIGIN, Book, entry, new_book, open_engine, start_child, wait_for
from tests.world.postgres import has_postgres, postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("no PostgreSQL server on this machine")
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return new_book(tmp_path)
    return new_book(tmp_path, request.getfixturevalue("server"))


def fresh(book: Book) -> Book:
    return Book(book.url, open_engine(book.url), book.folder, book.signer)


def test_two_processes_writing_at_once_number_every_entry_once(shared: Book) -> None:
    def write_forty() -> None:
        mine = fresh(shared)
        for _ in range(40):
            mine.write(2)

    children = [start_child(write_forty) for _ in range(2)]
    assert [wait_for(child) for child in children] == [0, 0]
    with shared.engine.connect() as connection:
        numbers = connection.execute(select(ENTRY.c.seq).order_by(ENTRY.c.seq)).scalars().all()
    assert list(numbers) == list(range(160))


def test_a_transaction_given_up_leaves_no_gap_for_the_writer_who_waited(shared: Book) -> None:
    def give_up() -> None:
        mine = fresh(shared)
        for _ in range(20):
            with mine.engine.connect() as connection, connection.begin() as transaction:
                append(connection, entry(0))
                transaction.rollback()

    def keep() -> None:
        mine = fresh(shared)
        for _ in range(20):
            mine.write(1)

    children = [start_child(give_up), start_child(keep)]
    assert [wait_for(child) for child in children] == [0, 0]
    with shared.engine.connect() as connection:
        assert connection.execute(select(func.count(), func.max(ENTRY.c.seq))).one() == (20, 19)


def test_two_processes_publishing_while_a_third_writes_agree(shared: Book) -> None:
    def publish_often() -> None:
        mine = fresh(shared)
        for _ in range(15):
            mine.publish()

    def write_often() -> None:
        mine = fresh(shared)
        for _ in range(30):
            mine.write(11)

    children = [start_child(act) for act in (publish_often, publish_often, write_often)]
    assert [wait_for(child) for child in children] == [0, 0, 0]
    head = shared.publish()
    assert head.size == 330
    assert verify(shared.folder).checkpoint == head


def test_two_folders_of_one_database_tell_the_same_log(shared: Book, tmp_path: Path) -> None:
    other = Book(shared.url, shared.engine, tmp_path / "second", shared.signer)
    for place in (shared, other, shared, other):
        place.write(100)
        place.publish()
    assert shared.publish() == other.publish()
    assert (shared.folder / "checkpoint").read_bytes() == (other.folder / "checkpoint").read_bytes()


def test_a_number_already_taken_is_an_error_never_a_lost_entry(shared: Book) -> None:
    shared.write(2)
    with shared.engine.begin() as connection:
        connection.execute(ENTRY.insert().values(seq=2, body=b"intrus"))
    with pytest.raises(LedgerBroken, match="entrée 2 existe déjà"):
        shared.write(1)
    with pytest.raises(LedgerBroken, match="jamais comptée"):
        shared.publish()


@pytest.mark.parametrize("root", [b"\x01" * 32, b"\x02" * 32])
def test_two_publishers_recording_one_size_at_once_must_agree(
    server: str, tmp_path: Path, root: bytes
) -> None:
    book = new_book(tmp_path, server)
    with ThreadPoolExecutor(1) as second:
        with book.engine.begin() as connection:
            connection.execute(CHECKPOINT.insert().values(size=9, root=b"\x01" * 32))
            late = second.submit(record, book.engine, Checkpoint(ORIGIN, 9, root))
            time.sleep(0.3)  # until the second waits on our uncommitted row
            assert not late.done()
        if root == b"\x01" * 32:
            late.result()
        else:
            with pytest.raises(LedgerBroken, match="un autre point"):
                late.result()
