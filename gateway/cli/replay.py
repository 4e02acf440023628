"""`passerelle flow replay` and `flow sequence`: treat a delivery again, and settle the numbers of a flow."""

import re
from typing import Annotated, Any

import typer

from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.rounds import numbered
from gateway.settings import Settings, config_path, load
from gateway.store.replays import Replay, ask_replay
from gateway.store.sequences import (
    Numbers,
    Span,
    abandon,
    numbers_of,
    spelled,
    watch_gaps,
)

Delivery = Annotated[str, typer.Argument(metavar="DEPOT", help="Identifiant du dépôt.")]


def replay(
    delivery: Delivery,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Fait traiter de nouveau un dépôt déjà reçu, sans transfert, à la prochaine tournée."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        with engine_of(settings) as engine:
            asked = ask_replay(engine, delivery, by=who, motive=motive_of(motive))
        if as_json:
            say_json(document(asked))
            return
        OUT.print(f"Reprise {asked.rank} de {asked.original} : {asked.id}", soft_wrap=True)
        OUT.print("Elle sera faite à la prochaine tournée (serve, ou flow run).")


def sequence(
    partner: Annotated[str, typer.Argument(metavar="PARTENAIRE", help="Son nom court (alias).")],
    flow: Annotated[str, typer.Argument(metavar="FLUX", help="Le flux, par exemple cd-parcours.")],
    abandoned: Annotated[
        str | None,
        typer.Option("--abandon", help="Numéros qui ne viendront jamais : N..M, ou N seul."),
    ] = None,
    motive: Annotated[str, typer.Option("--motif", help="Pourquoi, si --abandon.")] = "",
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit quels numéros manquent dans un flux ; avec --abandon, dit qu'ils ne viendront pas."""
    with speaking():
        settings = load(config_path(config))
        _check_sends(settings, partner, flow)
        if abandoned is not None:
            span, why, who = _span(abandoned), motive_of(motive), operator(settings, by)
            with engine_of(settings) as engine:
                abandon(engine, partner, flow, span, by=who, motive=why)
                watch_gaps(engine, numbered(settings))
        with records(settings) as connection:
            found = numbers_of(connection, partner, flow)
        if as_json:
            say_json(_numbers(found))
            return
        missing = spelled(found.missing())
        OUT.print(f"Dernier numéro accepté : {'aucun' if found.last is None else found.last}")
        OUT.print(f"Manquent : {missing or 'aucun'}", soft_wrap=True)


def document(asked: Replay) -> dict[str, Any]:
    """One replay, as `--json` gives it."""
    return {
        "reprise": asked.id,
        "depot": asked.original,
        "rang": asked.rank,
        "ecarte": asked.waives or None,
        "motif": asked.motive,
        "par": asked.by,
        "le": asked.asked_at.isoformat(timespec="seconds"),
    }


def _numbers(found: Numbers) -> dict[str, Any]:
    return {
        "premier": found.first,
        "dernier": found.last,
        "manquent": [list(span) for span in found.missing()],
        "abandonnes": [list(span) for span in sorted(found.abandoned)],
    }


def _span(written: str) -> Span:
    read = re.fullmatch(r"([0-9]{1,12})(?:\.\.([0-9]{1,12}))?", written)
    first, last = (int(read[1]), int(read[2] or read[1])) if read else (1, 0)
    if last < first:
        raise Misconfigured("--abandon s'écrit N..M, du plus petit au plus grand, ou N seul")
    return first, last


def _check_sends(settings: Settings, partner: str, flow: str) -> None:
    if flow not in {line.flow for line in settings.partner(partner).flows}:
        raise Misconfigured(f"{partner} n'envoie pas {flow}")
