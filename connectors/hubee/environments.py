"""Where HubEE is: one line per environment. The local sandbox has none, its ports change.

The swagger's own addresses are dead; these are the ones in use. A move of HubEE's token server is an
override in the settings (`token_url`, `scope`), then a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CONSUMER_SCOPE, PUBLISHER_SCOPE = "SI", "OSL"


class Environment(StrEnum):
    """Which HubEE, as a settings file writes it."""

    PRODUCTION = "production"
    PREPRODUCTION = "preproduction"
    RECETTE = "recette"
    SANDBOX = "bac-a-sable"


@dataclass(frozen=True, slots=True)
class Preset:
    """The addresses of one environment. Which scope is asked depends on our side, not on the place."""

    token_url: str
    api_url: str
    consumer_scope: str = CONSUMER_SCOPE
    publisher_scope: str = PUBLISHER_SCOPE


def _preset(suffix: str) -> Preset:
    """The addresses are built alike: ``auth.<…>hubee.numerique.gouv.fr`` beside ``api.<…>``."""
    host = f"{suffix}hubee.numerique.gouv.fr"
    return Preset(f"https://auth.{host}/oauth2/token", f"https://api.{host}/teledossiers/v1")


PRESETS: Mapping[Environment, Preset] = {
    Environment.PRODUCTION: _preset(""),
    Environment.PREPRODUCTION: _preset("bas."),
    Environment.RECETTE: _preset("basrec."),
}
