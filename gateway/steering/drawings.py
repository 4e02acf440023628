"""Three drawings of the indicators: delays along days, a measure along periods, shares of lines.

Each says in words what it shows (`aria-label`), and stands beside its table. What is hidden is drawn as a hatched
place without height: nothing can be measured on it.
"""

from collections.abc import Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

from gateway.indicators.catalogue import DELAY_ENDS
from schemas.html import tag
from schemas.sentences import number

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 640, 200, 8, 26, 24
_LONGEST = 180  # days, where the last class stops being drawn
HIDDEN = "secret"

Mark = tuple[str, float]  # what a line says, where it stands


def along_days(counts: Sequence[int | None], marks: Sequence[Mark], title: str) -> Element:
    """A histogram: a class is as wide as its days and its area is its count; `marks` are lines in days."""
    edges = [0, *(end + 1 for end in DELAY_ENDS), _LONGEST]
    spans = list(pairwise(edges))
    heights = [
        None if count is None else count / (end - start)
        for count, (start, end) in zip(counts, spans, strict=True)
    ]
    most = max((high for high in heights if high is not None), default=0) or 1
    pieces: list[Element] = []
    for count, high, (start, end) in zip(counts, heights, spans, strict=True):
        left, right = _day(start), _day(end)
        pieces += _bar(left + 1, right - left - 2, None if high is None else high / most)
        pieces.append(_text((left + right) / 2, _HEIGHT - 6, _class(start, end)))
        said = HIDDEN if count is None else number(count)
        pieces.append(_text((left + right) / 2, _above(high, most), said, "nombre"))
    lines = [
        _line(_day(min(days, _LONGEST)), word, rank) for rank, (word, days) in enumerate(marks)
    ]
    words = [
        f"{_class(*span)} jours : {_said(count)}" for span, count in zip(spans, counts, strict=True)
    ]
    words += [f"{word}" for word, _ in marks]
    return _drawing(
        [*pieces, *(part for line in lines for part in line)], f"{title} ; {' ; '.join(words)}"
    )


def along_periods(
    values: Sequence[tuple[str, float | None]], unit: str, title: str, reference: Mark | None = None
) -> Element:
    """One bar a period, its number above; a line where a known mean stands."""
    top = max(
        [v for _, v in values if v is not None] + ([reference[1]] if reference else []), default=0
    )
    most = top or 1
    step = (_WIDTH - 2 * _LEFT) / max(len(values), 1)
    pieces: list[Element] = []
    for rank, (name, value) in enumerate(values):
        left = _LEFT + rank * step
        high = None if value is None else value / most
        pieces += _bar(left + step * 0.12, step * 0.76, high)
        if len(values) <= 12 or rank % 3 == 0:  # noqa: PLR2004 - a year of months fits
            pieces.append(_text(left + step / 2, _HEIGHT - 6, name))
            said = HIDDEN if value is None else f"{value:g}".replace(".", ",")
            pieces.append(_text(left + step / 2, _above(value, most), said, "nombre"))
    if reference is not None:
        level = _level(reference[1] / most)
        pieces.append(tag("line", x1=f"{_LEFT}", x2=f"{_WIDTH - _LEFT}", y1=f"{level:.1f}", y2=f"{level:.1f}", class_="repere"))  # fmt: skip
        pieces.append(_text(_WIDTH - _LEFT, level - 4, reference[0], "repere-mot"))
    words = " ; ".join(f"{name} : {HIDDEN if v is None else f'{v:g} {unit}'}" for name, v in values)
    return _drawing(pieces, f"{title} ; {words}")


def _said(count: int | None) -> str:
    return HIDDEN if count is None else number(count)


def _class(start: int, end: int) -> str:
    return f"{start} et plus" if end == _LONGEST else f"{start} à {end - 1}"


def _day(days: float) -> float:
    return _LEFT + days * (_WIDTH - 2 * _LEFT) / _LONGEST


def _level(share: float) -> float:
    return _HEIGHT - _FOOT - share * (_HEIGHT - _FOOT - _TOP - 14)


def _above(value: float | None, most: float) -> float:
    return _level(0 if value is None else value / most) - 5


def _bar(left: float, width: float, share: float | None) -> list[Element]:
    """A bar from the ground; hatched and flat when hidden."""
    top = _level(0) - 3 if share is None else _level(share)
    place = {
        "x": f"{left:.1f}",
        "y": f"{top:.1f}",
        "width": f"{max(width, 1):.1f}",
        "height": f"{_level(0) - top:.1f}",
    }
    return [tag("rect", **place, class_="cache" if share is None else "barre")]


def _line(x: float, word: str, rank: int) -> list[Element]:
    name = "repere" if rank == 0 else "moyenne"
    bar = tag("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1="4", y2=f"{_level(0):.1f}", class_=name)
    side = "repere-mot" if x > _WIDTH * 0.55 else "mot"
    style = side if rank == 0 else f"{side} propre"
    return [bar, _text(x + (-4 if side == "repere-mot" else 4), 12 + 13 * rank, word, style)]


def _text(x: float, y: float, words: str, name: str = "axe") -> Element:
    return tag("text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=name)


def _drawing(pieces: Sequence[Element], words: str) -> Element:
    ground = tag("line", x1=f"{_LEFT}", x2=f"{_WIDTH - _LEFT}", y1=f"{_level(0):.1f}", y2=f"{_level(0):.1f}", class_="sol-trait")  # fmt: skip
    return tag(
        "svg",
        *pieces,
        ground,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=words,
        class_="dessin",
    )
