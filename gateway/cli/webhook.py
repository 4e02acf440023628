"""`passerelle webhook`: where the clients of the API are told of what happens, and whether they hear it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Column, Table
from sqlalchemy import Engine

from gateway.cli.operator import By, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.keyring import Keyring
from gateway.settings import Settings, config_path, credentials_folder, load
from gateway.store.registrations import SecretOf, Webhook, listed, register, remove, resume
from gateway.store.webhooks import Event, HookState, Post, PostState, posts_of, replay
from gateway.webhooks import post_due

app = typer.Typer(
    help="Les webhooks des clients de l'API : inscrire, essayer, rejouer, retirer.",
    no_args_is_help=True,
    add_completion=False,
)
STATES = {
    HookState.ACTIVE: "en service",
    HookState.STOPPED: "arrêté",
    HookState.REMOVED: "retiré",
    PostState.WAITING: "en attente",
    PostState.HEARD: "entendu",
    PostState.GIVEN_UP: "abandonné",
}
Hook = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help="Son identifiant, donné par la liste.")
]


@dataclass(frozen=True, slots=True)
class _Desk:
    settings: Settings
    engine: Engine
    secret_of: SecretOf

    @property
    def to_private(self) -> bool:
        return self.settings.main.api.webhooks_to_private

    def send(self, post: str) -> None:
        """Send this one now, as `serve` does every ten seconds."""
        sending = post_due(self.engine, self.secret_of, to_private=self.to_private, only=post)
        asyncio.run(sending)

    def posts(self, webhook: str) -> list[Post]:
        with self.engine.begin() as connection:
            return list(posts_of(connection, webhook))


@contextmanager
def _desk(config: Config) -> Iterator[_Desk]:
    with speaking():
        settings = load(config_path(config))
        ring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
        with engine_of(settings) as engine:
            yield _Desk(settings, engine, ring.webhook_secret)


@app.command("list")
def list_webhooks(
    client: Annotated[
        str | None, typer.Option("--client", help="Ceux d'un seul client de l'API.")
    ] = None,
    history: Annotated[
        str | None,
        typer.Option("--envois", metavar="WEBHOOK", help="Les derniers envois de celui-ci."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Liste les webhooks, ou les derniers envois de l'un d'eux."""
    with _desk(config) as desk:
        with desk.engine.begin() as connection:
            hooks = listed(connection, client)
        if history is not None:
            _say_posts(desk.posts(history), as_json)
        elif as_json:
            say_json([_document(one) for one in hooks])
        elif not hooks:
            OUT.print("Aucun webhook.")
        else:
            table = Table(
                "Webhook",
                "Client",
                "État",
                Column("Adresse", overflow="fold"),
                "Événements",
                box=None,
            )
            for one in hooks:
                table.add_row(one.id, one.client, STATES[one.state], one.url, " ".join(one.events))
            OUT.print(table)


@app.command()
def add(
    client: Annotated[str, typer.Option("--client", help="Le client de l'API à prévenir.")],
    url: Annotated[str, typer.Option("--url", help="Son adresse, en https.")],
    events: Annotated[
        list[str] | None,
        typer.Option("--evenement", help=f"Un événement parmi {', '.join(Event)} ; sinon tous."),
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Inscrit un webhook, et montre une seule fois le secret qui signera ses envois."""
    with _desk(config) as desk:
        made = register(
            desk.engine,
            desk.secret_of,
            client=client,
            url=url,
            events=events or [event.value for event in Event],
            by=operator(desk.settings, by),
            to_private=desk.to_private,
        )
        secret = made.secret.reveal()
        if as_json:
            say_json({**_document(made.webhook), "secret": secret})
            return
        OUT.print(f"Webhook {made.webhook.id} inscrit ; un envoi d'essai part sous dix secondes.")
        OUT.print("Son secret, à remettre au client par un canal sûr, n'est plus jamais montré :")
        typer.echo(secret)


@app.command()
def test(webhook: Hook, by: By = None, config: Config = None, as_json: Json = False) -> None:
    """Envoie un essai tout de suite ; remet en service un webhook arrêté. Code 4 s'il n'est pas entendu."""
    with _desk(config) as desk:
        post = resume(desk.engine, webhook, by=operator(desk.settings, by))
        _sent(desk, post, webhook, as_json)


@app.command("replay")
def replay_post(
    post: Annotated[str, typer.Argument(metavar="ENVOI", help="Donné par webhook list --envois.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Refait un envoi, sous le même identifiant. Code 4 s'il n'est pas entendu."""
    with _desk(config) as desk:
        again = replay(desk.engine, post, datetime.now(UTC))
        _sent(desk, post, again.webhook, as_json)


@app.command("remove")
def remove_webhook(
    webhook: Hook, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Retire un webhook : plus rien ne lui est envoyé, son secret ne sert plus."""
    with _desk(config) as desk:
        remove(desk.engine, webhook, by=operator(desk.settings, by))
        if as_json:
            say_json({"webhook": webhook, "etat": STATES[HookState.REMOVED]})
        else:
            OUT.print(f"Webhook {webhook} retiré.")


def _sent(desk: _Desk, post: str, webhook: str, as_json: bool) -> None:
    desk.send(post)
    now = next(one for one in desk.posts(webhook) if one.id == post)
    _say_posts([now], as_json)
    if now.state is not PostState.HEARD:
        raise typer.Exit(int(Exit.LATER))


def _say_posts(posts: list[Post], as_json: bool) -> None:
    if as_json:
        say_json([_line(one) for one in posts])
        return
    table = Table("Envoi", "Événement", "Objet", "Fait le", "État", "Essais", "Réponse", box=None)
    for one in posts:
        made = f"{one.made_at.astimezone():%d/%m/%Y %H:%M}"
        answered = str(one.answered or "")
        line = (
            one.id,
            one.event,
            one.subject,
            made,
            STATES[one.state],
            str(one.attempts),
            answered,
        )
        table.add_row(*line)
    OUT.print(table if posts else "Aucun envoi.")


def _document(one: Webhook) -> dict[str, object]:
    return {
        "webhook": one.id,
        "client": one.client,
        "adresse": one.url,
        "evenements": list(one.events),
        "etat": STATES[one.state],
        "echecs": one.failures,
        "depuis": one.since.isoformat(),
    }


def _line(one: Post) -> dict[str, object]:
    return {
        "envoi": one.id,
        "evenement": one.event,
        "objet": one.subject,
        "fait_le": one.made_at.isoformat(),
        "etat": STATES[one.state],
        "essais": one.attempts,
        "reponse": one.answered,
        "prochain_essai": one.next_at.isoformat() if one.next_at else None,
    }
