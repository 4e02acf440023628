from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.ledger import LedgerBroken, append, check_database, new_signer_key, publish, verify
from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.log import record
from gateway.ledger.tables import CHECKPOINT, ENTRY, HEAD
from gateway.ledger.tree import EMPTY_ROOT, leaf_hash, root_of
from tests.ledger.books import ORIGIN, Book, entry, files_of, new_book


def test_an_entry_is_written_with_the_act_or_not_at_all(book: Book) -> None:
    assert book.write(3) == [0, 1, 2]
    with pytest.raises(RuntimeError), book.engine.begin() as connection:
        assert append(connection, entry(3)) == 3
        raise RuntimeError
    assert book.write(1) == [3]


def test_a_published_head_has_the_root_of_the_committed_entries(book: Book) -> None:
    book.fill(300)
    head = book.publish()
    assert (head.origin, head.size) == (ORIGIN, 300)
    assert head.root == root_of([leaf_hash(entry(n).encode()) for n in range(300)])
    assert verify(book.folder).checkpoint == head


def test_an_empty_ledger_has_a_signed_head(book: Book) -> None:
    assert book.publish().root == EMPTY_ROOT
    assert verify(book.folder).checkpoint.size == 0


def test_publishing_again_changes_nothing(book: Book) -> None:
    book.fill(300)
    book.publish()
    before = files_of(book.folder)
    book.publish()
    assert files_of(book.folder) == before


def test_many_publications_give_the_files_of_one(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    for count in (1, 100, 155, 256, 1, 200, 55):
        book.write(count)
        book.publish()
    once = publish(book.engine, tmp_path / "autre", book.signer, origin=ORIGIN)
    assert once.size == 768
    assert files_of(tmp_path / "autre") == {
        name: body
        for name, body in files_of(book.folder).items()
        if not name.startswith("tile/1/000.p/") or name.endswith("/3")
    }


def test_a_lost_folder_is_rebuilt_to_the_same_bytes(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    book.fill(600)
    book.publish()
    before = files_of(book.folder)
    book.folder.rename(tmp_path / "perdu")
    book.publish()
    assert files_of(book.folder) == before


def test_a_folder_put_back_from_an_older_copy_catches_up(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    book.write(10)
    book.publish()
    old = (book.folder / "checkpoint").read_bytes()
    book.write(10)
    head = book.publish()
    (book.folder / "checkpoint").write_bytes(old)
    assert book.publish() == head


def test_a_database_put_back_from_an_older_copy_stops_publication(book: Book) -> None:
    book.write(20)
    book.publish()
    with book.engine.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.seq >= 10))
        connection.execute(update(HEAD).values(size=10))
    with pytest.raises(LedgerBroken, match="entrées 10 à 19 signées"):
        book.publish()
    with book.engine.begin() as connection:
        connection.execute(delete(CHECKPOINT))
    with pytest.raises(LedgerBroken, match="restaurée"):
        book.publish()


def test_a_row_removed_changed_or_taken_stops_the_ledger(book: Book) -> None:
    book.write(20)
    with book.engine.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.seq == 7))
    with pytest.raises(LedgerBroken, match="entrée 7 absente") as broken:
        book.publish()
    assert broken.value.first == 7
    assert files_of(book.folder) == {}
    with book.engine.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.seq == 19))
    with pytest.raises(LedgerBroken, match="entrée 19 absente"):
        book.publish()
    with book.engine.begin() as connection:
        connection.execute(insert(ENTRY).values(seq=20, body=b"intrus"))
    with pytest.raises(LedgerBroken, match="existe déjà"):
        book.write(1)


def test_a_change_among_the_last_entries_is_named(book: Book) -> None:
    book.write(20)
    book.publish()
    with book.engine.begin() as connection:
        body = connection.execute(select(ENTRY.c.body).where(ENTRY.c.seq == 3)).scalar_one()
        connection.execute(update(ENTRY).where(ENTRY.c.seq == 13).values(body=body))
    book.write(1)
    with pytest.raises(LedgerBroken) as broken:
        book.publish()
    assert broken.value.first == 13


