"""The contact feed of RDV-Insertion: a CSV it loads as it is.

1. One row per (MATRICULE, role) with a usable phone or e-mail among the columns of the grant.
2. Order: MATRICULE, then DEMANDEUR, then CONJOINT. The first row of a MATRICULE is the one read when
   the NIR does not tell, so the demandeur comes first.
3. Phones: the first 06/07 in column 1 and the other in column 2; the same number once; a lone
   number in column 1.
4. `;`, LF, no quotes, ASCII, header names to the letter, MATRICULE on 7 characters.
5. An e-mail that a spreadsheet would run (= + - @ first), or that holds something like a NIR, is left
   out: one person must not be able to stop the feed of a département. Anything else of the kind is
   a mistake of ours, and stops it.
"""

import polars as pl

from gateway.habilitation import Grant
from gateway.products.cells import STARTS_A_FORMULA, UnsafeCell, check_cells
from gateway.products.product import Product, granted

NAME = "contacts-rdv-insertion"
PHONE, PHONE_2 = "NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER"
EMAIL, ROLE = "ADRESSE ELECTRONIQUE DOSSIER", "ROLE PERSONNE"
COLUMNS = ("MATRICULE", "NIR", PHONE, PHONE_2, EMAIL)
CONTACTS = (PHONE, PHONE_2, EMAIL)
ROLES = {"DEMANDEUR": 0, "CONJOINT": 1}

# every written cell is empty or has the shape of its column
SHAPES = {
    "MATRICULE": r"^[0-9A-Z]{7}$",
    "NIR": r"^[0-9]{5}[0-9AB]{2}[0-9]{6}([0-9]{2})?$",
    PHONE: r"^0[1-9][0-9]{8}$",
    PHONE_2: r"^0[1-9][0-9]{8}$",
    EMAIL: r"^[!#-:<-~]+@[!#-:<-~]+$",
}


def build(contacts: pl.DataFrame, grant: Grant) -> bytes:
    """Write the feed from `contacts`: MATRICULE, ROLE PERSONNE, NIR and the three contact columns.

    Phones are national (0XXXXXXXXX) or null, e-mails lower-case or null. Other columns are ignored.
    """
    columns = granted(NAME, COLUMNS, grant)
    rows = _ordered(_arranged(contacts.select(*COLUMNS, ROLE)), columns).select(columns)
    _check_shapes(rows)
    check_cells(rows)
    return rows.write_csv(separator=";", line_terminator="\n", quote_style="never").encode("ascii")


def _arranged(contacts: pl.DataFrame) -> pl.DataFrame:
    """Put phones where they belong and leave out what cannot be used."""
    return (
        contacts.with_columns(pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in CONTACTS)
        .with_columns(_phones())
        .with_columns(pl.when(_may_leave(pl.col(EMAIL))).then(pl.col(EMAIL)).alias(EMAIL))
    )


def _may_leave(email: pl.Expr) -> pl.Expr:
    runs = email.str.slice(0, 1).is_in(STARTS_A_FORMULA)
    holds_nir = email.str.replace_all("[.-]", "").str.contains("[0-9]{6}[0-9ABab][0-9]{6}")
    return ~runs & ~holds_nir


def _phones() -> tuple[pl.Expr, pl.Expr]:
    first, second = pl.col(PHONE), pl.col(PHONE_2)
    is_mobile = (number.str.contains("^0[67]").fill_null(value=False) for number in (first, second))
    first_is_mobile, second_is_mobile = is_mobile
    swap = first.is_null() | (second_is_mobile & ~first_is_mobile)
    main = pl.when(swap).then(second).otherwise(first)
    other = pl.when(swap).then(first).otherwise(second)
    return main.alias(PHONE), pl.when(other != main).then(other).alias(PHONE_2)


def _ordered(contacts: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    reachable = [pl.col(name).is_not_null() for name in CONTACTS if name in columns]
    rank = pl.col(ROLE).replace_strict(ROLES, default=len(ROLES), return_dtype=pl.Int8)
    return (
        contacts.filter(pl.any_horizontal(pl.lit(value=False), *reachable))
        .sort("MATRICULE", rank, ROLE, "NIR", *CONTACTS, nulls_last=True)
        .unique(["MATRICULE", ROLE], keep="first", maintain_order=True)
    )


def _check_shapes(rows: pl.DataFrame) -> None:
    for name in rows.columns:
        cells = rows[name].drop_nulls()
        count = (~cells.str.contains(SHAPES[name])).sum()
        missing = rows[name].null_count() if name == "MATRICULE" else 0
        if count or missing:
            raise UnsafeCell(f"{count + missing} cells of {name} have not the shape of the column")


PRODUCT = Product(
    name=NAME,
    title="Contacts nettoyés pour RDV-Insertion",
    columns=COLUMNS,
    flows=("cnaf-contacts",),
    builder=build,
    file_pattern="CONTACTS_{departement}_{jour:%Y%m%d}.csv",
)
