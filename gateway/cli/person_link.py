"""`passerelle person link`: pairs of identities that no rule may link alone, and what people decide.

Lists and decisions speak by references. `show` alone says who: to an operator with a motive, on a terminal,
after the ledger entry that tells it.
"""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.drawers import open_drawers
from gateway.errors import Misconfigured, NotAuthorised
from gateway.identity.disclosure import SHOWN, Disclosed
from gateway.identity.disclosure import disclose as identities_of
from gateway.keyring import Keyring
from gateway.settings import Settings, config_path, load
from gateway.store.deliveries import index_digest
from gateway.store.disclosures import LINK, Disclosure, disclose
from gateway.store.link_questions import (
    BETWEEN,
    Question,
    State,
    all_questions,
    find_question,
    open_questions,
)
from gateway.store.links import Decision, ask_together, every_decision, tell_apart, undo

app = typer.Typer(
    help="Les rapprochements qu'une personne doit juger.",
    no_args_is_help=True,
    add_completion=False,
)
QuestionId = Annotated[
    str, typer.Argument(metavar="QUESTION", help="Son numéro, donné par la liste.")
]
DecisionId = Annotated[
    str, typer.Argument(metavar="DECISION", help="Son numéro, donné par decisions.")
]
Departement = Annotated[
    str | None, typer.Option("--departement", help="Un seul département : 08, 2A, 974.")
]


class Answer(StrEnum):
    """What may be answered."""

    SAME = "meme"
    DIFFERENT = "differentes"


REASONS = {
    "autre_naissance": "même NIR, autre date de naissance",
    "autre_nir": "même nom et naissance, autre NIR",
    "plusieurs_candidats": "plusieurs candidats",
    "identifiant_court": "identifiant Pôle emploi court seul",
    "decisions_contraires": "décisions contraires",
}
STATES = {State.OPEN: "attend", State.DECIDED: "décidée", State.GONE: "sans objet"}
VERDICTS = {"same": "même personne", "different": "deux personnes"}
SOURCES = {
    "cd-parcours": "Département",
    "cnaf-beneficiaires": "CNAF",
    "cnaf-contacts": "CNAF (contacts)",
    "pe-parcours": "Pôle emploi",
}
LABELS = dict(
    zip(
        SHOWN,
        (
            "Nom de naissance",
            "Nom d'usage",
            "Prénom",
            "Date de naissance",
            "Certitude de la date",
            "NIR (13)",
            "Numéro de demande RSA",
            "Numéro CAF",
            "Rôle",
            "Organisme",
            "Caisse",
            "Identifiant Pôle emploi court",
        ),
        strict=True,
    )
)


