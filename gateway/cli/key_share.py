"""`passerelle key split` and `passerelle key share check`: a master in two halves. A half is never shown."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.keyring import Keyring
from gateway.masterkey import forget_file, make_shares, read_share, share_places
from gateway.pseudonym import fingerprint_of
from gateway.pseudonym.shares import join
from gateway.settings import Settings, config_path, credentials_folder, load

app = typer.Typer(
    help="Les deux parts de la clé maîtresse des pseudonymes.",
    no_args_is_help=True,
    add_completion=False,
)


def split(
    config: Config = None,
    forget: Annotated[
        bool,
        typer.Option("--effacer", help="Puis efface pseudonym.key, une fois les parts relues."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Partage la clé maîtresse qui tient en un fichier entre deux officiers, sans changer un seul nom."""
    with speaking():
        settings = load(config_path(config))
        if settings.main.pseudonyms.master != "shares":
            raise Misconfigured(
                'écrivez d\'abord [pseudonyms] master = "shares" et shares = [.., ..]'
            )
        ring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
        fingerprint, _ = make_shares(share_places(settings), ring.pseudonym_master())
        if forget:
            forget_file(settings, ring)
        if as_json:
            say_json({"empreinte": fingerprint, "fichier_efface": forget})
            return
        tell_shares(settings, fingerprint)
        if not forget:
            OUT.print("pseudonym.key est encore là : relancez avec --effacer, puis sa sauvegarde.")


@app.command()
def check(
    first: Annotated[Path, typer.Argument(metavar="PART", help="Le fichier d'une part.")],
    second: Annotated[
        Path | None, typer.Argument(metavar="AUTRE", help="L'autre part : vont-elles ensemble ?")
    ] = None,
    as_json: Json = False,
) -> None:
    """Vérifie une part sans la montrer : son rang, sa clé, son intégrité ; avec l'autre, qu'elles vont ensemble."""
    with speaking():
        share = read_share(first)
        found: dict[str, object] = {"part": share.rank, "empreinte": share.fingerprint}
        if second is not None:
            found["ensemble"] = fingerprint_of(join(share, read_share(second))) == share.fingerprint
        if as_json:
            say_json(found)
            return
        OUT.print(f"Part {share.rank} sur 2, intacte. Empreinte de la clé : {share.fingerprint}")
        if second is not None:
            OUT.print("Les deux parts vont ensemble.")


def tell_shares(settings: Settings, fingerprint: str) -> None:
    """Where the shares are, and what to do with them."""
    for rank, place in enumerate(share_places(settings), 1):
        OUT.print(f"Part {rank} : {place} (à son officier, et à lui seul)", soft_wrap=True)
    OUT.print(f"Empreinte de la clé maîtresse, à noter par les deux : {fingerprint}")
