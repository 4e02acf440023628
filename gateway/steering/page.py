"""The page of an edition, in French: one section per indicator, a table beside each drawing.

A hidden number is written « secret », and the foot of the page says why. One file, no script, nothing fetched.
"""

from collections.abc import Sequence
from importlib import resources
from xml.etree.ElementTree import Element

from gateway.indicators import CATALOGUE, Edition, Indicator, Period
from gateway.indicators.catalogue import IN_TIME, NO_RETURN, NO_SHOW, ORIENTATION, RULE, STRUCTURE
from gateway.indicators.counting import MARGIN
from gateway.indicators.publishing import KAPLAN_MEIER, MEAN, MEDIAN, Row, Table
from gateway.review.sheet import section, to_sheet
from gateway.rules.sentence import french_date
from gateway.steering.drawings import along_days, along_periods
from schemas.html import Node, table, tag
from schemas.sentences import number, percent

VIEWS = {STRUCTURE: "Structure", ORIENTATION: "Orientation", RULE: "Règle"}
_MEASURES = {"delai": (MEAN, MEDIAN), "attente": (KAPLAN_MEIER,)}


def to_page(edition: Edition, number_of: int | None = None) -> str:
    """Write the page; without a number, it is of no edition: for inside only."""
    which = f"édition n° {number_of}" if number_of else "pilotage interne, à ne pas publier"
    under = (
        f"Connus jusqu'au {french_date(edition.as_of)} · {which} · effectif minimal "
        f"{edition.threshold} personnes"
    )
    parts = [_section(one, edition) for one in CATALOGUE]
    style = (resources.files("gateway.steering") / "steering.css").read_text(encoding="utf-8")
    sections = [tag("style", style), *(part for part in parts if part is not None)]
    title = f"Indicateurs du département {edition.departement}"
    return to_sheet(title, "Passerelle · pilotage", under, sections, _foot(edition))


def _section(indicator: Indicator, edition: Edition) -> Element | None:
    tables = [table for table in edition.tables if table.indicator == indicator.name]
    if not tables:
        return None
    last = tables[-1]
    parts: list[Node] = [tag("p", indicator.definition, class_="definition")]
    if indicator.views == (RULE,):
        return section(indicator.title, *parts, *_by_line(indicator, last, RULE))
    parts += _drawn(indicator, tables)
    parts.append(_along(indicator, tables))
    for view in indicator.views:
        parts += _by_line(indicator, last, view)
    return section(indicator.title, *parts)


def _drawn(indicator: Indicator, tables: Sequence[Table]) -> list[Node]:
    """The delays of the last period, then the evolution."""
    last, margin = tables[-1], _margin(tables[-1])
    found: list[Node] = []
    if indicator.classes[0].startswith("moins de") and margin is not None:
        marks = _marks(indicator, margin)
        title = f"{indicator.title}, {_label(last)}, en jours"
        found += [tag("h3", f"{_label(last).capitalize()}, selon les jours écoulés")]
        found += [along_days(margin.counts, marks, title)]
    if not indicator.is_stock and len(tables) > 1:
        title, unit = _headline(indicator)
        of = [(table.period, _margin(table)) for table in tables]
        values = [(name, _value(indicator, row)) for name, row in of if not row or row.total]
        reference = indicator.reference and (_reference(indicator), float(indicator.reference[0]))
        found += [
            tag("h3", f"{title}, par période"),
            along_periods(values, unit, title, reference or None),
        ]
    return found


def _marks(indicator: Indicator, margin: Row) -> list[tuple[str, float]]:
    marks: list[tuple[str, float]] = []
    if indicator.reference:
        days = indicator.reference[0]
        marks.append((f"{days} jours, moyenne nationale 2019", float(days)))
    if MEAN in margin.measures:
        mean = margin.measures[MEAN]
        marks.append((f"moyenne {_days(mean)}", mean))
    return marks


def _headline(indicator: Indicator) -> tuple[str, str]:
    if indicator.measures == "delai":
        return "Délai moyen en jours", "jours"
    if indicator.measures == "attente":
        return "Part orientée en 61 jours au plus, en %", "%"
    if NO_SHOW in indicator.classes:
        return "Part d'absences sans excuse, en %", "%"
    return "Part suivie d'un retour en 90 jours, en %", "%"