@app.command("list")
def list_questions(
    departement: Departement = None,
    everything: Annotated[
        bool, typer.Option("--toutes", help="Aussi les décidées et sans objet.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Liste les paires qui attendent, par références : aucune identité."""
    with speaking():
        with records(load(config_path(config))) as connection:
            read = all_questions if everything else open_questions
            found = read(connection, departement)
        if as_json:
            say_json([document(one) for one in found])
            return
        if not found:
            OUT.print("Aucun rapprochement à juger.")
            return
        table = Table("Question", "Département", "Grade", "Pourquoi", "Depuis", "État", box=None)
        for one in found:
            told = (one.asked.grade, _why(one.asked.why), f"{one.first_seen.astimezone():%d/%m/%Y}")
            table.add_row(one.id, one.departement, *told, STATES[one.state])
        OUT.print(table)


@app.command()
def show(question: QuestionId, motive: Motive, by: By = None, config: Config = None) -> None:
    """Montre les deux identités côte à côte, au terminal ; le journal le dit avant."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        if not sys.stdout.isatty():
            raise Misconfigured("une identité ne s'affiche qu'au terminal, jamais dans un fichier")
        with engine_of(settings) as engine:
            asked, told = _opened(engine, settings, question)
            both = (asked.asked.left, asked.asked.right)
            shown = Disclosure(LINK, question, asked.departement, both)
            disclose(engine, shown, by=who, motive=why)
        OUT.print(f"Question {question} : {_why(asked.asked.why)}")
        OUT.print(_side_by_side(told))
        OUT.print(
            f"Répondez : passerelle person link decide {question} meme|differentes --motif ..."
        )


@app.command("decide")
def decide_one(
    question: QuestionId,
    answer: Annotated[
        Answer,
        typer.Argument(
            metavar="REPONSE", help="`meme` (deux personnes décident) ou `differentes`."
        ),
    ],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Répond : `differentes` prend effet ; `meme` attend une seconde personne (passerelle approval)."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            if answer is Answer.DIFFERENT:
                decided = tell_apart(engine, question, by=who, motive=why)
                _say(decided, as_json=as_json)
                return
            asked = ask_together(engine, question, by=who, motive=why)
        if as_json:
            say_json({"demande": asked.id, "montre": dict(asked.shown), "empreinte": asked.digest})
            return
        OUT.print(f"Demande {asked.id} : {asked.shown['effet']}.")
        OUT.print(f"Une seconde personne répond : passerelle approval approve {asked.id}")


@app.command("decisions")
def list_decisions(config: Config = None, as_json: Json = False) -> None:
    """Liste ce qui a été décidé, et défait."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = every_decision(connection)
        if as_json:
            say_json([decision_document(one) for one in found])
            return
        if not found:
            OUT.print("Aucune décision.")
            return
        table = Table("Décision", "Département", "Verdict", "Par", "Le", "Défaite", box=None)
        for one in found:
            people = " et ".join(name for name in (one.by, one.seconded_by) if name)
            undone = f"{one.undone_at.astimezone():%d/%m/%Y}" if one.undone_at else ""
            told = (VERDICTS[one.verdict], people, f"{one.at.astimezone():%d/%m/%Y}", undone)
            table.add_row(one.id, one.departement, *told)
        OUT.print(table)


@app.command("undo")
def undo_one(
    decision: DecisionId,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Défait une décision : la paire attend de nouveau, le lien disparaît au prochain croisement."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            undone = undo(engine, decision, by=who, motive=why)
        _say(undone, as_json=as_json)


def document(one: Question) -> dict[str, object]:
    """One question, as `--json` gives it."""
    return {
        "question": one.id,
        "departement": one.departement,
        "sujet_departement": one.asked.left,
        "sujet_pole_emploi": one.asked.right,
        "grade": one.asked.grade,
        "bande": one.asked.band or None,
        "poids": one.asked.weight,
        "pourquoi": one.asked.why.split(BETWEEN),
        "depuis": one.first_seen.isoformat(timespec="seconds"),
        "etat": one.state.value,
    }


def decision_document(one: Decision) -> dict[str, object]:
    """One decision, as `--json` gives it."""
    return {
        "decision": one.id,
        "departement": one.departement,
        "sujet_departement": one.left,
        "sujet_pole_emploi": one.right,
        "verdict": one.verdict,
        "motif": one.motive,
        "par": one.by,
        "avec": one.seconded_by or None,
        "le": one.at.isoformat(timespec="seconds"),
        "defaite_le": one.undone_at.isoformat(timespec="seconds") if one.undone_at else None,
    }


def _opened(
    engine: Engine, settings: Settings, question: str
) -> tuple[Question, Sequence[Disclosed]]:
    """The question, and what each source says; nothing is shown yet."""
    with engine.begin() as connection:
        asked = find_question(connection, question)
        digest = index_digest(connection, asked.departement)
    if digest is None:
        raise NotAuthorised("aucune identité connue dans ce département")
    keyring = Keyring(settings.path(settings.main.paths.keys))
    index = open_drawers(settings, keyring).identities.read(digest)
    told = identities_of(index, asked.asked.left, asked.asked.right)
    if {"cd-parcours", "pe-parcours"} - {one.flow for one in told}:
        raise NotAuthorised(
            "une de ces deux identités n'est plus connue : la question est sans objet"
        )
    return asked, told


def _side_by_side(told: Sequence[Disclosed]) -> Table:
    table = Table("", *(SOURCES[one.flow] for one in told), box=None)
    for name in SHOWN:
        values = [one.said.get(name, "") for one in told]
        if any(values):
            table.add_row(LABELS[name], *values)
    if any(one.garbled for one in told):
        table.add_row("", *("nom mal décodé" if one.garbled else "" for one in told))
    return table


def _say(decision: Decision, *, as_json: bool) -> None:
    if as_json:
        say_json(decision_document(decision))
        return
    done = "défaite" if decision.undone_at else "prise"
    OUT.print(
        f"Décision {decision.id} ({VERDICTS[decision.verdict]}) {done} :"
        " effet au prochain croisement.",
        soft_wrap=True,
    )


def _why(words: str) -> str:
    return " ; ".join(REASONS.get(word, word) for word in words.split(BETWEEN))
