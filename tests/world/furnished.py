"""A gateway of one folder partner, as an administrator leaves it, and its command line."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from gateway.cli.root import app
from gateway.keymaking import create_keys
from gateway.keyring import Use
from gateway.sandbox.ceremony import enrol
from gateway.settings import load

CONFIG = """\
[paths]
var = "../etat"
keys = "../cles"
[ledger]
origin = "example.org/journal"
[antivirus]
mode = "off"
[pseudonyms]
master = "file"
"""
PARTNER = """\
alias = "pe"
name = "Pôle emploi"
siret = "00000000000012"
[folder]
path = "../lieu"
[[flows]]
flow = "pe-parcours"
departement = "08"
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def document(result: Result) -> Any:
    """The one JSON document a command wrote, nothing before or after it."""
    return json.loads(result.stdout)


def furnish(root: Path, *, enrolled: bool = True) -> Path:
    """Write settings, make keys and a place; nothing was received yet."""
    (root / "config" / "partners").mkdir(parents=True)
    (root / "config" / "gateway.toml").write_text(CONFIG)
    (root / "config" / "partners" / "pe.toml").write_text(PARTNER)
    for name in ("depot", "archive", "ack", "retrait"):
        (root / "lieu" / name).mkdir(parents=True)
    ring = create_keys(root / "cles", origin="example.org/journal", uid="Essai <p@example.org>")
    declared = root / "declarees"
    declared.mkdir()
    (declared / "pe.asc").write_text(ring.openpgp_public(Use.RELEASE))
    if enrolled:
        enrol(load(root / "config" / "gateway.toml"), declared)
    else:
        (root / "etat").mkdir(mode=0o700)
    return root
