"""`passerelle flow check` before anything hostile: a sentence in French, a code, and nothing of the file."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.cli import checking
from gateway.cli.checking import Verdict
from gateway.cli.sealed import sealed
from gateway.cli.speech import Exit
from schemas.generator import write_departement
from tests.schemas.papers import contact, dossier, lines, pecg
from tests.world.furnished import run
from tests.world.offline import CONTACTS, check, contacts
from tests.world.openpgp import Partner
from tests.world.records import DAY


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings anywhere: a partner has none."""
    monkeypatch.delenv("PASSERELLE_CONFIG", raising=False)


@pytest.fixture(scope="module")
def departement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("departement")
    write_departement(root, departement="08", people=40, seed=3, as_of=DAY)
    return root


# --- what cannot be checked is no verdict


@pytest.fixture(scope="module")
def sender() -> Iterator[Partner]:
    partner = Partner("Sender")
    yield partner
    partner.close()


def _hostile(kind: str, tmp_path: Path) -> Path:
    place = tmp_path / "lieu"
    match kind:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "device":
            return Path("/dev/zero")
        case "dangling":
            place.symlink_to(tmp_path / "absent")
        case "long":
            return tmp_path / ("n" * 5000)
        case "unreadable":
            return Path("/proc/self/mem")  # a file to the eye, and no byte of it can be read
        case _:
            return tmp_path / "absent"
    return place


@pytest.mark.parametrize(
    "kind", ["folder", "pipe", "device", "dangling", "long", "unreadable", "absent"]
)
@pytest.mark.parametrize("option", ["file", "previous"])
def test_what_is_no_file_is_said_in_french_at_once(kind: str, option: str, tmp_path: Path) -> None:
    odd = _hostile(kind, tmp_path)
    words = [odd] if option == "file" else [contacts(tmp_path), "--previous", odd]
    result = check(*words, "--flow", CONTACTS)
    assert result.exit_code == Verdict.NOT_CHECKED
    assert result.stdout == ""
    assert "fichier" in result.stderr
    assert str(odd) not in result.stderr


@pytest.mark.parametrize("how", [(), ("--armor",), ("--sign",), ("--symmetric",)])
def test_an_encrypted_file_is_told_so_with_what_to_do(
    how: tuple[str, ...], sender: Partner, tmp_path: Path
) -> None:
    clear = lines(CONTACTS, [contact()]).encode("iso-8859-15")
    if how == ("--symmetric",):
        words = ["--pinentry-mode", "loopback", "--passphrase", "x", "--symmetric"]
    else:
        words = [*how, "--recipient", "Sender", "--trust-model", "always", "--encrypt"]
    file = tmp_path / "depot"
    file.write_bytes(sender.gpg(*words, stdin=clear))
    result = check(file, "--flow", CONTACTS)
    assert result.exit_code == Verdict.NOT_CHECKED
    assert "gpg" in result.stderr


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"PK\x03\x04", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"age-encryption.org/v1\n", "age"),
        (b"-----BEGIN PGP MESSAGE-----\n", "OpenPGP"),
        (b"\r\n-----BEGIN CMS-----\n", "CMS"),
        (bytes.fromhex("308006092a864886f70d010703a080"), "CMS"),
        (bytes.fromhex("3082152206092a864886f70d010703"), "CMS"),
        ("é;è\n".encode(), ""),
        ("Ã;Ò\n".encode("iso-8859-15"), ""),
        (b"0\x80;x", ""),
        (b"MATRICULE;NIR\n", ""),
        (b"<?xml", ""),
        (b"", ""),
    ],
)
def test_what_is_sealed_or_packed_is_known_by_its_first_bytes(head: bytes, word: str) -> None:
    assert word in sealed(head)
    assert bool(sealed(head)) == bool(word)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--flow", "pe-tout"), "pe-parcours"),
        (("--flow", CONTACTS, "--version", "9.9.9"), "1.0.0"),
        (("--departement", "Ardennes"), "2A"),
        (("--json", "--csv"), "--json"),
        (("--nonsense",), ""),
        (("--flow",), ""),
    ],
)
def test_misuse_is_no_verdict_and_says_what_there_is(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    result = check(contacts(tmp_path), *words)
    assert (result.exit_code, result.stdout) == (Verdict.NOT_CHECKED, "")
    assert told in result.stderr


def test_without_a_file_it_is_misuse() -> None:
    assert run("flow", "check").exit_code == Verdict.NOT_CHECKED


def test_help_says_what_each_code_means() -> None:
    said = " ".join(run("flow", "check", "--help").stdout.split())
    for words in ("0 accepté", "1 accepté avec", "2 refusé", "3 non contrôlé"):
        assert words in said


# --- never a value

CELLS = st.lists(
    st.tuples(st.integers(0, 11), st.text(st.characters(codec="iso-8859-15"), max_size=8)),
    max_size=4,
)
MARK = "QZXJ"


def _said(file: Path, page: Path) -> str:
    told = []
    for more in (("--json",), ("--csv",), ("--page", page)):
        result = check(file, *more)
        assert result.exit_code in set(Verdict)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        told += [result.stdout, result.stderr]
    return "".join(told) + (page.read_text("utf-8") if page.exists() else "")


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(odd=CELLS, fill=st.sampled_from(["", '"', ";", "\n", "\r", "\0", "<b>", "[red]"]))
def test_whatever_is_in_a_file_nothing_of_it_is_said(
    odd: list[tuple[int, str]], fill: str, tmp_path: Path
) -> None:
    row = contact()
    for place, text in odd:
        row[place] = f"{MARK}{text}{fill}{MARK}"
    file = tmp_path / f"{MARK}.csv"
    file.write_bytes(lines(CONTACTS, [row]).encode("iso-8859-15"))
    assert MARK not in _said(file, tmp_path / "page.html")


@pytest.mark.parametrize(
    "body",
    [
        pecg([dossier(**{"individu/nir": f"<{MARK}>"})]),
        pecg([dossier(**{"individu/nir": MARK})], total=MARK, reference=MARK),
        pecg([], departement=MARK),
        f'<!DOCTYPE {MARK} [<!ENTITY {MARK} "{MARK}">]><{MARK}>&{MARK};',
        f"<{MARK}" * 5000,
        f'"{MARK}' * 5000,
        f"{MARK};{MARK}\n",
        f"<fichier-PE-CG>{MARK}",
    ],
)
@pytest.mark.parametrize("flow", [CONTACTS, "pe-parcours", None])
def test_a_hostile_file_gets_a_verdict_and_nothing_of_it_is_said(
    body: str, flow: str | None, tmp_path: Path
) -> None:
    file = tmp_path / MARK
    file.write_text(body, encoding="iso-8859-1")
    said: Any = ("--flow", flow) if flow else ()
    result = check(file, *said)
    assert result.exit_code in {Verdict.REFUSED, Verdict.NOT_CHECKED}
    assert MARK not in result.stdout + result.stderr


def test_an_incident_of_ours_says_its_kind_and_never_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(MARK)

    monkeypatch.setattr(checking, "conclude", broken)
    result = check(contacts(tmp_path))
    assert result.exit_code == Exit.INCIDENT
    assert "RuntimeError" in result.stderr
    assert MARK not in result.stderr
