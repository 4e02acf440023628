"""`passerelle flow calendar`: what is expected in the coming days, and until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from gateway.calendar import PARIS, Window
from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.expected import Awaited, awaited
from gateway.settings import Partner, config_path, load

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# A window due before today may still be within its grace.
BEFORE = timedelta(days=31)


def calendar(
    config: Config = None,
    days: Annotated[
        int, typer.Option("--jours", min=1, max=400, help="Combien de jours en avant.")
    ] = 30,
    as_json: Json = False,
) -> None:
    """Montre les fichiers attendus dans les jours qui viennent, flux par flux."""
    with speaking():
        settings = load(config_path(config))
        coming = coming_windows(settings.partners, datetime.now(UTC), days)
        if as_json:
            say_json([document(flow, window) for flow, window in coming])
            return
        if not coming:
            OUT.print(f"Aucun fichier attendu d'ici {days} jours ([flows.expected]).", markup=False)
            return
        OUT.print(_table(coming))


def coming_windows(
    partners: Sequence[Partner], now: datetime, days: int
) -> Sequence[tuple[Awaited, Window]]:
    """The windows not late yet that are due within so many days, first due first."""
    today = now.astimezone(PARIS).date()
    found = (
        (flow, window)
        for flow in awaited(partners)
        for window in flow.windows(today - BEFORE, today + timedelta(days=days))
        if window.limit >= now
    )
    return sorted(found, key=lambda one: (one[1], one[0].prefix))


def _table(coming: Sequence[tuple[Awaited, Window]]) -> Table:
    table = Table("Jour", "Avant", "Flux", "Partenaire", "Département", "Alerte après", box=None)
    for flow, window in coming:
        closes, limit = window.closes.astimezone(PARIS), window.limit.astimezone(PARIS)
        day, late = f"{DAYS[closes.weekday()]} {closes:%d/%m/%Y}", f"{limit:%d/%m/%Y %H:%M}"
        line = flow.line
        table.add_row(day, f"{closes:%H:%M}", line.flow, flow.partner, line.departement, late)
    return table


def document(flow: Awaited, window: Window) -> dict[str, object]:
    """One window, as `--json` gives it; its moments are in the time of Paris."""
    moments = {"ouvre": window.opens, "avant": window.closes, "alerte_apres": window.limit}
    return {
        "flux": flow.line.flow,
        "partenaire": flow.partner,
        "departement": flow.line.departement,
        "jour": window.day.isoformat(),
        **{name: at.astimezone(PARIS).isoformat() for name, at in moments.items()},
    }
