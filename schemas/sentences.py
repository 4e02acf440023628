"""A conclusion in French sentences: the same on a screen and on a page."""

from collections.abc import Iterator

from schemas.conclusion import Conclusion, Outcome
from schemas.reading import Anomaly, FileRefused, Report

_NARROW = "\u202f"  # between thousands, and before a percent sign


def verdict(concluded: Conclusion) -> str:
    """Say what would become of the file, and what to do."""
    report = concluded.report
    if concluded.refused is not None:
        return refusal(concluded.refused)
    if concluded.outcome is Outcome.PARTLY:
        share = percent(report.rejected / report.read)
        return (
            f"Le fichier serait accepté, sauf {counted(report.rejected, 'ligne')} sur "
            f"{number(report.read)} ({share}) : corrigez-les, puis renvoyez-les."
        )
    if concluded.findings(errors=True):
        return "Toutes les lignes seraient acceptées ; des cellules inutilisables seraient vidées."
    if not report.read:
        return "Le fichier serait accepté : il ne contient aucune ligne, seulement son en-tête."
    return "Le fichier serait accepté en entier."


def refusal(refused: FileRefused) -> str:
    """Say why the whole file would be refused, where, and what to do."""
    entry = refused.code.entry
    place = [f"ligne {refused.line}"] if refused.line else []
    place += [f"« {refused.column} »"] if refused.column else []
    where = f" ({', '.join(place)})" if place else ""
    return f"Le fichier entier serait refusé. {entry.label}{where}. {entry.action}"


def counts(report: Report) -> str:
    """Say how many rows, and what became of them."""
    return (
        f"{counted(report.read, 'ligne lue', 'lignes lues')}, {number(report.accepted)} "
        f"{_plural(report.accepted, 'acceptée')}, {number(report.rejected)} "
        f"{_plural(report.rejected, 'rejetée')}, {number(report.ignored)} "
        f"{_plural(report.ignored, 'ignorée')}"
    )


def asides(concluded: Conclusion) -> Iterator[str]:
    """Say what else somebody should know: who disappeared, what its name would cost it."""
    found = concluded.disappearance
    if found is not None:
        yield (
            f"Fichier précédent : {number(found.gone)} de ses {counted(found.before, 'personne')} "
            f"ne sont plus dans celui-ci ({percent(found.share)} ; "
            f"au-delà de {percent(found.threshold)}, nous le signalons)."
        )
    for code in concluded.remarks:
        entry = code.entry
        yield f"À la réception : {code.value} {entry.label}. {entry.action}"


def lines_of(anomaly: Anomaly) -> str:
    """Say its physical lines, to be copied: `46`, or `46-47` when its record spans several."""
    if anomaly.end_line > anomaly.line:
        return f"{anomaly.line}-{anomaly.end_line}"
    return str(anomaly.line)


def number(count: int) -> str:
    """Write a number as French people do."""
    return f"{count:,}".replace(",", _NARROW)


def counted(count: int, one: str, many: str = "") -> str:
    """Write a number of something."""
    return f"{number(count)} {one if count <= 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Write a share: one decimal, and never 0 for what is not nothing."""
    text = f"{share * 100:.1f}".replace(".", ",").removesuffix(",0")
    return f"{'moins de 0,1' if share and text == '0' else text}{_NARROW}%"


def _plural(count: int, word: str) -> str:
    return word if count <= 1 else f"{word}s"
