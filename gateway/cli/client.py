"""`passerelle client`: the systems that may speak to the API. Two people to open, one to close."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from gateway.api.description import scopes
from gateway.api.tokens import check_jwks
from gateway.cli.approval import say_request
from gateway.cli.client_files import certificate_digest, read_text
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured, NotAuthorised
from gateway.settings import Settings, config_path, load
from gateway.store.api_client_resumes import ask_resume
from gateway.store.api_clients import (
    STATES,
    Client,
    State,
    decide_state,
    every_client,
    find_client,
    propose,
)
from gateway.store.api_locks import locked, unlock

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

app = typer.Typer(
    help="Les clients de l'API : clés, portées, réseaux, arrêt.",
    no_args_is_help=True,
    add_completion=False,
)
Name = Annotated[str, typer.Argument(metavar="CLIENT", help="Son nom, donné par la liste.")]
Keys = Annotated[
    Path | None,
    typer.Option("--cle", help="Ses clés publiques : un fichier JWKS (P-256 ou Ed25519)."),
]
Published = Annotated[
    str | None, typer.Option("--jwks-uri", help="Ou l'adresse https où il publie ses clés.")
]
Scopes = Annotated[
    list[str] | None,
    typer.Option("--portee", help="Ce qu'il peut faire ; autant de fois que voulu."),
]
Networks = Annotated[
    list[str] | None,
    typer.Option(
        "--reseau", help="D'où il appelle, en CIDR ; autant de fois que voulu. Sinon, de partout."
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option("--certificat", help="Le certificat TLS (PEM) avec lequel il doit appeler."),
]


@app.command()
def add(
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Le partenaire à qui il est.")],
    motive: Motive,
    scope: Scopes = None,
    keys: Keys = None,
    jwks_uri: Published = None,
    network: Networks = None,
    certificate: Certificate = None,
    name: Annotated[
        str | None, typer.Option("--nom", help="Le nom du client ; sinon celui du partenaire.")
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Propose un client, ou d'autres droits pour lui ; une seconde personne l'approuve."""
    with speaking():
        settings = load(config_path(config))
        partner = settings.partner(alias)
        if bool(keys) == bool(jwks_uri):
            raise Misconfigured(
                "donnez ses clés par --cle, ou leur adresse par --jwks-uri, pas les deux"
            )
        wanted = Client(
            id=_id_of(name or alias),
            revision=0,
            siret=partner.siret,
            name=f"{partner.name} ({name or alias})",
            scopes=_scopes(scope),
            keys=check_jwks(read_text(keys)) if keys else (),
            jwks_uri=_published(jwks_uri),
            networks=_networks(network),
            certificate=certificate_digest(certificate) if certificate else "",
        )
        _propose(settings, wanted, operator(settings, by), motive_of(motive), as_json=as_json)


