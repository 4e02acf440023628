"""One département's gateway before one hub, ready for a run: copied as often as it must be lived again.

Waiting there: an RSA-like case of two files that enter two flows; a case already received, closed by
its publisher, on which a further file was deposited since; the word the publisher wrote in between.
What leaves: the contact file, for a recipient who picks it up in a folder.
"""

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.sandbox.hubee import HubeeSandbox
from connectors.sandbox.hubee.publishing import FileToLoad
from gateway.demo.papers import RDV_INSERTION, contacts_habilitation
from gateway.keymaking import create_keys
from gateway.keyring import Keyring, Use
from gateway.pgp import decrypt, generate_key
from gateway.sandbox.ceremony import enrol, habilitate
from gateway.secret import Secret
from gateway.settings import load
from schemas.generator import write_departement

SEED, US, PROCESS = 20261123, ("22990000000011", "99"), "RSABEI-RSABAI"
CONTACTS, JOURNEYS = "RSABEI", "RSABAI"
DEPARTEMENT, AS_OF, PEOPLE = "08", date(2022, 6, 15), 24
CONFIG = """\
[paths]
var = "../etat"
keys = "../cles"
[ledger]
origin = "example.org/epreuves"
[antivirus]
mode = "off"
[http]
port = {port}
"""
PAPER = """\
alias = "cnaf"
name = "CNAF (épreuve)"
siret = "00000000000011"
[hubee]
environment = "bac-a-sable"
token_url = "{base}/oauth2/token"
api_url = "{base}/teledossiers/v1"
[[hubee.demarches]]
process_code = "RSABEI-RSABAI"
client_id = "{client_id}"
client_secret_file = "hubee.secret"
[hubee.demarches.types]
RSABEI = "cnaf-contacts"
RSABAI = "pe-parcours"
[[flows]]
flow = "cnaf-contacts"
departement = "08"
envelope = "hubee"
[[flows]]
flow = "pe-parcours"
departement = "08"
envelope = "hubee"
"""


@dataclass(frozen=True)
class Scene:
    """Where things are. Everything is relative: a copy is another scene."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config" / "gateway.toml"

    @property
    def var(self) -> Path:
        return self.root / "etat"

    @property
    def pickup(self) -> Path:
        return self.root / "remise"

    def copied(self, name: str) -> "Scene":
        """The same, beside, under another name."""
        return Scene(Path(shutil.copytree(self.root, self.root.with_name(name))))

    def forget(self) -> None:
        shutil.rmtree(self.root)

    @asynccontextmanager
    async def playing(self, settings: str = "") -> AsyncIterator[HubeeSandbox]:
        """The hub as it was left, answering, and the gateway set to speak to it."""
        hub = HubeeSandbox(self.root / "hub", SEED)
        self.furnish(hub, await hub.start(), settings)
        try:
            yield hub
        finally:
            await hub.stop()

    def furnish(self, hub: HubeeSandbox, base: str, settings: str = "") -> None:
        """Write what an administrator would; the hub's address changes at each start."""
        partners = self.config.parent / "partners"
        partners.mkdir(parents=True, exist_ok=True)
        (self.config.parent / "habilitations").mkdir(exist_ok=True)
        self.pickup.mkdir(exist_ok=True)
        self.config.write_text(CONFIG.format(port=_free_port()) + settings)
        client_id, secret = hub.subscribe(*US, PROCESS)
        (self.config.parent / "hubee.secret").write_text(secret)
        (partners / "cnaf.toml").write_text(PAPER.format(base=base, client_id=client_id))
        (partners / "rdv-insertion.toml").write_text(RDV_INSERTION.format(path='"../remise"'))
        paper = contacts_habilitation(DEPARTEMENT)
        (self.config.parent / "habilitations" / "contacts.toml").write_text(paper)
        if settings or not (self.var / "passerelle.sqlite").exists():
            enrol(load(self.config), self.root / "declarees")
            habilitate(load(self.config), self.config.parent / "habilitations")

    def make_keys(self) -> None:
        create_keys(self.root / "cles", origin="example.org/epreuves", uid="Essai <p@example.org>")
        pair = generate_key("Destinataire <d@example.org>")
        (self.root / "declarees").mkdir()
        (self.root / "declarees" / "rdv-insertion.asc").write_text(pair.public)
        (self.root / "destinataire.key").write_text(pair.secret.reveal())

    def draw(self) -> None:
        write_departement(
            self.root / "tirage", departement=DEPARTEMENT, people=PEOPLE, seed=3, as_of=AS_OF
        )

    def contacts(self, rank: int) -> tuple[str, str, str, bytes]:
        """A contact file that resembles no other: without its `rank` last rows."""
        rows = (self.root / "tirage" / "cnaf" / "coordonnees-allocataire.txt").read_bytes()
        body = b"\n".join(rows.split(b"\n")[:-rank])
        return f"contacts-{rank}.txt", CONTACTS, "text/plain", body

    def journeys(self) -> tuple[str, str, str, bytes]:
        body = (self.root / "tirage" / "pe" / "PECG.xml").read_bytes()
        return "parcours.xml", JOURNEYS, "application/xml", body

    def publish_first(self, hub: HubeeSandbox) -> str:
        """Publish the case that will be closed."""
        return hub.publish(PROCESS, US, [self.contacts(1)], "CNAF-RSA-0000000000001")

    async def publish_rest(self, hub: HubeeSandbox, closed: str) -> None:
        """Close the first case and deposit one more file on it; publish the case of two files."""
        hub.write(closed, "Dossier clos.", "CLOSED")
        await hub.deposit(
            closed, [FileToLoad(*self.contacts(2))], "Une pièce de plus.", reopen=True
        )
        files = [self.contacts(3), self.journeys()]
        hub.publish(PROCESS, US, files, "CNAF-RSA-0000000000002")

    def opened(self) -> dict[str, bytes]:
        """Every extract left for the recipient, opened with its own key."""
        theirs = Secret((self.root / "destinataire.key").read_text())
        ours = Keyring(self.root / "cles")
        found: dict[str, bytes] = {}
        for sealed in sorted(self.pickup.rglob("*.gpg")):
            clear = self.root / "ouvert"
            clear.unlink(missing_ok=True)
            decrypt(
                sealed,
                clear,
                own_key=theirs,
                sender_key=ours.openpgp_public(Use.RELEASE),
                max_bytes=1 << 20,
            )
            found[sealed.name] = clear.read_bytes()
        return found


def _free_port() -> int:
    """Two gateways that serve on this machine have each a door of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
