"""`passerelle habilitation`: what a second person does: read exactly what is asked, then answer."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from gateway.authorising import desk
from gateway.cli.habilitation_pages import DemandName, number_of, print_demand, print_request
from gateway.cli.operator import By, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.settings import config_path, load

Digest = Annotated[
    str,
    typer.Option(
        "--empreinte", help="L'empreinte que review montre : au moins les 12 premiers caractères."
    ),
]
Message = Annotated[
    str, typer.Option("--motif", help="Ce que lira qui a demandé, sans donnée personnelle.")
]


def review(demand: DemandName, config: Config = None, as_json: Json = False) -> None:
    """Montre exactement ce qui serait approuvé, ce que cela change, et l'empreinte à rendre."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = desk.review(connection, number_of(demand))
        if as_json:
            say_json(found)
            return
        print_demand(found)
        print_request(found)
        OUT.print(
            f"Pour approuver : passerelle habilitation approve {found['demande']} "
            f"--empreinte {found['empreinte'][:12]}",
            soft_wrap=True,
        )


def approve(
    demand: DemandName,
    digest: Digest,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Approuve la demande de quelqu'un d'autre : la version est en vigueur selon ses dates."""
    with speaking():
        settings = load(config_path(config))
        who, number = operator(settings, by), number_of(demand)
        with engine_of(settings) as engine:
            found = desk.approve(engine, number, by=who, digest=digest)
        _tell(found, as_json=as_json)


def refuse(
    demand: DemandName,
    message: Message,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Refuse la demande de quelqu'un d'autre, pour de bon."""
    _turn_down(desk.refuse, demand, message, by, config, as_json=as_json)


def changes(
    demand: DemandName,
    message: Message,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Rend la demande à qui l'a faite, en disant quoi changer."""
    _turn_down(desk.ask_changes, demand, message, by, config, as_json=as_json)


ACTS: Final[Mapping[str, Callable[..., None]]] = {
    "review": review,
    "approve": approve,
    "refuse": refuse,
    "changes": changes,
}


def _turn_down(
    act: Callable[..., dict[str, Any]],
    demand: str,
    message: str,
    by: str | None,
    config: Config,
    *,
    as_json: bool,
) -> None:
    with speaking():
        settings = load(config_path(config))
        who, number, why = operator(settings, by), number_of(demand), motive_of(message)
        with engine_of(settings) as engine:
            found = act(engine, number, by=who, message=why)
        _tell(found, as_json=as_json)


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    print_demand(found)
    if found["version"] is not None:
        OUT.print(f"Version {found['version']} de {found['habilitation']}.", markup=False)
