"""Two drawings of a report, in SVG that needs nothing else: what became of the rows, where the errors are.

A drawing says what it shows in words too (`aria-label`), for who does not see it.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from schemas.conclusion import is_error
from schemas.html import tag
from schemas.reading import Report
from schemas.sentences import counted, number

BUCKETS = 50
_WIDTH, _BAR, _HEIGHT = 1000, 28, 72
_LEAST = 4  # units: one row among millions is seen


def fates_of_rows(report: Report) -> Element:
    """Accepted, rejected and ignored rows, as shares of one bar."""
    parts = (
        ("acceptees", report.accepted),
        ("rejetees", report.rejected),
        ("ignorees", report.ignored),
    )
    shown = [(name, count) for name, count in parts if count]
    widths = _widths([count for _, count in shown])
    left, pieces = 0.0, []
    for (name, _), width in zip(shown, widths, strict=True):
        pieces.append(_rect(left, 0, width, _BAR, name))
        left += width
    words = (
        f"{number(report.accepted)} acceptées, {number(report.rejected)} rejetées, "
        f"{number(report.ignored)} ignorées"
    )
    return _drawing(pieces, _BAR, f"Lignes : {words}", "fates")


def errors_along(report: Report) -> Element | None:
    """How many errors stand in each of `BUCKETS` equal parts of the file, of those that are listed."""
    heights = spread(report)
    most = max(heights, default=0)
    if not most:
        return None
    step = _WIDTH / len(heights)
    bars = [
        _rect(rank * step, _HEIGHT - high, step - 3, high, "rejetees")
        for rank, count in enumerate(heights)
        if count and (high := max(_LEAST, count * _HEIGHT / most))
    ]
    fullest = heights.index(most)
    words = (
        f"Erreurs le long du fichier, en {len(heights)} parts égales : "
        f"{sum(1 for count in heights if count)} en ont ; la plus chargée est la {fullest + 1}e, "
        f"avec {counted(most, 'erreur')}"
    )
    ground = _rect(0, _HEIGHT - 1, _WIDTH, 1, "sol")
    return _drawing([ground, *bars], _HEIGHT, words, "along")


def spread(report: Report) -> Sequence[int]:
    """Count the errors listed in each part of the file, by record; at most one part a record."""
    parts = min(BUCKETS, report.read)
    counts = [0] * parts
    for one in report.anomalies:
        if is_error(one.code) and 0 < one.record <= report.read:
            counts[(one.record - 1) * parts // report.read] += 1
    return counts


def _widths(counts: Sequence[int]) -> list[float]:
    whole = sum(counts)
    widths = [max(_LEAST, count * _WIDTH / whole) for count in counts]
    return [width * _WIDTH / sum(widths) for width in widths]


def _drawing(pieces: Sequence[Element], height: int, words: str, name: str) -> Element:
    return tag(
        "svg",
        *pieces,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        preserveAspectRatio="none",
        role="img",
        aria_label=words,
        class_=name,
    )


def _rect(x: float, y: float, width: float, height: float, name: str) -> Element:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return tag("rect", **place, class_=name)
