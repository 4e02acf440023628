import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ledger import KeyFrom, LedgerBroken, export, new_signer_key, publish, verify
from gateway.ledger.checkpoint import Checkpoint, sign_checkpoint
from gateway.ledger.tiles import At, pack, unpack
from gateway.ledger.tree import leaf_hash, root_of
from tests.ledger.books import ORIGIN, Book, entry, files_of, new_book

SIZE = 600  # two full bundles, one partial, a partial level 1, and older partials beside them


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = new_book(tmp_path_factory.mktemp("publie"))
    for count in (550, 30, 20):
        book.write(count)
        book.publish()
    return book


@pytest.fixture
def copy(published: Book, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(published.folder, tmp_path / "copie"))


def bundle(folder: Path, index: int) -> tuple[Path, list[bytes]]:
    at = At(None, index, min(256, SIZE - index * 256))
    return folder / at.path, list(unpack((folder / at.path).read_bytes(), at))


def test_an_honest_folder_is_verified_to_its_last_entry(published: Book) -> None:
    steps: list[tuple[int, int]] = []
    seen = verify(published.folder, progress=lambda done, total: steps.append((done, total)))
    assert (seen.checkpoint.size, seen.uncovered) == (SIZE, 0)
    assert steps == [(256, SIZE), (512, SIZE), (SIZE, SIZE)]


def test_the_result_says_whose_key_was_used(published: Book) -> None:
    assert verify(published.folder).key_from is KeyFrom.FOLDER
    assert verify(published.folder, published.signer.verifier).key_from is KeyFrom.CALLER
    with pytest.raises(LedgerBroken, match="clé de confiance"):
        verify(published.folder, new_signer_key(ORIGIN).verifier)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_bit_of_any_file_flips_unseen(published: Book, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files_of(published.folder))))
    path = published.folder / name
    honest = path.read_bytes()
    bit = data.draw(
        st.integers(
            0, len(honest.rstrip()) * 8 - 1 if name.endswith(".txt") else len(honest) * 8 - 1
        )
    )
    flipped = bytearray(honest)
    flipped[bit // 8] ^= 1 << bit % 8
    path.write_bytes(flipped)
    try:
        with pytest.raises(LedgerBroken):
            verify(published.folder)
    finally:
        path.write_bytes(honest)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, SIZE - 1), st.booleans(), st.data())
