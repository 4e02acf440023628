"""`passerelle crossing calibration`: how each rule falls on a département, for those who choose the delays."""

from rich.table import Column, Table

from gateway.cli.cases import AsOf, Departement, case_of, day_of
from gateway.cli.options import Config, Json
from gateway.cli.pages import Page, write_page
from gateway.cli.speech import OUT, say_json, speaking
from gateway.review.calibration_page import (
    MARK,
    NOTE,
    count_of,
    reasons_of,
    share_of,
    to_document,
    to_page,
)
from gateway.rules.calibration import calibrate
from gateway.settings import config_path, load


def calibration(
    departement: Departement = None,
    as_of: AsOf = None,
    page: Page = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Montre la part signalée par chaque règle et les délais derrière elle ; à usage interne."""
    with speaking():
        with case_of(load(config_path(config)), departement, day_of(as_of)) as (_, case):
            day, version = case.crossed.as_of, case.thresholds.version
            found = calibrate(case.journeys, as_of=day, thresholds=case.thresholds)
        where = case.crossed.departement
        if page is not None:
            write_page(page, to_page(found, departement=where, as_of=day, version=version))
        if as_json:
            say_json(to_document(found, departement=where, as_of=day, version=version))
            return
        names = ("Règle", "Nom", "Population", "Signalées", "Part", "", "Non évaluables")
        table = Table(*(Column(name, overflow="fold") for name in names), box=None)
        for one in found:
            mark = "" if one.discriminates else f"[red]{MARK}[/]"
            table.add_row(
                one.rule.id,
                one.rule.name,
                count_of(one.gated),
                count_of(one.flagged),
                share_of(one),
                mark,
                reasons_of(one),
            )
        OUT.print(table)
        OUT.print(NOTE, soft_wrap=True)
