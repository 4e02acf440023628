"""`passerelle crossing explain`: one person's journey and what each rule said of it, to whoever may ask."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.cases import AsOf, Departement, case_of, day_of
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.pages import Page, write_page
from gateway.cli.speech import OUT, say_json, speaking
from gateway.review.case import person_called
from gateway.review.examining import Named, examine
from gateway.review.explanation import Document, to_document
from gateway.review.explanation_page import VERDICTS, day, sum_in_words, to_page
from gateway.rules.sentence import french_days
from gateway.settings import config_path, load
from gateway.store.disclosures import EXPLANATION, Disclosure, committed, disclose

STYLES = {
    "declenchee": "bold red",
    "non_declenchee": "green",
    "non_evaluable": "yellow",
    "tue": "dim",
    "hors_champ": "dim",
}


def explain(
    id_cd: Annotated[str, typer.Argument(help="L'identifiant de la personne au département.")],
    motif: Motive,
    departement: Departement = None,
    as_of: AsOf = None,
    page: Page = None,
    par: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Explique le croisement d'une personne : son parcours, chaque règle et pourquoi ; inscrit au journal."""
    with speaking():
        settings = load(config_path(config))
        by, why = operator(settings, par), motive_of(motif)
        with case_of(settings, departement, day_of(as_of)) as (house, case):
            subject, person = person_called(case, id_cd)
            crossed = case.crossed
            who = committed(house.crossing.master, crossed.id, subject)
            asked = Disclosure(EXPLANATION, crossed.id, crossed.departement, [who])
            disclose(house.engine, asked, by=by, motive=why)
            examined = examine(
                case.journeys,
                Named(id_cd, crossed.departement, crossed.id, person, case.current),
                as_of=crossed.as_of,
                thresholds=case.thresholds,
                lives=case.lives,
            )
        if page is not None:
            write_page(page, to_page(examined))
        told = to_document(examined)
        say_json(told) if as_json else _say(told)


def _say(told: Document) -> None:
    OUT.print(
        f"[bold]{escape(told['id_cd'])}[/], département {told['departement']}, croisement au "
        f"{day(told['date'])}, règles {told['version_des_regles']}"
    )
    _line(told["situation"])
    _line(sum_in_words(told["points"]))
    for term in told["points"]["termes"]:
        rules = ", ".join(term["regles"]) or day(term["date"])
        cap = f" (somme {term['somme']}, plafond {term['plafond']})" if term["plafond"] else ""
        _line(f"  {term['terme']} : {term['points']}{cap} · {rules}")
    if told["a_surveiller"]:
        _line("À surveiller : un rendez-vous est prévu.")
    if not told["a_jour"]:
        _line("Des fichiers sont arrivés depuis : passerelle crossing run refait le croisement.")
    _say_journey(told["chronologie"])
    _say_rules(told["regles"])
    _say_lives(told["vies"])
    _line(f"\n{told['mention']}")


def _say_journey(facts: Sequence[Document]) -> None:
    names = ("Date", "Fait", "Source", "Dépôt", "Fichier au")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None)
    for fact in facts:
        ahead = " (à venir)" if fact["a_venir"] else ""
        table.add_row(
            day(fact["date"]) + ahead,
            escape(fact["fait"]),
            fact["source"],
            fact["depot"],
            day(fact["reference"]),
        )
    _line("\nParcours")
    OUT.print(table)


def _say_rules(rules: Sequence[Document]) -> None:
    _line("\nRègles")
    for rule in rules:
        style = STYLES[rule["verdict"]]
        OUT.print(
            f"  {rule['regle']} {rule['nom']} : [{style}]{VERDICTS[rule['verdict']]}[/] "
            f"(poids {rule['poids']})",
            soft_wrap=True,
        )
        for sentence in _sentences(rule):
            _line(f"    {sentence}")


def _sentences(rule: Document) -> list[str]:
    clock = rule.get("jours") is not None
    told: list[Any] = [rule["pourquoi"]]
    if clock:
        told.append(
            f"Depuis le {day(rule['depuis'])} : {french_days(rule['jours'])}, "
            f"seuil {french_days(rule['seuil'])}."
        )
    if rule.get("en_validation"):
        told.append("Un contrat attend sa validation.")
    return [text for text in (*told, rule["changerait"]) if text]


def _say_lives(lives: Sequence[Document]) -> None:
    for life in lives:
        end = (
            f"clos le {day(life['clos_le'])} : {life['issue_libelle']}"
            if life["clos_le"]
            else "ouvert"
        )
        _line(
            f"  {life['regle']} : ouvert le {day(life['ouvert_le'])}, vu le {day(life['vu_le'])}, {end}"
        )


def _line(text: str) -> None:
    OUT.print(escape(text), soft_wrap=True)
