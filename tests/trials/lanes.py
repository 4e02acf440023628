"""The démarches side by side, and the papers an administrator would write for them.

Each has its own credential, hence its own queue and its own source. Half of them post statuses in the
older way: the case is moved first (PATCH), then it is said (event).
"""

from dataclasses import dataclass
from pathlib import Path

from connectors.hubee import Generation
from connectors.sandbox.hubee import HubeeSandbox
from gateway.keymaking import create_keys

US = ("22990000000011", "99")
KIND = "coordonnees-allocataire"
DEPARTEMENTS = (
    "02", "06", "08", "13", "17", "21", "29", "31", "33", "35", "38", "44", "59", "62", "69", "75",
)  # fmt: skip
CONFIG = """\
[paths]
var = "../etat"
keys = "../cles"
[ledger]
origin = "example.org/epreuves"
[antivirus]
mode = "off"
"""
PAPER = """\
alias = "{alias}"
name = "CNAF (épreuve {alias})"
siret = "00000000000011"
[hubee]
environment = "bac-a-sable"
token_url = "{base}/oauth2/token"
api_url = "{base}/teledossiers/v1"
status_generation = "{generation}"
[[hubee.demarches]]
process_code = "{process}"
client_id = "{client_id}"
client_secret_file = "{alias}.secret"
[hubee.demarches.types]
{kind} = "cnaf-contacts"
[[flows]]
flow = "cnaf-contacts"
departement = "{departement}"
envelope = "hubee"
"""


@dataclass(frozen=True)
class Lane:
    """One démarche."""

    departement: str
    generation: Generation

    @property
    def alias(self) -> str:
        return f"cnaf-{self.departement}"

    @property
    def process(self) -> str:
        return f"EPREUVE-{self.departement}"


LANES = tuple(
    Lane(departement, generation)
    for departement, generation in zip(DEPARTEMENTS, [*Generation] * 8, strict=True)
)


def furnish(folder: Path, hub: HubeeSandbox, base: str) -> Path:
    config = folder / "config"
    (config / "partners").mkdir(parents=True)
    (config / "gateway.toml").write_text(CONFIG)
    create_keys(folder / "cles", origin="example.org/epreuves", uid="Essai <p@example.org>")
    for lane in LANES:
        client_id, secret = hub.subscribe(*US, lane.process)
        (config / f"{lane.alias}.secret").write_text(secret)
        (config / "partners" / f"{lane.alias}.toml").write_text(
            PAPER.format(
                alias=lane.alias,
                base=base,
                client_id=client_id,
                process=lane.process,
                departement=lane.departement,
                kind=KIND,
                generation=lane.generation.value,
            )
        )
    return config / "gateway.toml"
