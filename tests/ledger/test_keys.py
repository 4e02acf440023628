import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Misconfigured
from gateway.ledger import LedgerBroken, VerifierKey, load_signer, new_signer_key, save_signer
from gateway.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from gateway.ledger.note import open_note, sign_note

NAME = "passerelle.example/journal"


def test_a_saved_key_is_read_back_by_its_owner_alone(tmp_path: Path) -> None:
    signer, path = new_signer_key(NAME), tmp_path / "journal.pem"
    save_signer(signer, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signer(NAME, path).verifier == signer.verifier
    with pytest.raises(FileExistsError):
        save_signer(signer, path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "journal.pem"
    save_signer(new_signer_key(NAME), path)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        load_signer(NAME, path)


def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.pem"
    other = X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"rien", other):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(Misconfigured):
            load_signer(NAME, path)


def test_a_private_key_never_shows_in_its_repr() -> None:
    assert "Private" not in repr(new_signer_key(NAME))


def test_a_verifier_key_is_read_back_and_only_in_its_one_spelling() -> None:
    key = new_signer_key(NAME).verifier
    text = str(key)
    assert VerifierKey.parse(text + "\n") == key
    name, key_id, encoded = text.split("+", 2)
    wrong = (
        f"{name}+{key_id}",
        f"{name}+00000000+{encoded}",
        f"autre+{key_id}+{encoded}",
        f"{name}+{key_id.upper()}A+{encoded}",
        f"{name}+{key_id}+{encoded[:-1]}",
        f"{name}+{key_id}+ {encoded}",
    )
    for spelling in wrong:
        with pytest.raises(ValueError):
            VerifierKey.parse(spelling)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb"])
def test_a_key_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="key name"):
        new_signer_key(name)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_signed_text_is_read_back(text: str) -> None:
    signer = new_signer_key(NAME)
    note = sign_note(text + "\n", signer)
    assert open_note(note.encode(), [signer.verifier]).text == text + "\n"


def test_the_signature_of_a_witness_does_not_trouble_the_reader() -> None:
    signer, witness = new_signer_key(NAME), new_signer_key("temoin.example")
    head = Checkpoint(NAME, 7, b"\x01" * 32)
    cosigned = (
        sign_checkpoint(head, signer) + sign_note(head.body(), witness).encode().split(b"\n\n")[1]
    )
    assert open_checkpoint(cosigned, signer.verifier).checkpoint == head
    with pytest.raises(LedgerBroken, match="clé de confiance"):
        open_checkpoint(cosigned, new_signer_key(NAME).verifier)


def test_a_false_signature_of_a_known_key_rejects_the_note_whatever_else_it_carries() -> None:
    signer, other = new_signer_key(NAME), new_signer_key("autre.example")
    right = sign_note("texte\n", other)
    false = sign_note("autre texte\n", signer).split("\n\n")[1]
    with pytest.raises(LedgerBroken, match="fausse"):
        open_note((right + false).encode(), [signer.verifier, other.verifier])


def test_a_checkpoint_of_another_log_is_refused() -> None:
    signer = new_signer_key(NAME)
    text = Checkpoint("autre.example", 7, b"\x01" * 32).body()
    with pytest.raises(LedgerBroken, match="origine"):
        open_checkpoint(sign_note(text, signer).encode(), signer.verifier)
    with pytest.raises(ValueError, match="name of the log"):
        sign_checkpoint(Checkpoint("autre.example", 7, b"\x01" * 32), signer)


@pytest.mark.parametrize(
    "body",
    [
        "a\n",
        "07\nx\n",
        "7\nAAAA\n",
        "-1\n" + "A" * 43 + "=\n",
        "7\n" + "A" * 42 + "B=\n",
        "7\n" + "A" * 43 + "=\n\nx\n",
    ],
)
def test_a_signed_but_malformed_checkpoint_is_refused(body: str) -> None:
    signer = new_signer_key(NAME)
    with pytest.raises(LedgerBroken):
        open_checkpoint(sign_note(f"{NAME}\n{body}", signer).encode(), signer.verifier)


@given(st.data())
def test_no_bit_of_a_checkpoint_flips_unseen(data: st.DataObject) -> None:
    signer = new_signer_key(NAME)
    raw = bytearray(sign_checkpoint(Checkpoint(NAME, 41, b"\x07" * 32), signer))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(LedgerBroken):
        open_checkpoint(bytes(raw), signer.verifier)


def test_only_ed25519_keys_of_32_bytes_are_known() -> None:
    for key, said in ((b"\x04" + b"k" * 32, "only Ed25519"), (b"\x01" + b"k" * 31, "32 bytes")):
        with pytest.raises(ValueError, match=said):
            VerifierKey.parse(f"{NAME}+00000000+{base64.b64encode(key).decode()}")


def test_a_text_without_its_last_newline_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="newline"):
        sign_note("texte", new_signer_key(NAME))


@pytest.mark.parametrize(
    "line", ["", "- a AAAAAAA=", "\u2014 a AAAA", "\u2014 a", "\u2014 a A=A", "a AAAAAAA="]
)
def test_a_malformed_signature_line_rejects_the_note(line: str) -> None:
    signer = new_signer_key(NAME)
    note = sign_note("texte\n", signer) + line + "\n"
    with pytest.raises(LedgerBroken):
        open_note(note.encode(), [signer.verifier])
