import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash as their_leaf_hash
from tlog_scales.tlog import Checkpoint as TheirCheckpoint
from tlog_scales.tlog import InclusionProof

from gateway.ledger import (
    Entry,
    LedgerBroken,
    export,
    new_signer_key,
    published_entry,
    receipt,
    verify_receipt,
)
from gateway.ledger.proof import Proof, parse_proof
from tests.ledger.books import ORIGIN, Book, entry, new_book

SIZE = 777


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = new_book(tmp_path_factory.mktemp("publie"))
    book.fill(SIZE)
    book.publish()
    return book


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, SIZE - 1))
def test_every_published_entry_has_a_receipt_that_verifies_offline(
    published: Book, index: int
) -> None:
    body = published_entry(published.folder, index)
    proven = verify_receipt(receipt(published.folder, index), body, published.signer.verifier)
    assert (proven.index, proven.checkpoint.size) == (index, SIZE)
    assert Entry.decode(proven.entry) == entry(index)


def test_receipts_hold_at_every_size(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    for size in range(1, 20):
        book.write(1)
        book.publish()
        for index in range(size):
            body = published_entry(book.folder, index)
            assert (
                verify_receipt(receipt(book.folder, index), body, book.signer.verifier).index
                == index
            )


def test_a_receipt_of_another_entry_another_key_or_another_index_is_refused(
    published: Book,
) -> None:
    text, key = receipt(published.folder, 5), published.signer.verifier
    body, other = (published_entry(published.folder, n) for n in (5, 6))
    with pytest.raises(LedgerBroken, match="n'est pas l'entrée 5"):
        verify_receipt(text, other, key)
    with pytest.raises(LedgerBroken, match="clé de confiance"):
        verify_receipt(text, body, new_signer_key(ORIGIN).verifier)
    for wrong in ("4", "777", "05", "-1", "5 "):
        with pytest.raises(LedgerBroken):
            verify_receipt(text.replace("index 5\n", f"index {wrong}\n"), body, key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_bit_of_a_receipt_flips_unseen(published: Book, data: st.DataObject) -> None:
    raw = bytearray(receipt(published.folder, 300).encode())
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    body = published_entry(published.folder, 300)
    with pytest.raises(LedgerBroken):
        verify_receipt(raw.decode(errors="replace"), body, published.signer.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v1\nextra AA==\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nAA==\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n\ud800",
    ],
)
def test_a_text_that_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(LedgerBroken, match="reçu"):
        parse_proof(text)


def test_extra_data_travels_with_a_receipt(published: Book) -> None:
    proof = parse_proof(receipt(published.folder, 3))
    extended = Proof(proof.index, proof.hashes, proof.checkpoint, b"contexte")
    assert parse_proof(str(extended)) == extended
    assert str(extended).split("\n")[1] == "extra Y29udGV4dGU="
    verify_receipt(str(extended), published_entry(published.folder, 3), published.signer.verifier)


def test_an_entry_not_published_has_no_receipt(published: Book, tmp_path: Path) -> None:
    for index in (-1, SIZE):
        with pytest.raises(IndexError):
            receipt(published.folder, index)
        with pytest.raises(IndexError):
            published_entry(published.folder, index)
    with pytest.raises(LedgerBroken, match="pas encore"):
        receipt(tmp_path, 0)


def test_a_folder_that_cannot_prove_an_entry_gives_no_receipt(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    book.fill(300)
    book.publish()
    tile = book.folder / "tile/0/000"
    tile.write_bytes(b"\0" * 32 + tile.read_bytes()[32:])
    with pytest.raises(LedgerBroken):
        receipt(book.folder, 1)


def test_an_independent_reader_finds_our_head_our_entries_and_our_proofs(published: Book) -> None:
    reader = TilesReader(make_backend(str(published.folder)))
    head = reader.get_checkpoint()
    head.verify(Vkey.from_string(str(published.signer.verifier)))
    assert reader.calculate_root_hash() == head.root_hash
    for index in (0, 255, 256, 512, SIZE - 1):
        assert reader.get_entry(index) == entry(index).encode()
        theirs = reader.get_inclusion_proof(index, head.size).node_hashes
        assert theirs == list(parse_proof(receipt(published.folder, index)).hashes)


def test_an_independent_verifier_accepts_our_receipt(published: Book) -> None:
    proof = parse_proof(receipt(published.folder, 700))
    head = TheirCheckpoint.from_text(proof.checkpoint.decode())
    head.verify(Vkey.from_string(str(published.signer.verifier)))
    hashed = their_leaf_hash(published_entry(published.folder, 700))
    InclusionProof(proof.index, head.size, list(proof.hashes)).check(hashed, head.root_hash)


def test_the_tool_named_in_the_export_writes_the_same_receipt_and_its_script_runs(
    published: Book, tmp_path: Path
) -> None:
    export(published.folder, tmp_path / "export")
    command = [sys.executable, "-m", "tlog_scales.cli", "gen-proof", str(tmp_path / "export"), "41"]
    said = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    assert said == receipt(published.folder, 41)
    readme = (tmp_path / "export/LISEZMOI.txt").read_text(encoding="utf-8")
    script = readme.split("<<'FIN'\n")[1].split("  FIN")[0]
    lines = "".join(line.removeprefix("  ") for line in script.splitlines(keepends=True))
    ran = subprocess.run(
        [sys.executable, "-", str(tmp_path / "export")],
        input=lines.encode(),
        check=True,
        capture_output=True,
    )
    assert f"correctes : {SIZE} entrées" in ran.stdout.decode()
