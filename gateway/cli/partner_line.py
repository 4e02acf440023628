"""`passerelle partner host-key` and `legacy`: what two people agree about a partner's SFTP server."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer

from connectors.errors import ConnectorError
from connectors.host_keys import fingerprint_of, kind_of
from connectors.ssh_algorithms import Policy
from connectors.ssh_identity import offered_host_key
from gateway.agreements import legacy_shown
from gateway.cli.approval import say_request
from gateway.cli.operator import By, Motive, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, speaking
from gateway.errors import Misconfigured, Unavailable
from gateway.settings import Partner, SftpPlace, config_path, load
from gateway.store.approvals import Matter, ask
from gateway.store.partner_keys import Kind, Proposal, propose

Alias = Annotated[str, typer.Argument(metavar="PARTENAIRE", help="Son nom court.")]
AFTER = "La clé approuvée sert au prochain démarrage de la passerelle."


def host_key(
    alias: Alias,
    motive: Motive,
    read_aloud: Annotated[
        str | None,
        typer.Option("--empreinte", help="SHA256:…, lue au téléphone par le partenaire."),
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Relève la clé d'hôte de son serveur, la compare à l'empreinte lue, la propose à l'accord d'un autre."""
    with speaking():
        settings = load(config_path(config))
        who, place = operator(settings, by), _sftp(settings.partner(alias))
        line = _offered(alias, place)
        fingerprint = fingerprint_of(line)
        if read_aloud is None:
            OUT.print(
                f"{place.host}:{place.port} présente : [bold]{fingerprint}[/] ({kind_of(line)})"
            )
            OUT.print("Faites-la lire au partenaire, au téléphone, puis relancez avec --empreinte.")
            raise typer.Exit
        if read_aloud.strip() != fingerprint:
            raise Misconfigured(
                f"le serveur présente {fingerprint}, pas l'empreinte lue : ne continuez pas, "
                "quelqu'un répond peut-être à sa place"
            )
        facts = {
            "partenaire": alias,
            "machine": f"{place.host}:{place.port}",
            "genre": kind_of(line),
            "empreinte": fingerprint,
        }
        proposal = Proposal(alias, Kind.SSH_HOST, fingerprint, line, facts)
        with engine_of(settings) as engine:
            asked = propose(engine, proposal, by=who, motive=motive)
        say_request(asked, as_json=as_json, then=AFTER)


def legacy(
    alias: Alias, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Demande de parler à ce partenaire avec des algorithmes anciens, jusqu'à la date de ses réglages."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        shown: Mapping[str, str] = legacy_shown(settings.partner(alias))
        with engine_of(settings) as engine:
            asked = ask(engine, Matter.LEGACY, alias, shown, by=who, motive=motive)
        say_request(asked, as_json=as_json, then=AFTER)


def _sftp(partner: Partner) -> SftpPlace:
    if partner.sftp is None:
        raise Misconfigured(f"{partner.alias} : aucun serveur SFTP ([sftp]) dans ses réglages")
    return partner.sftp


def _offered(alias: str, place: SftpPlace) -> str:
    try:
        policy = Policy(place.policy)
        line, _ = asyncio.run(offered_host_key(place.host, place.port, policy=policy))
    except ConnectorError as error:
        raise Unavailable(f"{alias} : {place.host}:{place.port} ne présente aucune clé") from error
    return line