def test_the_first_false_entry_is_named_wherever_its_bit_flips(
    published: Book, number: int, in_bundle: bool, data: st.DataObject
) -> None:
    if in_bundle:
        path, entries = bundle(published.folder, number // 256)
        start = len(pack(entries[: number % 256]))
        length = len(entries[number % 256]) + 2  # its length prefix included
    else:
        at = At(0, number // 256, min(256, SIZE - number // 256 * 256))
        path, start, length = published.folder / at.path, number % 256 * 32, 32
    honest = path.read_bytes()
    bit = data.draw(st.integers(0, length * 8 - 1))
    flipped = bytearray(honest)
    flipped[start + bit // 8] ^= 1 << bit % 8
    path.write_bytes(flipped)
    try:
        with pytest.raises(LedgerBroken) as broken:
            verify(published.folder)
    finally:
        path.write_bytes(honest)
    assert broken.value.first == number
    assert f"{number}" in str(broken.value)


def test_two_swapped_entries_are_found_at_the_first(copy: Path) -> None:
    path, entries = bundle(copy, 1)
    entries[10], entries[20] = entries[20], entries[10]
    path.write_bytes(pack(entries))
    with pytest.raises(LedgerBroken, match="entrée 266"):
        verify(copy)


def test_a_removed_entry_is_found(copy: Path) -> None:
    path, entries = bundle(copy, 2)
    path.write_bytes(pack(entries[:30] + entries[31:]))
    with pytest.raises(LedgerBroken, match="entrée 542"):
        verify(copy)
    path.write_bytes(pack(entries[:-1]))
    with pytest.raises(LedgerBroken, match="entrée 599 absente"):
        verify(copy)


@pytest.mark.parametrize("tail", [b"\0", b"\0\0", pack([b"intruse"])])
def test_anything_after_the_last_entry_is_found(copy: Path, tail: bytes) -> None:
    for index, last in ((0, 255), (2, 599)):
        path, _ = bundle(copy, index)
        honest = path.read_bytes()
        path.write_bytes(honest + tail)
        with pytest.raises(LedgerBroken, match=f"en trop après l'entrée {last}"):
            verify(copy)
        path.write_bytes(honest)


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint",
        "clef-publique.txt",
        "tile/0/001",
        "tile/entries/000",
        "tile/1/000.p/2",
        "tile/entries/002.p/88",
    ],
)
def test_a_missing_file_is_found(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(LedgerBroken):
        verify(copy)


@pytest.mark.parametrize(
    "name",
    ["tile/0/001", "tile/0/002.p/38", "tile/1/000.p/2", "tile/entries/002.p/38", "checkpoint"],
)
def test_a_file_cut_or_grown_is_found(copy: Path, name: str) -> None:
    honest = (copy / name).read_bytes()
    for other in (honest[:-32], honest + b"\0" * 32, honest + b"x" * 20_000_000, b""):
        (copy / name).write_bytes(other)
        with pytest.raises(LedgerBroken):
            verify(copy)


def test_a_false_entry_with_its_hash_made_to_match_is_found_in_its_tile(copy: Path) -> None:
    path, entries = bundle(copy, 0)
    entries[9] = entry(9999).encode()
    path.write_bytes(pack(entries))
    tile = copy / "tile/0/000"
    tile.write_bytes(b"".join(leaf_hash(body) for body in entries))
    with pytest.raises(LedgerBroken, match="entrées 0 à 255") as broken:
        verify(copy)
    assert (broken.value.first, broken.value.last) == (0, 255)
    above = copy / "tile/1/000.p/2"
    above.write_bytes(root_of([leaf_hash(body) for body in entries]) + above.read_bytes()[32:])
    with pytest.raises(LedgerBroken, match="racine"):
        verify(copy)


def test_a_history_rewritten_by_the_log_itself_is_found_with_an_old_checkpoint(
    published: Book, tmp_path: Path
) -> None:
    kept = (published.folder / "checkpoint").read_bytes()
    rewritten = new_book(tmp_path)
    liar = type(published)(rewritten.url, rewritten.engine, rewritten.folder, published.signer)
    liar.fill(SIZE + 50)
    liar.publish()
    assert verify(liar.folder).checkpoint.size == SIZE + 50
    with pytest.raises(LedgerBroken, match="l'historique a changé"):
        verify(liar.folder, earlier=[kept])


def test_old_checkpoints_of_the_same_history_are_confirmed(book: Book) -> None:
    kept = []
    for count in (0, 5, 251, 300):
        book.write(count)
        book.publish()
        kept.append((book.folder / "checkpoint").read_bytes())
    assert [old.size for old in verify(book.folder, earlier=kept).earlier] == [0, 5, 256, 556]


def test_a_folder_older_than_a_kept_checkpoint_is_found(published: Book, copy: Path) -> None:
    ahead = sign_checkpoint(Checkpoint(ORIGIN, SIZE + 1, b"\x01" * 32), published.signer)
    with pytest.raises(LedgerBroken, match="recule"):
        verify(copy, earlier=[ahead])
    other = sign_checkpoint(Checkpoint(ORIGIN, SIZE, b"\x01" * 32), published.signer)
    with pytest.raises(LedgerBroken, match="se contredisent"):
        verify(copy, earlier=[other, (copy / "checkpoint").read_bytes()])


def test_files_that_no_checkpoint_covers_are_counted_not_judged(copy: Path) -> None:
    (copy / "tile/0/003").write_bytes(b"\0" * 8192)
    (copy / "tile/entries/002.p/89").write_bytes(b"")
    (copy / "tile/Thumbs.db").write_bytes(b"")
    assert verify(copy).uncovered == 3


def test_a_reader_who_comes_while_partials_are_replaced_reads_the_full_tile(
    copy: Path, published: Book
) -> None:
    published_entries = [entry(n).encode() for n in range(256)]
    _, last = bundle(copy, 2)
    longer = last + published_entries[: 256 - len(last)]
    (copy / "tile/entries/002").write_bytes(pack(longer))
    (copy / "tile/0/002").write_bytes(b"".join(map(leaf_hash, longer)))
    shutil.rmtree(copy / "tile/entries/002.p")
    shutil.rmtree(copy / "tile/0/002.p")
    assert verify(copy).checkpoint.size == SIZE


def test_an_export_is_the_published_head_and_nothing_else(published: Book, tmp_path: Path) -> None:
    seen = export(published.folder, tmp_path / "export")
    assert (seen.checkpoint.size, seen.uncovered) == (SIZE, 0)
    exported = files_of(tmp_path / "export")
    readme = exported.pop("LISEZMOI.txt").decode()
    assert str(published.signer.verifier) in readme
    assert f"{SIZE} entrées" in readme
    live = files_of(published.folder)
    assert exported == {name: live[name] for name in exported}
    assert "tile/0/002.p/38" in live.keys() - exported.keys()
    with pytest.raises(FileExistsError):
        export(published.folder, tmp_path / "export")


def test_a_broken_folder_is_not_exported(copy: Path, tmp_path: Path) -> None:
    (copy / "tile/0/001").write_bytes(b"\0" * 8192)
    with pytest.raises(LedgerBroken):
        export(copy, tmp_path / "export")


def test_a_log_with_three_levels_is_verified_and_a_false_high_hash_names_its_entries(
    tmp_path: Path,
) -> None:
    book = new_book(tmp_path)
    book.fill(66_000)
    head = publish(book.engine, book.folder, book.signer, origin=ORIGIN)
    assert verify(book.folder).checkpoint == head
    tile = book.folder / "tile/1/000"
    body = bytearray(tile.read_bytes())
    body[32 * 100] ^= 1
    tile.write_bytes(body)
    with pytest.raises(LedgerBroken, match="entrées 25600 à 25855"):
        verify(book.folder)


def test_a_ledger_never_published_is_neither_verified_nor_exported(
    book: Book, tmp_path: Path
) -> None:
    with pytest.raises(LedgerBroken, match="pas encore"):
        export(book.folder, tmp_path / "export")
    with pytest.raises(LedgerBroken, match="pas de point de contrôle"):
        verify(book.folder, book.signer.verifier)


def test_a_folder_in_the_place_of_a_file_is_found(copy: Path) -> None:
    (copy / "tile/0/001").unlink()
    (copy / "tile/0/001").mkdir()
    with pytest.raises(LedgerBroken, match="à la place d'un fichier"):
        verify(copy)
