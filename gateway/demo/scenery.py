"""The demo's folder: keys, settings and habilitations for one département, and nobody else's.

1. The folder is ours (a marker says so) or it is refused: the demo may erase it.
2. Another département or other samples start afresh, and that is said.
3. Making it twice is making it once; killed in the middle, it is completed.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.papers import GATEWAY, contacts_habilitation, partner_papers, risk_habilitation
from gateway.errors import Misconfigured
from gateway.keymaking import create_keys
from gateway.keyring import Keyring, Use
from gateway.sandbox.week import Week

MARKER = ".passerelle-demo"
ORIGIN = "demo.passerelle.example/journal"


@dataclass(frozen=True, slots=True)
class Scenery:
    """Where things are in the demo's folder."""

    root: Path

    @property
    def config(self) -> Path:
        """The gateway's settings."""
        return self.root / "config" / "gateway.toml"

    @property
    def drafts(self) -> Path:
        """The habilitations that two invented people approve."""
        return self.config.parent / "habilitations"

    @property
    def keys(self) -> Path:
        """The gateway's keys."""
        return self.root / "cles"

    @property
    def sandbox(self) -> Path:
        """The partners' side, which is not ours: beside our folder, not inside."""
        return self.root.with_name(f"{self.root.name}-partenaires")

    @property
    def received(self) -> Path:
        """What each recipient sees once opened with its own key."""
        return self.root / "recus"

    @property
    def pickup(self) -> Path:
        """Where RDV-Insertion's agent picks its file up."""
        return self.root / "remise" / "rdv-insertion"

    @property
    def result(self) -> Path:
        """The whole run, as JSON."""
        return self.root / "resultat.json"

    @property
    def declared(self) -> Path:
        """The public keys that partners declare, each named after one."""
        return self.sandbox / "partenaires"

    @property
    def gateway_key(self) -> Path:
        """Our public key, as given to partners."""
        return self.keys / f"openpgp-{Use.RECEPTION}.asc"


def prepare(root: Path, week: Week) -> tuple[Scenery, bool]:
    """Make or find the demo's folder; say whether an earlier week of another département was erased."""
    stamp, scenery = _stamp(week), Scenery(root.resolve())
    known = _mark(root)
    if known != stamp:
        # Without our memory of what was received, what partners still hold would never come again.
        _erase(scenery.sandbox)
        _erase(root)
    for folder in (scenery.sandbox, root):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / MARKER).write_text(stamp, "utf-8")
    create_keys(scenery.keys, origin=ORIGIN, uid="Passerelle de démonstration <demo@example.org>")
    scenery.pickup.mkdir(parents=True, exist_ok=True)
    return scenery, known not in {"", stamp}


def _mark(folder: Path) -> str:
    marker = folder / MARKER
    return marker.read_text("utf-8") if marker.is_file() else ""


def _erase(folder: Path) -> None:
    """Erase a folder of ours. Raises `Misconfigured` when it holds something and is not ours."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise Misconfigured(
            f"{folder} n'est pas un dossier de démonstration : choisissez-en un autre"
        )
    shutil.rmtree(folder)


def furnish(scenery: Scenery, week: Week, access: dict[str, object]) -> Keyring:
    """Write settings, partners and habilitations, as an administrator would."""
    folder = scenery.config.parent
    for name in ("partners", "habilitations"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    scenery.config.write_text(GATEWAY.format(var="../etat", keys="../cles", origin=ORIGIN), "utf-8")
    papers = partner_papers(week.departement, access, scenery.pickup)
    for alias, paper in papers.items():
        (folder / "partners" / f"{alias}.toml").write_text(paper, "utf-8")
    secret = folder / "hubee.secret"
    secret.touch(mode=0o600)
    secret.write_text(str(_table(access, "hubee")["client_secret"]), "utf-8")
    for name, paper in (
        ("contacts-rdv-insertion", contacts_habilitation(week.departement)),
        ("risque-rupture", risk_habilitation(week.departement)),
    ):
        (scenery.drafts / f"{name}.toml").write_text(paper, "utf-8")
    return Keyring(scenery.keys)


def _table(access: dict[str, object], name: str) -> dict[str, object]:
    table = access[name]
    if not isinstance(table, dict):
        raise TypeError(f"{name} is not a table")
    return table


def _stamp(week: Week) -> str:
    digest = hashlib.sha256(f"{week.departement} {week.as_of}".encode())
    for parcel in week.parcels:
        digest.update(parcel.path.name.encode() + parcel.path.read_bytes())
    return digest.hexdigest()