@app.command()
def key(
    client: Name,
    motive: Motive,
    keys: Keys = None,
    jwks_uri: Published = None,
    certificate: Certificate = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Propose d'autres clés pour un client ; l'ancienne et la nouvelle peuvent y être ensemble."""
    with speaking():
        settings = load(config_path(config))
        if (keys and jwks_uri) or not (keys or jwks_uri or certificate):
            raise Misconfigured("donnez --cle ou --jwks-uri, ou un nouveau --certificat")
        with records(settings) as connection:
            known = find_client(connection, client)
        if known is None:
            raise NotAuthorised(f"aucun client {client} : passerelle client list les donne")
        wanted = known
        if keys or jwks_uri:
            held = check_jwks(read_text(keys)) if keys else ()
            wanted = replace(wanted, keys=held, jwks_uri=_published(jwks_uri))
        if certificate:
            wanted = replace(wanted, certificate=certificate_digest(certificate))
        _propose(settings, wanted, operator(settings, by), motive_of(motive), as_json=as_json)


@app.command("list")
def list_clients(config: Config = None, as_json: Json = False) -> None:
    """Liste les clients, et ce qui est verrouillé."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found, locks = every_client(connection), locked(connection)
        if as_json:
            held = {key: until.isoformat(timespec="seconds") for key, until in locks.items()}
            say_json({"clients": [_document(one) for one in found], "verrous": held})
            return
        table = Table("Client", "SIRET", "Portées", "Clés", "État", box=None)
        for one in found:
            names = ", ".join(str(each["kid"]) for each in one.keys) or "publiées par lui"
            table.add_row(
                one.id, one.siret, ", ".join(sorted(one.scopes)), names, STATES[one.state]
            )
        OUT.print(table if found else "Aucun client.")
        for held_key, until in locks.items():
            OUT.print(f"[red]verrouillé[/] {held_key} jusqu'à {until.astimezone():%H:%M}")


@app.command()
def show(client: Name, config: Config = None, as_json: Json = False) -> None:
    """Montre un client tel qu'il est."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = find_client(connection, client)
        if found is None:
            raise NotAuthorised(f"aucun client {client} : passerelle client list les donne")
        if as_json:
            say_json(_document(found))
            return
        table = Table(box=None, show_header=False)
        for title, value in _document(found).items():
            table.add_row(title, str(value))
        OUT.print(table)


@app.command()
def suspend(
    client: Name, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Suspend un client, aussitôt : ses jetons ne valent plus rien."""
    _decide(client, State.SUSPENDED, motive, by, config, as_json=as_json)


@app.command()
def resume(
    client: Name, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Propose de rouvrir un client suspendu, tel quel ; une seconde personne l'approuve."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            asked = ask_resume(engine, client, by=who, motive=why)
        say_request(asked, as_json=as_json)


@app.command()
def revoke(
    client: Name, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Révoque un client, aussitôt et pour toujours."""
    _decide(client, State.REVOKED, motive, by, config, as_json=as_json)


@app.command("unlock")
def unlock_key(
    key: Annotated[
        str, typer.Argument(metavar="VERROU", help="client:NOM ou address:…, donné par la liste.")
    ],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Lève un verrou avant son terme ; il n'y a qu'un verrou par client ou par adresse."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            unlock(engine, key if ":" in key else f"client:{key}", by=who, motive=why)
        say_json({"verrou": key, "etat": "leve"}) if as_json else OUT.print("Verrou levé.")


def _decide(
    client: str, wanted: State, motive: str, by: str | None, config: Config, *, as_json: bool
) -> None:
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            changed = decide_state(engine, client, wanted, by=who, motive=why)
        if as_json:
            say_json(_document(changed))
        else:
            OUT.print(f"Client {client} : {STATES[changed.state]}.")


def _propose(settings: Settings, wanted: Client, who: str, why: str, *, as_json: bool) -> None:
    with engine_of(settings) as engine:
        asked = propose(engine, wanted, by=who, motive=why)
    say_request(asked, as_json=as_json)


def _document(client: Client) -> dict[str, object]:
    return {
        "client": client.id,
        "revision": client.revision,
        "nom": client.name,
        "siret": client.siret,
        "portees": sorted(client.scopes),
        "cles": [each["kid"] for each in client.keys],
        "jwks_uri": client.jwks_uri,
        "reseaux": list(client.networks),
        "certificat": client.certificate,
        "etat": client.state.value,
        "depuis": client.since.isoformat(timespec="seconds") if client.since else None,
    }


def _id_of(name: str) -> str:
    if NAME.fullmatch(name) is None:
        raise Misconfigured("le nom d'un client a 40 minuscules, chiffres ou tirets au plus")
    return name


def _scopes(said: list[str] | None) -> frozenset[str]:
    known = scopes()
    if not said or not set(said) <= known.keys():
        raise Misconfigured(f"donnez au moins une --portee parmi : {', '.join(known)}")
    return frozenset(said)


def _networks(said: list[str] | None) -> tuple[str, ...]:
    try:
        return tuple(sorted({str(ip_network(each)) for each in said or ()}))
    except ValueError:
        raise Misconfigured("un réseau s'écrit 192.0.2.0/24 ou 2001:db8::/32") from None


def _published(said: str | None) -> str:
    if said and not (said.startswith("https://") and said.isascii() and " " not in said):
        raise Misconfigured("--jwks-uri est une adresse https")
    return said or ""
