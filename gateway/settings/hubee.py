"""HubEE in a partner's settings: one environment and its démarches, or an outlet; and what cannot be meant.

1. A preset says where each environment is; the sandbox has none, and is on this machine.
2. An override of the others is https: a credential never travels in clear.
3. One credential per démarche, one démarche per credential: two would share a queue.
"""

import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from connectors.hubee.aliases import aliases_of
from connectors.hubee.environments import PRESETS, Environment
from connectors.hubee.settings import is_loopback
from gateway.settings.values import (
    Author,
    Branch,
    ClientId,
    Header,
    MaybeTexts,
    Positive,
    Prefix,
    ProcessCode,
    Text,
    Types,
    Word,
)


class HubeeAccessPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which HubEE, and how we present ourselves there. Addresses are empty but to override."""

    environment: Literal["production", "preproduction", "recette", "bac-a-sable"]
    author: Author = "Passerelle"
    editor_name: Header = ""
    token_url: Word = ""
    api_url: Word = ""
    scope: Word = ""
    ca_bundle: Word = ""
    status_generation: Literal["event", "patch+event"] = "event"

    @property
    def addresses(self) -> tuple[str, str]:
        """The token server and the API, as overridden or as the environment says."""
        preset = PRESETS.get(Environment(self.environment))
        token, api = (preset.token_url, preset.api_url) if preset else ("", "")
        return self.token_url or token, self.api_url or api


class Demarche(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One subscription: its credential, and the flow each type of attachment enters by.

    `purge_days` after a case reached `purge_status`, HubEE may have erased its files.
    """

    process_code: ProcessCode
    client_id: ClientId
    client_secret_file: Text
    types: Types
    ignored_types: MaybeTexts = ()
    poll_minutes: Positive | None = None
    purge_days: Positive | None = None
    purge_status: Text = "IN_PROGRESS"


class HubeePlace(HubeeAccessPlace, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a partner sends to us by HubEE: every démarche it feeds."""

    demarches: tuple[Demarche, ...]


class HubeeKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a file that ends like this is declared as."""

    ends: Text
    type: Text
    mime: Text


class HubeeOutletPlace(HubeeAccessPlace, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a partner receives from us by HubEE. Its organisation there is (`siret`, `recipient_branch`)."""

    client_id: ClientId
    client_secret_file: Text
    process_code: ProcessCode
    recipient_branch: Branch
    prefix: Prefix
    kinds: tuple[HubeeKind, ...]


def access_faults(place: HubeeAccessPlace, table: str, base: Path) -> Iterator[str]:
    """What is wrong in how this HubEE is reached."""
    sandbox = Environment(place.environment) is Environment.SANDBOX
    for name, written in (("token_url", place.token_url), ("api_url", place.api_url)):
        fault = _of_sandbox(written) if sandbox else _of_override(written)
        if fault:
            yield f"« {table}.{name} » : {fault}"
    fault = _of_bundle(base, place.ca_bundle) if place.ca_bundle else ""
    if fault:
        yield f"« {table}.ca_bundle » : {fault}"


def demarche_faults(place: HubeePlace, flows: Sequence[str]) -> Iterator[str]:
    """What is wrong from one démarche to another, and between them and the flows declared."""
    if not place.demarches:
        yield "« hubee.demarches » : au moins une démarche"
    seen: set[str] = set()
    for demarche in place.demarches:
        code = demarche.process_code
        if code in seen:
            yield f"démarche déclarée deux fois : {code}"
        seen |= {code, *aliases_of(code)}
        for flow in sorted(set(demarche.types.values()) - set(flows)):
            yield f"démarche {code} : le flux {flow} n'est pas déclaré par ce partenaire ([[flows]])"
        for kind in sorted(set(demarche.types) & set(demarche.ignored_types)):
            yield f"démarche {code} : le type {kind} est à la fois relevé et ignoré"


def shared_credentials(places: Sequence[HubeePlace]) -> Iterator[str]:
    """Démarches that give one credential: each has its own, or they would share a queue."""
    given: dict[tuple[str, str], list[str]] = {}
    for place in places:
        for demarche in place.demarches:
            account = (place.addresses[0], demarche.client_id)
            given.setdefault(account, []).append(demarche.process_code)
    for codes in given.values():
        if len(codes) > 1:
            yield f"un identifiant par démarche : {' et '.join(codes)} ont le même client_id"


def outlet_faults(place: HubeeOutletPlace) -> Iterator[str]:
    """What is wrong in what we publish."""
    if not place.kinds:
        yield "« hubee_outlet.kinds » : au moins un type de fichier"
    ends = [kind.ends for kind in place.kinds]
    for end in sorted({end for end in ends if ends.count(end) > 1}):
        yield f"« hubee_outlet.kinds » : {end} est déclaré deux fois"


def _of_sandbox(written: str) -> str:
    if not written:
        return "obligatoire pour le bac à sable, dont l'adresse change"
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not is_loopback(parts.hostname):
        return "un bac à sable est sur cette machine (127.0.0.1)"
    return _of_plain(written)


def _of_override(written: str) -> str:
    if written and urlsplit(written).scheme != "https":
        return "une adresse en https"
    return _of_plain(written)


def _of_plain(written: str) -> str:
    parts = urlsplit(written)
    if parts.username or parts.password:
        return "ni identifiant ni secret dans une adresse"
    if parts.query or parts.fragment or (written and not parts.hostname):
        return "une adresse simple : machine et chemin"
    return ""


def _of_bundle(base: Path, written: str) -> str:
    """An authority that is no certificate would only be found out at the first connection."""
    path = (base / Path(written).expanduser()).resolve()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return f"aucun certificat PEM dans {path.name}"
    except OSError:
        return f"fichier illisible ({path.name})"
    return ""
