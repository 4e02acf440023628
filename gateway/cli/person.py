"""`passerelle person`: what is kept of one person, and erasing them. Found by the département's identifier."""

import sys
from typing import Annotated, Final

import typer
from rich.table import Table

from gateway.cli.opened import keeper_of
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.person_link import app as link_app
from gateway.cli.person_name import app as names_app
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.retention.asking import Told, ask_to_erase, is_about, tell
from gateway.rules.rule import Result
from gateway.settings import config_path, load
from gateway.store.erasures import State, every_erasure, find_erasure

app = typer.Typer(
    help="Une personne : ce qui est gardé d'elle, l'effacer de tout, lever un pseudonyme, juger un rapprochement.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(names_app)
app.add_typer(link_app, name="link")
IdCd = Annotated[
    str,
    typer.Argument(
        metavar="ID_CD",
        help="Son identifiant au département ; « - » : lu sur l'entrée, pour n'être dans aucun historique.",
    ),
]
Departement = Annotated[str, typer.Option("--departement", help="Le département, par exemple 08.")]
STATES: Final = {
    State.ASKED: "attend une seconde personne",
    State.ORDERED: "ordonné, à la prochaine tournée",
    State.REWRITTEN: "effacée, vérifiée dans l'heure",
    State.DONE: "effacée",
}
# What a rule said, as an operator reads it; JSON keeps the codes.
SAID: Final = {
    Result.TRIGGERED.value: "déclenchée",
    Result.NOT_EVALUABLE.value: "non évaluable",
    Result.SUPPRESSED.value: "tue",
}


@app.command()
def show(
    id_cd: IdCd,
    departement: Departement,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit ce qui est gardé d'une personne (RGPD 15) : fichiers, signaux, publications. Noté au journal."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            keeper = keeper_of(settings, engine)
            found = tell(keeper, departement, _named(id_cd), by=who, motive=why)
        if as_json:
            say_json(_document(found))
        else:
            _print(found)


@app.command()
def erase(
    id_cd: IdCd,
    departement: Departement,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande l'effacement d'une personne ; une seconde personne l'approuve par passerelle approval."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            keeper = keeper_of(settings, engine)
            asked = ask_to_erase(keeper, departement, _named(id_cd), by=who, motive=why)
        request = asked.approval
        if as_json:
            said = {"demande": request.id, "effacement": request.subject, "sel": asked.salt}
            say_json(said | {"montre": dict(request.shown), "empreinte": request.digest})
            return
        OUT.print(f"Demande {request.id} ({request.subject}) :")
        table = Table(box=None, show_header=False)
        for name, value in request.shown.items():
            table.add_row(name, value)
        OUT.print(table)
        salt = f"Sel, à garder au dossier papier, montré cette seule fois : {asked.salt}"
        line = f"passerelle person verify {request.subject} ID_CD --sel SEL"
        OUT.print(salt, soft_wrap=True)
        OUT.print(f"Une seconde personne vérifie : {line}", soft_wrap=True)
        OUT.print(f"puis répond : passerelle approval approve {request.id}")


@app.command()
def verify(
    erasure: Annotated[
        str,
        typer.Argument(
            metavar="EFFACEMENT", help="Son nom : effacement-…, donné par person erasures."
        ),
    ],
    id_cd: IdCd,
    salt: Annotated[str, typer.Option("--sel", help="Le sel donné à qui a demandé.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit si un effacement porte bien sur cet identifiant : avant d'approuver, ou des années après."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = find_erasure(connection, erasure)
        same = is_about(found.commitment, salt, _named(id_cd))
        if as_json:
            say_json({"effacement": erasure, "concorde": same})
        elif same:
            OUT.print("Oui : cet effacement porte sur cet identifiant.")
        else:
            OUT.print("Non : l'identifiant ou le sel ne concorde pas. N'approuvez pas.")
        if not same:
            raise typer.Exit(1)


@app.command()
def erasures(config: Config = None, as_json: Json = False) -> None:
    """Liste les effacements demandés, ordonnés et faits ; sans dire qui."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = every_erasure(connection)
        if as_json:
            say_json(
                [
                    {
                        "effacement": one.id,
                        "departement": one.departement,
                        "etat": one.state.value,
                        "demande_le": one.asked_at.isoformat(timespec="seconds"),
                        "efface_le": one.erased_at and one.erased_at.isoformat(timespec="seconds"),
                        "ecriture": one.ledger_index,
                        "comptes": dict(one.counts),
                    }
                    for one in found
                ]
            )
            return
        if not found:
            OUT.print("Aucun effacement.")
            return
        table = Table("Effacement", "Département", "Demandé le", "État", box=None)
        for one in found:
            asked = one.asked_at.astimezone().strftime("%d/%m/%Y")
            table.add_row(one.id, one.departement, asked, STATES[one.state])
        OUT.print(table)


def _named(id_cd: str) -> str:
    said = (sys.stdin.readline() if id_cd == "-" else id_cd).strip()
    if not said:
        raise Misconfigured("dites de qui : son identifiant au département (ID_CD)")
    return said


def _document(found: Told) -> dict[str, object]:
    held = found.holdings
    return {
        "ecriture": found.ledger_index,
        "fichiers": [
            {
                "depot": one.delivery,
                "flux": one.flow,
                "partenaire": one.partner,
                "reference": one.reference_date.isoformat(),
                "recu_le": one.received_on.isoformat(),
                "lignes": one.lines,
            }
            for one in held.files
        ],
        "signaux": [
            {"au": one.as_of.isoformat(), "regles": one.version, "dits": dict(one.said)}
            for one in held.crossings
        ],
        "publications_possibles": [
            {
                "publication": one.release,
                "produit": one.product,
                "destinataire": one.recipient,
                "periode": one.period.isoformat(),
                "remise": one.delivered,
            }
            for one in held.releases
        ],
        "dossiers_en_doute": held.doubtful,
    }


def _print(found: Told) -> None:
    held = found.holdings
    OUT.print(f"Communication notée au journal, écriture {found.ledger_index}.")
    files = Table("Fichier", "Flux", "De", "Reçu le", "Lignes", box=None)
    for one in held.files:
        on = one.received_on.strftime("%d/%m/%Y")
        files.add_row(one.delivery, one.flow, one.partner, on, str(one.lines))
    OUT.print(files)
    signals = Table("Croisement au", "Dit", box=None)
    for each in held.crossings:
        said = ", ".join(f"{rule} {SAID[result]}" for rule, result in each.said)
        signals.add_row(each.as_of.strftime("%d/%m/%Y"), said)
    OUT.print(signals)
    releases = Table(
        "Publication qui a pu la porter", "Produit", "Destinataire", "Remise", box=None
    )
    for left in held.releases:
        releases.add_row(
            left.release, left.product, left.recipient, "oui" if left.delivered else "non"
        )
    OUT.print(releases)
    if held.doubtful:
        OUT.print(f"Dossiers au même NIR, non rapprochés : {held.doubtful}.")
