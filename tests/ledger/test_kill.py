"""A publication killed at each durable point, then resumed, gives the files of an undisturbed one."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from gateway.ledger import publish, verify
from tests.ledger.books import (
    ORIGIN,
    Book,
    files_of,
    in_child,
    new_book,
    open_engine,
    start_child,
    wait_for,
)

KILLED = 77
DURABLE = ("fsync", "replace", "unlink", "rmdir", "mkdir")


def die_before(operation: int, book: Book) -> Callable[[], object]:
    """Publish in a process that dies just before its nth durable operation."""

    def act() -> object:
        left = [operation]

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                if left[0] == 0:
                    os._exit(KILLED)
                left[0] -= 1
                return real(*arguments, **options)

            return call

        for name in DURABLE:
            setattr(os, name, dying(getattr(os, name)))
        engine = open_engine(book.url)
        event.listen(engine, "commit", dying(lambda _connection: None))
        return publish(engine, book.folder, book.signer, origin=ORIGIN)

    return act


def test_a_publication_killed_before_any_durable_point_is_resumed_to_the_same_files(
    tmp_path: Path,
) -> None:
    book = new_book(tmp_path)
    book.write(250)
    book.publish()
    book.write(300)
    book.engine.dispose()
    base = book.folder.rename(tmp_path / "avant")
    saved = (tmp_path / "base.sqlite").read_bytes()
    _restore(book, base, saved)
    book.publish()
    expected = files_of(book.folder)
    deaths = 0
    for operation in range(200):
        _restore(book, base, saved)
        status = in_child(die_before(operation, book))
        if (book.folder / "checkpoint").exists():
            verify(book.folder)
        assert book.publish().size == 550
        assert files_of(book.folder) == expected
        if status == 0:
            break
        assert status == KILLED
        deaths += 1
    assert deaths > 30


def _restore(book: Book, base: Path, saved: bytes) -> None:
    shutil.rmtree(book.folder, ignore_errors=True)
    shutil.copytree(base, book.folder)
    for tail in ("-wal", "-shm"):
        Path(book.url.removeprefix("sqlite:///") + tail).unlink(missing_ok=True)
    Path(book.url.removeprefix("sqlite:///")).write_bytes(saved)


def test_writing_and_publishing_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    book.write(1)
    confirmed = tmp_path / "confirmes"
    chance = random.Random(5)

    def busy() -> None:
        engine = open_engine(book.url)
        mine = Book(book.url, engine, book.folder, book.signer)
        with confirmed.open("a") as log:
            while True:
                numbers = mine.write(7)
                log.write(f"{numbers[-1]}\n")
                log.flush()
                mine.publish()

    for _ in range(12):
        child = start_child(busy)
        time.sleep(chance.uniform(0.05, 0.25))
        os.kill(child, signal.SIGKILL)
        assert wait_for(child) == -signal.SIGKILL
        if (book.folder / "checkpoint").exists():
            verify(book.folder)
    head = book.publish()
    assert verify(book.folder).checkpoint == head
    numbers = [int(line) for line in confirmed.read_text().split()]
    assert numbers
    assert numbers == sorted(set(numbers))
    assert head.size >= numbers[-1] + 1


@pytest.mark.parametrize("size", [0, 1, 256])
def test_a_killed_first_publication_leaves_no_head_that_does_not_verify(
    tmp_path: Path, size: int
) -> None:
    book = new_book(tmp_path)
    book.write(size)
    for operation in range(0, 40, 3):
        in_child(die_before(operation, book))
        if (book.folder / "checkpoint").exists():
            verify(book.folder)
    book.publish()
    assert verify(book.folder).checkpoint.size == size
