"""The antivirus in `gateway.toml`: a clamd, or `mode = "off"` typed in full; nothing is chosen by silence.

Clear text travels to clamd: by a socket of this machine unless `allow_network` says otherwise.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from connectors.hubee.settings import is_loopback
from gateway.settings.values import Positive, Switch, Word

WHICH: Final = (
    '[antivirus] : choisissez. Écrivez clamd = "/run/clamav/clamd.ctl" (ou "machine:port"), '
    'ou bien mode = "off" pour recevoir sans antivirus'
)
_ENDPOINT: Final = re.compile(r"([A-Za-z0-9.-]{1,253}):([0-9]{1,5})")


class Antivirus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where clamd listens, and the seconds one file may take. `off` lets files in unscanned."""

    clamd: Word = ""
    mode: Literal["clamd", "off"] = "clamd"
    seconds: Positive = 300
    allow_network: Switch = False

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """Host and port, when it is not a socket file."""
        found = _ENDPOINT.fullmatch(self.clamd)
        return (found[1], int(found[2])) if found else None


def antivirus_faults(chosen: Antivirus) -> Iterator[str]:
    """A choice not made, made twice, or that would send clear text over a network."""
    off = chosen.mode == "off"
    if off == bool(chosen.clamd):
        yield WHICH
    if off or not chosen.clamd:
        return
    if chosen.endpoint is None and not Path(chosen.clamd).is_absolute():
        yield "« antivirus.clamd » : un chemin absolu, ou machine:port"
    away = chosen.endpoint is not None and not is_loopback(chosen.endpoint[0])
    if away and not chosen.allow_network:
        yield (
            "« antivirus.clamd » : le texte clair quitterait cette machine ; écrivez "
            "allow_network = true si ce réseau est fermé"
        )
