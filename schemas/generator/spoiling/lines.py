"""Defects of XML files: a tag of a record is changed, emptied or taken out, on its physical line.

The files spoiled are those of this generator: one tag a line, so that a line is all a tag says.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from schemas.codes import Code
from schemas.generator.spoiling.kinds import (
    TWICE,
    Kind,
    Record,
    impossible,
    marked,
    too_short,
    wrong_key,
)


def _tag(
    name: str,
    column: str,
    code: Code | None,
    place: tuple[str, str],
    change: Callable[[str], str | None],
) -> Kind:
    """Spoil the first tag of that name inside the first block of that name; None takes it out."""
    block, tag = place
    opening, closing = f"<{tag}>", f"</{tag}>"

    def text_of(line: str) -> str:
        return line.strip().removeprefix(opening).removesuffix(closing)

    def fits(lines: Record) -> bool:
        at = _found(lines, block, opening)
        return at is not None and change(text_of(lines[at])) != text_of(lines[at]) != ""

    def spoil(lines: Record, _: Random) -> Record:
        at = _found(lines, block, opening)
        if at is None:  # pragma: no cover - `fits` was asked first
            return lines
        changed = change(text_of(lines[at]))
        new = [] if changed is None else [f"{opening}{changed}{closing}\n"]
        return [*lines[:at], *new, *lines[at + 1 :]]

    return Kind(name, column, code, fits, spoil)


def _found(lines: Record, block: str, opening: str) -> int | None:
    """Give the line of a tag inside the first block of that name."""
    inside = False
    for index, line in enumerate(lines):
        inside = inside or line.startswith(f"<{block}>")
        if inside and line.startswith(opening):
            return index
        if inside and line.startswith(f"</{block}>"):
            return None
    return None


def _is_whole(day: str) -> bool:
    try:
        return len(day) == len("AAAA-MM-JJ") and bool(date.fromisoformat(day))
    except ValueError:
        return False


def _usable(change: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Change whole dates only: those already broken stay as they are."""
    return lambda day: change(day) if _is_whole(day) else day


def dossiers() -> tuple[Kind, ...]:
    """Pôle emploi's monthly file."""
    last, tag = "DATE_DERNIER_ENT", ("ppae", "date-dernier-ent")
    birth = ("individu", "date-naissance")
    return (
        _tag("nir_cle", "NIR", Code.NIR_KEY, ("individu", "nir"), wrong_key),
        _tag("nir_format", "NIR", Code.NIR_FORMAT, ("individu", "nir"), too_short),
        _tag("date_impossible", "DATE_NAISSANCE", Code.IMPOSSIBLE_DATE, birth, impossible),
        _tag("valeur_manquante", "DATE_NAISSANCE", Code.MISSING_VALUE, birth, lambda _: None),
        _tag("entretien_absent", last, None, tag, _usable(lambda _: None)),
        _tag("entretien_vide", last, None, tag, _usable(lambda _: "")),
        _tag("entretien_tronque", last, Code.UNUSABLE_DATE, tag, _usable(lambda day: day[:4])),
        _tag("octet_cp1252", "PRENOM", Code.CP1252_BYTE, ("individu", "prenom"), marked),
        Kind(TWICE, None, Code.DUPLICATE_ROW, lambda _: True, lambda lines, _: lines),
    )


def born_unusable() -> Kind:
    """The last interviews that are unusable in the clean file already: they must be reported too."""
    block, opening = "ppae", "<date-dernier-ent>"

    def fits(lines: Record) -> bool:
        at = _found(lines, block, opening)
        text = "" if at is None else lines[at].strip()[len(opening) : -len(opening) - 1]
        return bool(text) and not _is_whole(text)

    return Kind(
        "entretien_inexploitable",
        "DATE_DERNIER_ENT",
        Code.UNUSABLE_DATE,
        fits,
        lambda lines, _: lines,
    )


def beneficiaries() -> tuple[Kind, ...]:
    """Households of the CAF or of the MSA: one of their persons is spoiled."""
    who = "Identification"
    return (
        _tag("nir_cle", "NIR", Code.NIR_KEY, (who, "NIR"), wrong_key),
        _tag("nir_format", "NIR", Code.NIR_FORMAT, (who, "NIR"), too_short),
        _tag("date_impossible", "DTNAI", Code.IMPOSSIBLE_DATE, (who, "DTNAI"), impossible),
        _tag("valeur_manquante", "DTNAI", Code.MISSING_VALUE, (who, "DTNAI"), lambda _: None),
        _tag("octet_cp1252", "PRENOM", Code.CP1252_BYTE, (who, "PRENOM"), marked),
    )


def requests() -> tuple[Kind, ...]:
    """New requests and their contacts."""
    who, ways = "Identification", "ModesContacts"
    return (
        _tag("nir_cle", "NIR", Code.NIR_KEY, (who, "NIR"), wrong_key),
        _tag("nir_format", "NIR", Code.NIR_FORMAT, (who, "NIR"), too_short),
        _tag("date_impossible", "DTNAI", Code.IMPOSSIBLE_DATE, (who, "DTNAI"), impossible),
        _tag("telephone", "NUMTEL", Code.PHONE, (ways, "NUMTEL"), lambda _: "0000000000"),
        _tag("courriel", "ADRELEC", Code.EMAIL, (ways, "ADRELEC"), lambda _: "a@example"),
    )