def _value(indicator: Indicator, row: Row | None) -> float | None:
    """What the evolution draws; None when it may not be said."""
    if row is None or not row.total:
        return None
    if indicator.measures == "delai":
        return row.measures.get(MEAN)
    if indicator.measures == "attente":
        return _share(row, row.counts[0])
    if NO_SHOW in indicator.classes:
        return _share(row, row.counts[indicator.classes.index(NO_SHOW)])
    left = row.counts[indicator.classes.index(NO_RETURN)]
    return None if left is None else _share(row, row.total - left)


def _share(row: Row, count: int | None) -> float | None:
    return None if count is None or not row.total else round(100 * count / row.total, 1)


def _along(indicator: Indicator, tables: Sequence[Table]) -> Element:
    """One line a period, for the département."""
    rows = [
        (_label(table), *_cells(indicator, _margin(table), len(indicator.classes)))
        for table in tables
    ]
    return table(("Période", *_titles(indicator)), rows, f"{indicator.title}, par période")


def _by_line(indicator: Indicator, last: Table, view: str) -> list[Node]:
    rows = [row for row in last.rows if row.view == view]
    if not rows:
        return []
    caption = f"{VIEWS[view]} : {indicator.title}, {_label(last)}"
    lines = [(row.label, *_cells(indicator, row, len(indicator.classes))) for row in rows]
    found: list[Node] = [tag("h3", f"Par {VIEWS[view].lower()}, {_label(last)}")]
    found.append(table((VIEWS[view], *_titles(indicator)), lines, caption))
    if last.pooled.get(view):
        pooled = f"Lignes regroupées, de trop peu de personnes : {last.pooled[view]}."
        found.append(tag("p", pooled, class_="note"))
    return found


def _titles(indicator: Indicator) -> tuple[str, ...]:
    total = () if indicator.is_stock else (indicator.unit.capitalize(),)
    in_time = ("en 61 jours au plus",) if indicator.measures == "delai" else ()
    return (*total, *indicator.classes, *in_time, *_MEASURES.get(indicator.measures, ()))


def _cells(indicator: Indicator, row: Row | None, width: int) -> list[Node]:
    if row is None:
        return [_secret() for _ in _titles(indicator)]
    cells: list[Node] = [] if indicator.is_stock else [_number(row.total)]
    cells += [_counted(row, count, stock=indicator.is_stock) for count in row.counts[:width]]
    if indicator.measures == "delai":
        soon = [count for count in row.counts[:IN_TIME] if count is not None]
        known = len(soon) == IN_TIME and row.total
        cells.append(percent(sum(soon) / (row.total or 1)) if known else _missing(row))
    for name in _MEASURES.get(indicator.measures, ()):
        cells.append(_days(row.measures[name]) if name in row.measures else _missing(row))
    return cells


def _counted(row: Row, count: int | None, *, stock: bool) -> Node:
    if count is None:
        return _secret()
    if stock:
        return f"≈ {number(count)}" if count else "0"
    return f"{number(count)} ({percent(count / row.total)})" if row.total else number(count)


def _number(count: int | None) -> Node:
    return _secret() if count is None else number(count)


def _missing(row: Row) -> Node:
    """Of nobody there is nothing to measure; of too few there is, and it is hidden."""
    return "–" if row.total == 0 else _secret()


def _secret() -> Element:
    return tag("span", "secret", class_="secret")


def _days(days: float) -> str:
    return f"{days:g}".replace(".", ",") + " j"


def _reference(indicator: Indicator) -> str:
    days, source = indicator.reference or (0, "")
    return f"{days} jours ({source})"


def _label(one: Table) -> str:
    return Period.parse(one.period).label


def _margin(one: Table) -> Row | None:
    return next((row for row in one.rows if row.view == MARGIN), None)


def _foot(edition: Edition) -> str:
    k = edition.threshold
    return (
        f"« secret » : le nombre parle de moins de {k} personnes, ou permettrait d'en retrouver un qui en parle ; une "
        f"moyenne ou une médiane manque quand {k} personnes au moins ne sont pas de chaque côté. « ≈ » : arrondi au "
        f"multiple de {k} le plus proche. Une période close est publiée une fois, puis répétée telle quelle. "
        "Les communes, les cantons et les EPCI sont des identités : la passerelle ne compte pas par eux. "
        "Définitions et limites : docs/indicateurs.md."
    )
