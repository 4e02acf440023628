"""The command line: French, scriptable, and honest in its exit codes."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway import errors
from gateway.cli.root import app
from gateway.cli.scanner import OFF
from gateway.cli.speech import Exit, speaking
from gateway.ledger.errors import LedgerBroken
from schemas.codes import Code
from tests.ledger.books import new_book
from tests.world.furnished import document, furnish, run

FRENCH = re.compile(
    r"\b(les?|la|un|une|des|du|de|d|l|en|et|à|nos|qui|pour|dans|sans|par|sur|son|sa|ou|si)\b|é",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("house"))


# --- French


def _commands(command: Any, name: str = "passerelle") -> Iterator[tuple[str, Any]]:
    yield name, command
    if hasattr(command, "list_commands"):
        for word in command.list_commands(None):
            yield from _commands(command.get_command(None, word), f"{name} {word}")


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_explained_in_french(name: str) -> None:
    command = COMMANDS[name]
    assert FRENCH.search(command.help or ""), name
    for option in command.params:
        assert FRENCH.search(getattr(option, "help", None) or ""), f"{name} {option.name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_can_be_asked_of_every_command(name: str) -> None:
    result = run(*name.split()[1:], "--help")
    assert result.exit_code == Exit.DONE
    assert (COMMANDS[name].help or "").split()[0] in result.stdout


# --- exit codes


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LedgerBroken("entrée 3"), Exit.AGAINST),
        (errors.Refused(Code.TAMPERED), Exit.AGAINST),
        (errors.NotAuthorised("aucune habilitation"), Exit.AGAINST),
        (errors.Misconfigured("clé absente"), Exit.CONFIGURATION),
        (errors.Unavailable("le partenaire ne répond pas"), Exit.LATER),
        (errors.Broken("treat", "KeyError"), Exit.INCIDENT),
        (errors.GatewayError("autre"), Exit.INCIDENT),
    ],
)
def test_each_kind_of_error_has_its_code_and_its_sentence(
    error: Exception, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, speaking():
        raise error
    said = capsys.readouterr()
    assert left.value.exit_code == code
    assert str(error) in said.err
    assert said.out == ""


def test_a_sentence_that_names_a_table_is_said_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), speaking():
        raise errors.Misconfigured("un lieu et un seul : [sftp], [hubee] ou [folder]")
    assert "[sftp], [hubee] ou [folder]" in capsys.readouterr().err


def test_an_error_that_is_not_ours_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), speaking():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("flow", "nothing"),
        ("ledger", "show", "many"),
        ("doctor", "--nonsense"),
    ],
)
def test_misuse_has_its_code(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == Exit.MISUSE


@pytest.mark.parametrize(
    "words",
    [
        ("ack", "list"),
        ("ack", "resend", "x"),
        ("doctor",),
        ("key", "list"),
        ("key", "split"),
        ("key", "epoch", "list"),
        ("key", "epoch", "apply"),
        ("key", "epoch", "change", "--motif", "m"),
        ("person", "reveal", "x", "y"),
        ("flow", "list"),
        ("flow", "run"),
        ("flow", "simulate"),
        ("flow", "calendar"),
        ("alert", "list"),
        ("alert", "close", "x", "--motif", "vu"),
        ("habilitation", "list"),
        ("ledger", "verify"),
        ("ledger", "show", "0"),
        ("flow", "replay", "x", "--motif", "m"),
        ("flow", "sequence", "pe", "pe-parcours"),
        ("quarantine", "list"),
        ("quarantine", "inspect", "x"),
        ("quarantine", "release", "x", "--motif", "m"),
        ("quarantine", "reject", "x", "--motif", "m"),
        ("quarantine", "expire"),
        ("retention", "show"),
        ("retention", "apply"),
        ("person", "show", "x", "--departement", "08", "--motif", "m"),
        ("person", "erase", "x", "--departement", "08", "--motif", "m"),
        ("person", "verify", "e", "x", "--sel", "s"),
        ("person", "erasures"),
        ("crossing", "run"),
        ("crossing", "explain", "x", "--motif", "m"),
        ("crossing", "simulate"),
        ("crossing", "calibration"),
        ("crossing", "precision", "08"),
        ("release", "list"),
        ("release", "receipt", "x"),
        ("release", "withdraw", "x", "--motif", "m"),
        ("person", "link", "list"),
        ("person", "link", "decisions"),
        ("person", "link", "show", "x", "--motif", "m"),
        ("person", "link", "decide", "x", "meme", "--motif", "m"),
        ("person", "link", "undo", "x", "--motif", "m"),
        ("serve",),
    ],
)
def test_without_settings_every_command_says_so(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSERELLE_CONFIG", raising=False)
    for more in ((), ("--config", str(tmp_path / "absent.toml"))):
        result = run(*words, *more)
        assert result.exit_code == Exit.CONFIGURATION
        assert "Erreur" in result.stderr
        assert result.stdout == ""


# --- one JSON document

JSON_COMMANDS: dict[tuple[str, ...], Callable[[Any], bool]] = {
    ("flow", "list"): lambda said: said == [],
    ("ack", "list"): lambda said: said == [],
    ("flow", "simulate"): lambda said: not any(said.values()),
    ("flow", "sequence", "pe", "pe-parcours"): lambda said: (
        (said["dernier"], said["manquent"]) == (None, [])
    ),
    ("quarantine", "list"): lambda said: said == [],
    ("quarantine", "expire"): lambda said: said == {"expires": 0},
    ("retention", "show"): lambda said: (len(said["durees"]), said["echus"]) == (9, {}),
    ("retention", "apply"): lambda said: said["echus"] == {} and said["efface"],
    ("retention", "apply", "--dry-run"): lambda said: said["echus"] == {} and not said["efface"],
    ("person", "erasures"): lambda said: said == [],
    ("crossing", "precision", "08"): lambda said: said == [],
    ("release", "list"): lambda said: said == [],
    ("person", "link", "list"): lambda said: said == [],
    ("person", "link", "decisions"): lambda said: said == [],
    ("rules", "list"): lambda said: [line["version"] for line in said] == ["AVANT_2025-3"],
    ("rules", "show", "08"): lambda said: said["version"] == "AVANT_2025-3",
    ("rules", "diff", "08", "AVANT_2025-3", "LPE_2025-1"): lambda said: (
        said["regime"] == "AVANT_2025 → LPE_2025"
    ),
    ("habilitation", "list"): lambda said: said == {"habilitations": [], "demandes": []},
    ("flow", "calendar"): lambda said: said == [],
    ("alert", "list"): lambda said: said == [],
    ("key", "list"): lambda said: {line["genre"] for line in said} == {"age", "openpgp", "ledger"},
    ("key", "epoch", "list"): lambda said: (
        (said["domaines"][0]["epoques"], said["a_reecrire"]) == (["1"], 0)
    ),
    ("key", "epoch", "apply"): lambda said: (said["epoque"], said["reecrits"]) == ("1", 0),
    ("doctor",): lambda said: said == {"a_reparer": [], "a_surveiller": [OFF]},
}


@pytest.mark.parametrize("words", JSON_COMMANDS, ids=" ".join)
def test_json_is_one_document_and_nothing_else(words: tuple[str, ...], furnished: Path) -> None:
    result = run(*words, "--config", furnished / "config" / "gateway.toml", "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    assert JSON_COMMANDS[words](document(result))


def test_every_command_that_lists_or_judges_speaks_json() -> None:
    silent = {
        name
        for name, command in COMMANDS.items()
        if not hasattr(command, "list_commands")
        and "as_json" not in {p.name for p in command.params}
    }
    assert silent == {
        "passerelle demo",
        "passerelle serve",
        "passerelle flow run",
        "passerelle flow template",  # files
        "passerelle flow example",
        "passerelle flow dictionary",  # a page
        "passerelle ack export",
        "passerelle ledger export",
        "passerelle ledger show",  # an entry is JSON already
        "passerelle key create",
        "passerelle person link show",  # an identity: on a terminal only
        "passerelle release receipt",  # a .tlog-proof
    }


# --- the ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = new_book(tmp_path_factory.mktemp("book"))
    book.write(5)
    book.publish()
    return book.folder


def test_a_ledger_is_verified_without_settings(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSERELLE_CONFIG", raising=False)
    result = run("ledger", "verify", ledger, "--json")
    assert result.exit_code == Exit.DONE
    said = document(result)
    assert (said["integre"], said["entrees"], said["source_de_la_cle"]) == (True, 5, "dossier")
    key = (ledger / "clef-publique.txt").read_text().strip()
    named = run("ledger", "verify", ledger, "--key", key, "--json")
    assert document(named)["source_de_la_cle"] == "appelant"


@pytest.mark.parametrize("name", ["checkpoint", "tile/entries/000.p/5", "tile/0/000.p/5"])
def test_a_ledger_one_bit_of_which_changed_is_a_verdict_against(
    ledger: Path, tmp_path: Path, name: str
) -> None:
    copy = shutil.copytree(ledger, tmp_path / "copy")
    body = bytearray((copy / name).read_bytes())
    body[len(body) // 2] ^= 1
    (copy / name).write_bytes(body)
    result = run("ledger", "verify", copy)
    assert result.exit_code == Exit.AGAINST
    assert "Refus" in result.stderr
    (copy / name).unlink()
    assert run("ledger", "verify", copy).exit_code == Exit.AGAINST


def test_a_folder_that_is_no_ledger_is_not_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    for place in (tmp_path, tmp_path / "absent", tmp_path / "photo.jpg"):
        assert run("ledger", "verify", place).exit_code == Exit.CONFIGURATION


def test_a_key_that_is_none_is_a_setting_to_repair(ledger: Path) -> None:
    assert run("ledger", "verify", ledger, "--key", "x").exit_code == Exit.CONFIGURATION
