"""`passerelle crossing simulate`: what other delays, rules or law would change, before anybody decides."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli.cases import AsOf, Departement, case_of, day_of
from gateway.cli.operator import By, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.identity.resolve import PERSON
from gateway.review.case import Case
from gateway.rules.points import PRIORITIES
from gateway.rules.simulation import NONE, Simulated, tried
from gateway.rules.simulation import simulate as compare
from gateway.rules.thresholds import Regime, Thresholds
from gateway.secret import Secret
from gateway.settings import config_path, load
from gateway.store.disclosures import LIST, Disclosure, committed, disclose

NOTE = "Rien n'est écrit ni décidé : passerelle rules propose un changement à deux personnes."
Lines = list[dict[str, str]]


def simulate(
    seuil: Annotated[
        list[str] | None,
        typer.Option("--seuil", help="Un délai à essayer, R12=90 ou R13.GUI=120. Répétable."),
    ] = None,
    activer: Annotated[
        list[str] | None,
        typer.Option("--activer", help="Une règle optionnelle à essayer, R10. Répétable."),
    ] = None,
    regime: Annotated[
        Regime | None, typer.Option("--regime", help="Les délais par défaut d'un régime à essayer.")
    ] = None,
    liste: Annotated[
        bool, typer.Option("--liste", help="Donne aussi qui gagnerait ou perdrait un signal.")
    ] = False,
    motif: Annotated[
        str, typer.Option("--motif", help="Avec --liste, pourquoi : une phrase, sans nom.")
    ] = "",
    departement: Departement = None,
    as_of: AsOf = None,
    par: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Montre ce que d'autres délais changeraient sur les mêmes fichiers ; ne change rien."""
    with speaking():
        settings = load(config_path(config))
        by, why = (operator(settings, par), motive_of(motif)) if liste else ("", "")
        with case_of(settings, departement, day_of(as_of)) as (house, case):
            after = _tried(case.thresholds, seuil or [], activer or [], regime)
            found = compare(
                case.journeys, as_of=case.crossed.as_of, before=case.thresholds, after=after
            )
            people: Lines | None = None
            if liste:
                asked = _asked(case, found, house.crossing.master)
                disclose(house.engine, asked, by=by, motive=why)
                people = _people(case, found)
        say_json(_document(case, found, people)) if as_json else _say(found, people)


def _tried(
    before: Thresholds, said: Sequence[str], optional: Sequence[str], regime: Regime | None
) -> Thresholds:
    delays = {}
    for each in said:
        key, _, days = each.partition("=")
        if not days.isascii() or not days.isdecimal():
            raise Misconfigured("--seuil s'écrit RÈGLE=JOURS, par exemple R12=90")
        delays[key] = int(days)
    try:
        return tried(before, delays=delays, optional=optional, regime=regime)
    except ValueError as error:
        raise Misconfigured(f"{error} ; passerelle rules les donne") from None


def _asked(case: Case, found: Simulated, master: Secret[bytes]) -> Disclosure:
    """What is about to be shown: the people whose signals would change, each once."""
    listed = found.people.select("PERSONNE").unique().join(case.names, on="PERSONNE")
    people = sorted(listed[PERSON].unique())
    crossed = case.crossed
    who = [committed(master, crossed.id, one) for one in people]
    return Disclosure(LIST, crossed.id, crossed.departement, who)


def _people(case: Case, found: Simulated) -> Lines:
    named = found.people.join(case.names, on="PERSONNE").sort("ID_CD", "REGLE")
    return [
        {"id_cd": id_cd, "regle": rule, "sens": way}
        for id_cd, rule, way in named.select("ID_CD", "REGLE", "SENS").iter_rows()
    ]


def _document(case: Case, found: Simulated, people: Lines | None) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "departement": case.crossed.departement,
        "date": case.crossed.as_of.isoformat(),
        "avant": {"version": found.before.version, "regime": found.before.regime.value},
        "apres": {"version": found.after.version, "regime": found.after.regime.value},
        "regles": [
            {
                "regle": one.rule,
                "avant": one.before,
                "apres": one.after,
                "gagnees": one.gained,
                "perdues": one.lost,
            }
            for one in found.rules
        ],
        "priorites": [
            {"avant": was, "apres": now, "personnes": people_moved}
            for (was, now), people_moved in found.moves.items()
        ],
        "mention": NOTE,
    }
    return told if people is None else told | {"personnes": people}


def _say(found: Simulated, people: Lines | None) -> None:
    table = Table("Règle", "Avant", "Après", "Gagnées", "Perdues", box=None)
    for one in found.rules:
        style = "bold" if one.gained or one.lost else "dim"
        counts = (one.before, one.after, one.gained, one.lost)
        table.add_row(one.rule, *(str(count) for count in counts), style=style)
    OUT.print(table)
    order = [*PRIORITIES, NONE]
    moves = Table("Priorité avant", *(f"après : {now}" for now in order), box=None)
    for was in order:
        moves.add_row(was, *(str(found.moves[was, now]) for now in order))
    OUT.print(moves)
    for line in people or []:
        OUT.print(f"  {line['id_cd']} {line['regle']} : {line['sens']}", markup=False)
    OUT.print(NOTE, soft_wrap=True)
