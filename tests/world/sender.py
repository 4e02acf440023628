"""A conseil départemental that leaves encrypted files in a folder, and the gateway that receives them."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from typer.testing import Result

from gateway.keymaking import create_keys
from gateway.keyring import Use
from gateway.sandbox.ceremony import approve
from gateway.settings import load
from gateway.store.database import open_engine
from schemas.generator import write_departement
from tests.world.furnished import CONFIG, run
from tests.world.openpgp import Partner

OPERATORS = '[operators]\nidentity = "declared"\n'
PAPER = """\
alias = "cd"
name = "Conseil départemental"
siret = "00000000000013"
[folder]
path = "../lieu"
[[flows]]
flow = "cd-parcours"
departement = "08"
"""


class Sender:
    """The folder of a house, the sender's key and a stranger's. Close it."""

    def __init__(self, root: Path) -> None:
        self.root, self.place = root, root / "lieu"
        self.config = root / "config" / "gateway.toml"
        (root / "config" / "partners").mkdir(parents=True)
        self.config.write_text(CONFIG + OPERATORS, "utf-8")
        (root / "config" / "partners" / "cd.toml").write_text(PAPER, "utf-8")
        for name in ("depot", "archive", "ack", "retrait"):
            (self.place / name).mkdir(parents=True)
        ring = create_keys(root / "cles", origin="example.org/journal", uid="Essai <p@example.org>")
        self.own, self.stranger, self._ours = Partner("Own"), Partner("Stranger"), ring
        for one in (self.own, self.stranger):
            one.gpg("--import", stdin=ring.openpgp_public(Use.RECEPTION).encode())
        self.declares(self.own)
        write_departement(
            root / "tirage", departement="08", people=20, seed=3, as_of=date(2022, 6, 15)
        )
        (drawn,) = (root / "tirage" / "cd").glob("*.csv")
        self.body = drawn.read_bytes()

    def declares(self, who: Partner) -> None:
        """Whose key the house believes."""
        settings = load(self.config)
        settings.var.mkdir(mode=0o700, exist_ok=True)
        engine = open_engine(settings.database_url)
        approve(engine, "cd", who.public)
        engine.dispose()

    def changed(self) -> bytes:
        """The same file without its last line."""
        return b"\n".join([*self.body.rstrip().split(b"\n")[:-1], b""])

    def leaves(
        self, number: int, body: bytes | None = None, *, by: Partner | None = None, name: str = ""
    ) -> str:
        """Leave one file, encrypted for the house and signed; give its name."""
        name = name or f"CD-PARCOURS_08_20220615_{number:06}_V1.csv.gpg"
        who = by or self.own
        reader = next(
            line.split(":")[9]
            for line in who.gpg("--with-colons", "--list-keys", "p@example.org")
            .decode()
            .split("\n")
            if line.startswith("fpr")
        )
        sealed = who.gpg("--recipient", reader, "--sign", "--encrypt", stdin=body or self.body)
        writing = self.place / "writing"
        writing.write_bytes(sealed)
        writing.rename(self.place / "depot" / name)
        return name

    def opens(self, sealed: bytes) -> bytes:
        """What was released to it, as its own gpg opens it, the signature of the house verified."""
        self.own.gpg("--import", stdin=self._ours.openpgp_public(Use.RELEASE).encode())
        return self.own.gpg("--decrypt", stdin=sealed)

    def types(self, *words: str, by: str = "") -> Result:
        """One command of the house, by an operator."""
        who = ("--par", by) if by else ()
        return run(*words, *who, "--config", str(self.config))

    def asks(self, *words: str, by: str = "") -> Any:
        """The same, its one JSON document."""
        done = self.types(*words, "--json", by=by)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def answers(self, beginning: str) -> Mapping[str, dict[str, Any]]:
        """The acknowledgements of one file, by what is added to its name."""
        found = (self.place / "ack").glob(f"{beginning}*.json")
        return {
            path.name.removeprefix(beginning): json.loads(path.read_text("utf-8")) for path in found
        }

    def close(self) -> None:
        self.own.close()
        self.stranger.close()
