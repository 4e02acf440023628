"""Defects of delimited files, flow by flow: cells by their column, lines by their width."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.codes import Code
from schemas.generator import cd, cnaf
from schemas.generator.flows import lists, spie
from schemas.generator.spoiling.kinds import (
    TWICE,
    Fits,
    Kind,
    Record,
    impossible,
    marked,
    too_short,
    wrong_key,
)
from schemas.generator.wishes import Layout

_STRANGER = "1500101990001"  # a NIR nobody was given: there is no such town


def _cell(
    name: str,
    column: str,
    code: Code | None,
    columns: Sequence[str],
    change: Callable[[str], str],
    *,
    fits: Callable[[str], bool] = bool,
) -> Kind:
    """Spoil one cell, when it holds what `change` needs."""
    at = list(columns).index(column)

    def holds(cells: Record) -> bool:
        return len(cells) == len(columns) and fits(cells[at]) and change(cells[at]) != cells[at]

    return Kind(
        name,
        column,
        code,
        holds,
        lambda cells, _: [*cells[:at], change(cells[at]), *cells[at + 1 :]],
    )


def _shapes(*, short: int = 1) -> tuple[Kind, ...]:
    """Rows too short and too long."""
    return (
        Kind("ligne_courte", None, Code.SHORT_ROW, lambda _: True, lambda cells, _: cells[:-short]),
        Kind(
            "ligne_longue",
            None,
            Code.LONG_ROW,
            lambda _: True,
            lambda cells, _: [*cells, "SURPLUS"],
        ),
    )


def _repeated() -> Kind:
    return Kind(TWICE, None, Code.DUPLICATE_ROW, lambda _: True, lambda cells, _: cells)


def _quoted(column: str, columns: Sequence[str]) -> Kind:
    return _cell(
        "retour_ligne_entre_guillemets",
        column,
        Code.QUOTED_NEWLINE,
        columns,
        lambda word: f'"{word}\nSUITE"',
    )


def _nirs(column: str, columns: Sequence[str]) -> tuple[Kind, ...]:
    return (
        _cell("nir_cle", column, Code.NIR_KEY, columns, wrong_key),
        _cell("nir_format", column, Code.NIR_FORMAT, columns, too_short),
    )


def contacts() -> tuple[Kind, ...]:
    """The contact file of the CNAF."""
    c = cnaf.COLUMNS
    return (
        *_nirs("NIR", c),
        _cell("date_impossible", "DATE DEMANDE RSA", Code.IMPOSSIBLE_DATE, c, impossible),
        _cell("valeur_manquante", "MATRICULE", Code.MISSING_VALUE, c, lambda _: ""),
        _cell("code_hors_liste", "ROLE PERSONNE", Code.NOT_IN_LIST, c, lambda _: "VOISIN"),
        _cell("zeros_perdus", "NUMERO DEMANDE RSA", None, c, _without_zeros, fits=_has_zeros),
        _cell("telephone", "NUMERO TELEPHONE DOSSIER", Code.PHONE, c, lambda _: "0000000000"),
        _cell("courriel", "ADRESSE ELECTRONIQUE DOSSIER", Code.EMAIL, c, lambda _: "a@example"),
        _cell("octet_cp1252", "NOM RESPONSABLE DOSSIER", Code.CP1252_BYTE, c, marked),
        _quoted("PRENOM RESPONSABLE DOSSIER", c),
        *_shapes(),
        _repeated(),
    )


def journeys() -> tuple[Kind, ...]:
    """The journey file of the département."""
    c = cd.COLUMNS
    at_code, at_kind = c.index("CODE"), c.index("FAIT")

    def oriented(cells: Record) -> bool:
        return cells[at_kind] == "CONTRAT" and bool(cells[at_code])

    return (
        *_nirs("NIR", c),
        _cell("date_impossible", "DATE", Code.IMPOSSIBLE_DATE, c, impossible),
        _cell("valeur_manquante", "ID_CD", Code.MISSING_VALUE, c, lambda _: ""),
        Kind(
            "code_vide",
            "CODE",
            Code.MISSING_VALUE,
            oriented,
            lambda cells, _: [*cells[:at_code], "", *cells[at_code + 1 :]],
        ),
        _cell("fait_inconnu", "FAIT", Code.NOT_IN_LIST, c, lambda _: "ENTRETIEN"),
        _cell("code_hors_liste", "STATUT", Code.NOT_IN_LIST, c, lambda _: "PEUT_ETRE"),
        _cell("zeros_perdus", "NUMDEMRSA", None, c, _without_zeros, fits=_has_zeros),
        _quoted("STRUCTURE", c),
        *_shapes(),
    )


def listed(kind: str, layout: Layout) -> tuple[Kind, ...]:
    """One of Pôle emploi's lists."""
    c = lists.columns(kind, layout)
    everywhere = (
        _cell("nir_format", "nir", Code.NIR_FORMAT, c, lambda number: number[:12])
        if "nir2" not in c
        else _cell("nir_differents", "nir2", Code.COLUMNS_DISAGREE, c, lambda _: _STRANGER),
        _cell("date_impossible", "date", Code.IMPOSSIBLE_DATE, c, impossible),
        _cell("valeur_manquante", "prenom", Code.MISSING_VALUE, c, lambda _: ""),
        _cell("zeros_perdus", "identifiantpe", Code.WRONG_FORMAT, c, lambda word: word[1:]),
        _cell("octet_cp1252", "nom", Code.CP1252_BYTE, c, marked),
        *_shapes(short=2),
        _repeated(),
    )
    blank = _cell("code_vide", "code", Code.MISSING_VALUE, c, lambda _: "") if "code" in c else None
    quoted = _quoted("adresse", c) if "adresse" in c else None
    return (*everywhere, *(each for each in (blank, quoted) if each is not None))


def spie_principal() -> tuple[Kind, ...]:
    """The main extract of SPIE; only rows of the RSA are judged, so only those are spoiled."""
    c = spie.COLUMNS
    kinds = (
        _cell("identifiant", "identifiant_unique_de", Code.WRONG_FORMAT, c, lambda word: word[:-1]),
        _cell("date_impossible", "date_naissance", Code.IMPOSSIBLE_DATE, c, impossible),
        _cell("valeur_manquante", "nom", Code.MISSING_VALUE, c, lambda _: spie.NULL),
        _quoted("struct_principale", c),
        *_shapes(),
    )
    return tuple(replace(kind, fits=_both(kind.fits, _is_ours)) for kind in kinds)


def born_outside() -> Kind:
    """The rows of SPIE that are not of the RSA, in the clean file already: set aside, each reported."""
    return Kind(
        "hors_perimetre",
        "brsa",
        Code.OUT_OF_SCOPE,
        lambda cells: not _is_ours(cells),
        lambda cells, _: cells,
    )


def _is_ours(cells: Record) -> bool:
    return cells[-1] == "O"


def _both(one: Fits, other: Fits) -> Fits:
    return lambda record: one(record) and other(record)


def spie_actions() -> tuple[Kind, ...]:
    """The actions of SPIE."""
    c = spie.ACTION_COLUMNS
    return (
        _cell("identifiant", "identifiant_unique_de", Code.WRONG_FORMAT, c, lambda word: word[:-1]),
        _cell("date_impossible", "date_prescription", Code.IMPOSSIBLE_DATE, c, impossible),
        _quoted("lblaction", c),
        *_shapes(),
    )


def _has_zeros(number: str) -> bool:
    return number.startswith("0") and len(number.lstrip("0")) >= 8


def _without_zeros(number: str) -> str:
    return number.lstrip("0")
