"""What is wrong in settings whose values are each right: said before anything starts, all at once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec

from gateway.settings.antivirus import antivirus_faults
from gateway.settings.api import api_faults
from gateway.settings.cms import cms_faults
from gateway.settings.expected import expected_faults
from gateway.settings.hubee import (
    access_faults,
    demarche_faults,
    outlet_faults,
    shared_credentials,
)
from gateway.settings.openpgp import openpgp_faults
from gateway.settings.pseudonyms import pseudonyms_faults
from gateway.settings.rdv_insertion import rdv_insertion_faults
from gateway.settings.sftp import sftp_faults
from gateway.settings.shapes import FlowLine, Main, Partner
from schemas import registry


def of_main(main: Main | None) -> Iterator[str]:
    """A password written in a URL; no antivirus, and nobody said so; a master of pseudonyms half described."""
    urls: Mapping[str, str] = msgspec.to_builtins(main.database) if main is not None else {}
    for name, url in urls.items():
        if urlsplit(url).password is not None or "password" in parse_qs(urlsplit(url).query):
            yield f"« database.{name} » porte un mot de passe : nommez un fichier par « ?passfile= »"
    if main is not None:
        yield from antivirus_faults(main.antivirus)
        yield from pseudonyms_faults(main.pseudonyms)
        yield from api_faults(main.api)


def of_all(partners: Sequence[Partner]) -> Iterator[str]:
    """What two partners may not share."""
    aliases = [partner.alias for partner in partners]
    for alias in sorted({alias for alias in aliases if aliases.count(alias) > 1}):
        yield f"partenaire déclaré deux fois : {alias}"
    yield from shared_credentials([p.hubee for p in partners if p.hubee is not None])


def of_partner(partner: Partner, base: Path) -> Iterator[str]:
    """What does not hold together in one partner. `base`: where its relative paths start."""
    yield from _of_places(partner)
    yield from _of_flows(partner)
    yield from openpgp_faults(partner.openpgp)
    yield from cms_faults(partner.cms, [line.envelope for line in partner.flows])
    if partner.sftp is not None:
        yield from sftp_faults(partner.sftp)
    if partner.hubee is not None:
        yield from access_faults(partner.hubee, "hubee", base)
        yield from demarche_faults(partner.hubee, [line.flow for line in partner.flows])
    if partner.hubee_outlet is not None:
        yield from access_faults(partner.hubee_outlet, "hubee_outlet", base)
        yield from outlet_faults(partner.hubee_outlet)
    if partner.rdv_insertion is not None:
        yield from rdv_insertion_faults(partner.rdv_insertion)


def _of_places(partner: Partner) -> Iterator[str]:
    places = [
        p for p in (partner.sftp, partner.hubee, partner.folder, partner.api) if p is not None
    ]
    outlets = [p for p in (partner.hubee_outlet, partner.rdv_insertion) if p is not None]
    if partner.rdv_insertion is not None and (places or len(outlets) > 1 or partner.flows):
        yield "[rdv_insertion] est seul : ni autre lieu, ni [[flows]]"
    elif len(places) != 1 and not (outlets and not places and not partner.flows):
        yield (
            "un lieu d'échange et un seul : [sftp], [hubee], [folder] ou [api] "
            "([hubee_outlet] ou [rdv_insertion] suffit à qui ne fait que recevoir)"
        )


def _of_flows(partner: Partner) -> Iterator[str]:
    lines = [(line.flow, line.departement) for line in partner.flows]
    known = set(registry.held())
    for flow, departement in sorted(set(lines)):
        if flow not in known:
            yield f"flux inconnu : {flow} (connus : {', '.join(sorted(known))})"
        if lines.count((flow, departement)) > 1:
            yield f"flux déclaré deux fois : {flow} pour {departement}"
    for line in partner.flows:
        for fault in expected_faults(line.expected) if line.expected else ():
            yield f"{line.flow} pour {line.departement} : {fault}"
        if line.flow in known:
            yield from _of_threshold(line)
    if partner.hubee is None and any(line.envelope == "hubee" for line in partner.flows):
        yield 'envelope = "hubee" ne vaut que par HubEE : ailleurs un fichier est chiffré et signé'


def _of_threshold(line: FlowLine) -> Iterator[str]:
    agreed = registry.contract(line.flow).tolerated_rejects
    if line.reject_threshold is not None and line.reject_threshold > agreed:
        yield (
            f"{line.flow} pour {line.departement} : reject_threshold = {line.reject_threshold} "
            f"dépasse le seuil du contrat ({agreed}) : il ne peut que l'abaisser"
        )
