"""The rules in force today, by the path of their page: those of each département, and ours.

A visitor's path is only looked up among them: none of its characters is ever written back.
"""

import json
from collections.abc import Callable, Mapping

from gateway.rules.disclosure import Sheet, document
from gateway.rules.disclosure.page import ROOT, away_page, missing_page, path_of, sheet_page
from schemas.pages import Document

Sheets = Callable[[], Mapping[str | None, Sheet]]
HTML = "text/html; charset=utf-8"


def no_rules() -> Mapping[str | None, Sheet]:
    """Of a door that publishes none."""
    return {}


def find(sheets: Mapping[str | None, Sheet], path: str) -> Document | None:
    """Give what stands at a path, None when nothing does."""
    departements = [each for each in sheets if each is not None]
    for departement, sheet in sheets.items():
        if path == path_of(departement):
            return Document(sheet_page(sheet, departements), HTML)
        if path == f"{path_of(departement)}.json":
            told = json.dumps(document(sheet), ensure_ascii=False, indent=1)
            return Document(told.encode(), "application/json")
    return None


def nowhere(depth: int) -> Document:
    """What stands nowhere, as many folders below the root of the site: its links climb them."""
    return Document(missing_page(ROOT + "/x" * depth), HTML)


def away(path: str) -> Document:
    """What is served while the versions cannot be read."""
    return Document(away_page(ROOT + "/x" * (path.count("/") - 1)), HTML)
