"""The independent look at a finished file, against its grant, before it is sealed.

It shares no code with the writers and trusts none of them: `readback` reads the bytes with other libraries.
Checks, in order:
1. the grant is in force, and the file reads back in the format it opens, with a header and square rows;
2. every column is granted, and none comes twice;
3. the number of rows is the one announced;
4. every row is of somebody the recipient may read (`allowed`, found by another path than the sheet); it
   cannot be told of a file whose grant opens no key;
5. no value shaped like a NIR outside a granted NIR column;
6. no cell that a spreadsheet would run.
A message names a column or a count, never a value.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from gateway.errors import NotAuthorised
from gateway.habilitation import Gate, Grant
from gateway.products.product import Product
from gateway.products.readback import read_back

KEY_SEPARATOR = "\x1f"
_GAPS = re.compile(r"(?<=[0-9ABab])[ .\u00a0\u202f-](?=[0-9ABab])")
_NIR = re.compile(
    r"(?<![0-9])[1-478][0-9]{2}(0[1-9]|1[0-2]|[2-9][0-9])([0-9]{2}|2[ABab])[0-9]{6}([0-9]{2})?(?![0-9])"
)
# Its 32 hexadecimal digits hold runs that look like a NIR by chance; its epoch is looked at like any text.
_PSEUDONYM = re.compile(r"\Ap1\.([0-9a-z-]{1,16})\.[0-9a-f]{32}\Z")
_FORMULA = re.compile(r"[ \u00a0\u202f\u3000\u200b\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def key_of(cells: Sequence[str | None]) -> str:
    """One text for the cells that name whose row it is, in the order of `Product.key`."""
    return KEY_SEPARATOR.join(cell or "" for cell in cells)


def check_extract(
    body: bytes,
    grant: Grant,
    product: Product,
    *,
    rows: int,
    on: date,
    allowed: frozenset[str] | None,
) -> None:
    """Raise `NotAuthorised` unless the file holds what its grant allows, and `rows` rows of `allowed`."""
    check_days(grant, on)
    header, records = read_back(body, grant.format)
    names = _named(header, product.headers)
    check_header(names, grant)
    check_square(names, records)
    check_count(records, rows)
    check_keys(names, records, product, allowed)
    for name, cells in zip(names, zip(*records, strict=True), strict=False):
        check_nirs(name, cells, product)
        check_formulas(name, cells)


def check_days(grant: Grant, on: date) -> None:
    """The grant is in force on the day."""
    if on < grant.issued or on > grant.expires:
        raise NotAuthorised("le droit d'accès n'est pas en vigueur à cette date")


def check_header(names: Sequence[str], grant: Grant) -> None:
    """Granted columns, each once."""
    extra = sum(name not in grant.columns for name in names)
    if extra:
        raise NotAuthorised(
            f"l'extrait contrôlé a {extra} colonne(s) que l'habilitation n'ouvre pas"
        )
    if len(set(names)) < len(names):
        raise NotAuthorised("l'extrait contrôlé répète une colonne")


def check_square(names: Sequence[str], records: Sequence[Sequence[str]]) -> None:
    """As many cells in each row as in the header."""
    if any(len(record) != len(names) for record in records):
        raise NotAuthorised(
            "l'extrait contrôlé a des lignes plus courtes ou plus longues que l'en-tête"
        )


def check_count(records: Sequence[Sequence[str]], rows: int) -> None:
    """As many rows as announced."""
    if len(records) != rows:
        raise NotAuthorised(f"l'extrait contrôlé a {len(records)} lignes, {rows} étaient annoncées")


def check_keys(
    names: Sequence[str],
    records: Sequence[Sequence[str]],
    product: Product,
    allowed: frozenset[str] | None,
) -> None:
    """Only rows of whom the recipient may read."""
    if product.gate is Gate.NOBODY:
        return
    if allowed is None:
        raise NotAuthorised(
            "personne n'a dit quelles personnes le destinataire suit : rien ne sort"
        )
    if not product.key or any(name not in names for name in product.key):
        return
    places = [names.index(name) for name in product.key]
    told = (key_of([_bare(record[place]) for place in places]) for record in records)
    others = sum(key not in allowed for key in told)
    if others:
        raise NotAuthorised(
            f"l'extrait contrôlé a {others} ligne(s) de personnes que le destinataire ne suit pas"
        )


def check_nirs(name: str, cells: Sequence[str], product: Product) -> None:
    """Nothing shaped like a NIR where none may stand."""
    nirs = 0 if name in product.nirs else sum(_holds_nir(cell) for cell in cells)
    if nirs:
        raise NotAuthorised(f"la colonne {name} contient {nirs} valeur(s) en forme de NIR")


def check_formulas(name: str, cells: Sequence[str]) -> None:
    """Nothing that a spreadsheet would run."""
    formulas = sum(_FORMULA.match(cell) is not None for cell in cells)
    if formulas:
        raise NotAuthorised(f"la colonne {name} contient {formulas} formule(s) de tableur")


def _named(header: Sequence[str], headers: Mapping[str, str]) -> list[str]:
    """The columns of the product, whatever a département calls them."""
    columns = {written: name for name, written in headers.items()}
    return [columns.get(written, written) for written in header]


def _bare(cell: str) -> str:
    """A key as its partner writes it: without the apostrophe that keeps a spreadsheet from running it."""
    disarmed = cell.startswith("'") and _FORMULA.match(cell[1:]) is not None
    return cell[1:] if disarmed else cell


def _holds_nir(cell: str) -> bool:
    cell = _PSEUDONYM.sub(r"\1", cell)
    return _NIR.search(_GAPS.sub("", cell)) is not None or _NIR.search(cell) is not None
