"""`passerelle key`: our own keys, and those of partners. Never prints a private half."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway import cms
from gateway.cli.approval import say_request
from gateway.cli.key_epoch import app as epoch_app
from gateway.cli.key_share import app as share_app
from gateway.cli.key_share import split, tell_shares
from gateway.cli.operator import By, Motive, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.enrolment import grouped, propose_certificate, propose_openpgp
from gateway.errors import Misconfigured
from gateway.keymaking import create_keys
from gateway.keyring import Fingerprint, Keyring
from gateway.masterkey import make_shares, share_places
from gateway.pgp import fingerprint_of
from gateway.settings import config_path, load
from gateway.store.partner_keys import STANDINGS, PartnerKey, Standing, every_key, keys_of, retire

LARGEST_KEY_FILE = 1 << 20
CERTIFICATE = "BEGIN CERTIFICATE"

app = typer.Typer(
    help="Les clés : créer les nôtres, faire approuver celles des partenaires.",
    no_args_is_help=True,
    add_completion=False,
)
app.command()(split)
app.add_typer(share_app, name="share")
app.add_typer(epoch_app, name="epoch")
Partner = Annotated[str, typer.Option("--partenaire", help="Son nom court.")]


@app.command()
def create(
    config: Config = None,
    name: Annotated[
        str, typer.Option(help="Nom porté par nos clés OpenPGP.")
    ] = "Passerelle <passerelle@example.org>",
    cms: Annotated[
        bool, typer.Option("--cms", help="Aussi le certificat de réception en CMS (RSA 3072).")
    ] = False,
) -> None:
    """Crée celles de nos clés qui manquent ; celles qui existent ne changent pas."""
    with speaking():
        settings = load(config_path(config))
        folder = settings.path(settings.main.paths.keys)
        try:
            ring = create_keys(
                folder,
                origin=settings.main.ledger.origin,
                uid=name,
                cms=cms,
                master=settings.main.pseudonyms.master in {None, "file"},
            )
        except ValueError:
            raise Misconfigured(
                "un nom de clé a cinq lettres ou plus, puis une adresse : Nom <a@b>"
            ) from None
        OUT.print(f"Clés en place dans {folder}.", soft_wrap=True)
        _show(list(ring.fingerprints(fingerprint_of)))
        if settings.main.pseudonyms.shares:
            fingerprint, _ = make_shares(share_places(settings))
            tell_shares(settings, fingerprint)


@app.command("list")
def list_keys(
    config: Config = None,
    as_json: Json = False,
    expiring: Annotated[
        int | None,
        typer.Option("--expirant", min=1, help="Seulement celles qui expirent sous tant de jours."),
    ] = None,
) -> None:
    """Liste les empreintes, à comparer à voix haute avec un partenaire."""
    with speaking():
        settings = load(config_path(config))
        ring = Keyring(settings.path(settings.main.paths.keys))
        ring.check()
        prints = [] if expiring else list(ring.fingerprints(fingerprint_of))
        with records(settings) as connection:
            theirs = [key for key in every_key(connection) if _is_listed(key, expiring)]
        if as_json:
            ours = [{"fichier": p.file, "genre": p.kind, "empreinte": p.value} for p in prints]
            say_json([*ours, *map(_document, theirs)])
            return
        _show(prints)
        _show_theirs(theirs)


@app.command("import")
def import_key(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FICHIER", help="Sa clé publique OpenPGP (.asc), ou son certificat CMS (PEM)."
        ),
    ],
    partner: Partner,
    motive: Motive,
    read_aloud: Annotated[
        str | None,
        typer.Option("--empreinte", help="L'empreinte, lue au téléphone par le partenaire."),
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Propose la clé d'un partenaire ; elle ne sert qu'une fois approuvée par quelqu'un d'autre."""
    with speaking():
        settings = load(config_path(config))
        who, alias = operator(settings, by), settings.partner(partner).alias
        brought = _read(file)
        if read_aloud is None:
            OUT.print(f"Empreinte de ce fichier : [bold]{grouped(_fingerprint(brought))}[/]")
            OUT.print("Faites-la lire au partenaire, au téléphone, puis relancez avec --empreinte.")
            raise typer.Exit
        with engine_of(settings) as engine:
            given = {"read_aloud": read_aloud, "by": who, "motive": motive}
            if CERTIFICATE in brought:
                asked = propose_certificate(engine, alias, brought, **given)
            else:
                policy = settings.partner(alias).openpgp.policy
                asked = propose_openpgp(engine, alias, brought, policy=policy, **given)
        say_request(asked, as_json=as_json)


@app.command("retire")
def retire_key(
    fingerprint: Annotated[
        str, typer.Argument(metavar="EMPREINTE", help="L'empreinte entière de sa clé.")
    ],
    partner: Partner,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Retire la clé d'un partenaire, pour toujours : ce qu'elle signe est refusé aussitôt."""
    with speaking():
        settings = load(config_path(config))
        who, wanted = operator(settings, by), "".join(fingerprint.split()).lower()
        with engine_of(settings) as engine:
            with engine.begin() as connection:
                held = [k for k in keys_of(connection, partner) if k.fingerprint.lower() == wanted]
            in_force = [k for k in held if k.standing is Standing.IN_FORCE]
            if not in_force:
                raise Misconfigured(f"{partner} : aucune clé en vigueur de cette empreinte")
            for key in in_force:
                retire(engine, key, by=who)
        if as_json:
            say_json({"partenaire": partner, "empreinte": wanted, "etat": "retired"})
        else:
            OUT.print(f"Clé retirée : {grouped(wanted)}")


def _fingerprint(brought: str) -> str:
    if CERTIFICATE in brought:
        return cms.describe_certificate(brought).fingerprint
    return fingerprint_of(brought)


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_KEY_FILE:
            raise Misconfigured("ce fichier est trop gros pour une clé publique")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"fichier illisible : {file} (clé publique en .asc attendue)") from None


def _is_listed(key: PartnerKey, expiring: int | None) -> bool:
    if expiring is None:
        return True
    until = datetime.now(UTC) + timedelta(days=expiring)
    in_force = key.standing is Standing.IN_FORCE
    return in_force and key.expires_at is not None and key.expires_at <= until


def _document(key: PartnerKey) -> dict[str, object]:
    return {
        "partenaire": key.partner,
        "genre": key.kind.value,
        "empreinte": key.fingerprint,
        "etat": key.standing.value,
        "expire_le": key.expires_at.date().isoformat() if key.expires_at else None,
        "demande": key.approval,
    }


def _show(prints: list[Fingerprint]) -> None:
    table = Table("Fichier", "Genre", "Empreinte", box=None)
    for line in prints:
        table.add_row(line.file, line.kind, line.value)
    if prints:
        OUT.print(table)


def _show_theirs(keys: list[PartnerKey]) -> None:
    table = Table("Partenaire", "Genre", "Empreinte", "État", "Expire le", box=None)
    for key in keys:
        until = f"{key.expires_at:%d/%m/%Y}" if key.expires_at else "jamais"
        table.add_row(
            key.partner, key.kind.value, grouped(key.fingerprint), STANDINGS[key.standing], until
        )
    if keys:
        OUT.print(table)
