"""Two drawings: a journey along its days, the delays behind a rule. They say in words what they show."""

from collections.abc import Sequence
from datetime import date
from xml.etree.ElementTree import Element

from gateway.review.timeline import Fact
from gateway.rules.calibration import LEAST, STEP, Calibrated, shown
from gateway.rules.sentence import french_date
from schemas.html import tag
from schemas.sentences import counted

_WIDTH, _HEIGHT, _ROW = 1000, 80, 18
_LEAST = 3  # units: one person among millions is seen


def along_days(facts: Sequence[Fact], as_of: date) -> Element | None:
    """Each fact at its day, one line per source; the day of the crossing stands out."""
    if not facts:
        return None
    days = [fact.day for fact in facts] + [as_of]
    first, last = min(days), max(days)
    span = max((last - first).days, 1)
    lines = sources(facts)

    def place(day: date) -> float:
        return 5 + (day - first).days * (_WIDTH - 10) / span

    dots = [
        _rect(
            place(fact.day) - 3, 4 + lines.index(fact.source) * _ROW, 6, 10,
            "avenir" if fact.ahead else "passe",
        )
        for fact in facts
    ]  # fmt: skip
    words = (
        f"{counted(len(facts), 'fait')} du {french_date(first)} au {french_date(last)}, une ligne par "
        f"source ({', '.join(lines)}) ; croisement au {french_date(as_of)}"
    )
    height = 6 + len(lines) * _ROW
    return _drawing([*dots, _rect(place(as_of) - 1, 0, 2, height, "jour")], height, words, "frise")


def sources(facts: Sequence[Fact]) -> list[str]:
    """The lines of `along_days`, from the top."""
    return sorted({fact.source for fact in facts})


def delays(one: Calibrated) -> Element | None:
    """How many clocks stand in each bar of `STEP` days; the delays of the rule stand out."""
    most = max(one.delays)
    if not most:
        return None
    step = _WIDTH / len(one.delays)
    reached = min(one.thresholds, default=0)
    bars = [
        _rect(
            rank * step, _HEIGHT - high, step - 3, high,
            _bar(count, (rank + 1) * STEP > reached),
        )
        for rank, count in enumerate(one.delays)
        if count and (high := max(_LEAST, (shown(count) or LEAST) * _HEIGHT / max(most, LEAST)))
    ]  # fmt: skip
    limits = [
        _rect(min(limit / STEP * step, _WIDTH - 3), 0, 3, _HEIGHT, "seuil")
        for limit in one.thresholds
    ]
    ground = _rect(0, _HEIGHT - 1, _WIDTH, 1, "sol")
    words = (
        f"Délais de {counted(sum(one.delays), 'personne')} par tranche de {STEP} jours, la dernière "
        f"au-delà de {(len(one.delays) - 1) * STEP} jours"
    )
    return _drawing([ground, *bars, *limits], _HEIGHT, words, "barres")


def _bar(count: int, reached: bool) -> str:
    if shown(count) is None:
        return "cache"
    return "atteint" if reached else "sous"


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