def test_rows_changed_after_a_lost_folder_are_never_signed_again(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    book.fill(600)
    book.publish()
    book.folder.rename(tmp_path / "perdu")
    with book.engine.begin() as connection:
        connection.execute(update(ENTRY).where(ENTRY.c.seq == 5).values(body=b"autre"))
    book_after = book.write(1)
    with pytest.raises(LedgerBroken, match="racine à 600"):
        book.publish()
    assert book_after == [600]
    assert not (book.folder / "checkpoint").exists()


@pytest.mark.parametrize(
    "name",
    [
        "tile/0/000",
        "tile/entries/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "checkpoint",
        "clef-publique.txt",
    ],
)
def test_a_changed_file_on_the_way_of_a_publication_stops_it(book: Book, name: str) -> None:
    book.fill(300)
    book.publish()
    path = book.folder / name
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    if name in {
        "tile/0/000",
        "tile/entries/000",
    }:  # full: met again only when the folder is rebuilt
        (book.folder / "checkpoint").unlink()
    book.write(1)
    with pytest.raises(LedgerBroken):
        book.publish()


def test_an_unknown_key_cannot_continue_the_log_and_a_declared_change_of_key_can(
    book: Book,
) -> None:
    book.write(5)
    book.publish()
    kept = (book.folder / "checkpoint").read_bytes()
    fresh = new_signer_key(ORIGIN)
    with pytest.raises(LedgerBroken, match="clé de confiance"):
        publish(book.engine, book.folder, fresh, origin=ORIGIN)
    publish(book.engine, book.folder, fresh, origin=ORIGIN, former=[book.signer.verifier])
    seen = verify(book.folder, fresh.verifier, earlier=[kept], former=[book.signer.verifier])
    assert seen.verifier == fresh.verifier


def test_a_key_of_another_name_cannot_publish(book: Book) -> None:
    with pytest.raises(ValueError, match="name of the log"):
        publish(book.engine, book.folder, book.signer, origin="autre.example")


def test_partial_tiles_go_once_the_full_one_is_published_and_not_before(book: Book) -> None:
    book.write(200)
    book.publish()
    book.write(50)
    book.publish()
    assert {"tile/0/000.p/200", "tile/0/000.p/250"} <= set(files_of(book.folder))
    book.write(50)
    book.publish()
    assert [name for name in files_of(book.folder) if "000.p" in name] == ["tile/1/000.p/1"]


def test_a_row_changed_long_ago_is_found_by_the_round_over_the_whole_database(book: Book) -> None:
    book.fill(600)
    book.publish()
    seen = verify(book.folder)
    steps: list[tuple[int, int]] = []
    done = check_database(book.engine, book.folder, seen, progress=lambda *step: steps.append(step))
    assert (done, steps) == (600, [(256, 600), (512, 600), (600, 600)])
    with book.engine.begin() as connection:
        connection.execute(update(ENTRY).where(ENTRY.c.seq == 42).values(body=b"autre"))
    with pytest.raises(LedgerBroken) as broken:
        check_database(book.engine, book.folder, seen)
    assert broken.value.first == 42


def test_two_heads_of_one_size_are_never_both_signed(book: Book) -> None:
    book.write(3)
    head = book.publish()
    record(book.engine, head)
    with pytest.raises(LedgerBroken, match="un autre point de contrôle"):
        record(book.engine, Checkpoint(ORIGIN, 3, b"\x01" * 32))
    with book.engine.begin() as connection:
        connection.execute(update(CHECKPOINT).values(root=b"\x01" * 32))
    with pytest.raises(LedgerBroken, match="celui que la base a signé"):
        book.publish()


def test_another_public_key_left_in_the_folder_stops_publication(book: Book) -> None:
    book.write(3)
    book.publish()
    (book.folder / "clef-publique.txt").write_text(f"{new_signer_key(ORIGIN).verifier}\n")
    with pytest.raises(LedgerBroken, match="n'est pas la clé"):
        book.publish()
