"""The contact feed of RDV-Insertion: a CSV it loads as it is (rdv-insertion.md §0.1 and §1).

1. One row per (MATRICULE, role) with a usable phone or e-mail among the columns of the grant.
2. Order: MATRICULE, then DEMANDEUR, then CONJOINT. The first row of a MATRICULE is the one read when
   the NIR does not tell, so the demandeur comes first.
3. Phones: the first 06/07 in column 1 and the other in column 2; the same number once; a lone
   number in column 1.
4. `;`, LF, no quotes, ASCII, header names to the letter, MATRICULE on 7 characters.
5. An e-mail that RDV-Insertion would put in error (a local part of one letter, an apostrophe), that a
   spreadsheet would run (= + - @ first), or that holds something like a NIR, is left out: one person must
   not be able to stop the feed of a département. Anything else of the kind is a mistake of ours, and stops it.
6. Whoever refused a phone or an e-mail is reached by the other only (`consent`): RDV-Insertion never looks
   at consent.
"""

import polars as pl

from gateway.products import shapes
from gateway.products.cells import UnsafeCell, runs
from gateway.products.consent import without_refused
from gateway.products.product import DEPARTEMENT, FOLLOWED, Dialect, Ground, Product

NAME = "contacts-rdv-insertion"
PHONE, PHONE_2 = "NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER"
EMAIL, ROLE = "ADRESSE ELECTRONIQUE DOSSIER", "ROLE PERSONNE"
REQUEST = "NUMERO DEMANDE RSA"
COLUMNS = ("MATRICULE", "NIR", PHONE, PHONE_2, EMAIL)
CONTACTS = (PHONE, PHONE_2, EMAIL)
ROLES = {"DEMANDEUR": 0, "CONJOINT": 1}
_MATRICULE, _ROLE = "_MATRICULE", "_ROLE"  # whose row it is, whatever the grant opens

# every written cell is empty or has the shape of its column
SHAPES = {
    "MATRICULE": shapes.MATRICULE,
    "NIR": shapes.NIR,
    PHONE: shapes.PHONE,
    PHONE_2: shapes.PHONE,
    EMAIL: shapes.EMAIL,
}
# its user model wants a local part of two characters at least: another puts the row in error
_ONE_LETTER = r"\A[^@]?@"


def sheet(
    contacts: pl.DataFrame, departement: str, said: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The sheet of `contacts`: MATRICULE, ROLE PERSONNE, NIR, NUMERO DEMANDE RSA, the three of contact.

    `said`: what the instructions say of consent (`consent.said_in`), None when none was ever received.

    Phones are national (0XXXXXXXXX) or null, e-mails lower-case or null. Other columns are ignored.
    Raises `UnsafeCell` for a row without MATRICULE.
    """
    nameless = contacts.get_column("MATRICULE").fill_null("").eq("").sum()
    if nameless:
        raise UnsafeCell(f"{nameless} cells of MATRICULE have not the shape of the column")
    key = pl.col("MATRICULE").alias(_MATRICULE), pl.col(ROLE).alias(_ROLE)
    rank = pl.col(_ROLE).replace_strict(ROLES, default=len(ROLES), return_dtype=pl.Int8)
    return (
        usable(contacts, said)
        .select(*COLUMNS, *key)
        .with_columns(pl.lit(departement).alias(DEPARTEMENT), pl.lit(value=True).alias(FOLLOWED))
        .sort("MATRICULE", rank, _ROLE, "NIR", *CONTACTS, nulls_last=True)
    )


def usable(contacts: pl.DataFrame, said: pl.DataFrame | None = None) -> pl.DataFrame:
    """Put phones where they belong; leave out what was refused and what cannot be used."""
    if said is not None:
        contacts = without_refused(
            contacts,
            said,
            request=REQUEST,
            matricule="MATRICULE",
            phones=(PHONE, PHONE_2),
            emails=(EMAIL,),
        )
    return (
        contacts.with_columns(pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in CONTACTS)
        .with_columns(_phones())
        .with_columns(pl.when(_may_leave(pl.col(EMAIL))).then(pl.col(EMAIL)).alias(EMAIL))
    )


def arrange(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out who cannot be reached by what is granted, then keep one row per MATRICULE and role."""
    reachable = [pl.col(name).is_not_null() for name in CONTACTS if name in rows.columns]
    there = rows.filter(pl.any_horizontal(pl.lit(value=False), *reachable))
    return there.unique([_MATRICULE, _ROLE], keep="first", maintain_order=True)


def _may_leave(email: pl.Expr) -> pl.Expr:
    holds_nir = email.str.replace_all("[.-]", "").str.contains("[0-9]{6}[0-9ABab][0-9]{6}")
    in_error = email.str.contains(_ONE_LETTER) | email.str.contains("'", literal=True)
    return ~runs(email) & ~holds_nir & ~in_error


def _phones() -> tuple[pl.Expr, pl.Expr]:
    first, second = pl.col(PHONE), pl.col(PHONE_2)
    is_mobile = (number.str.contains("^0[67]").fill_null(value=False) for number in (first, second))
    first_is_mobile, second_is_mobile = is_mobile
    swap = first.is_null() | (second_is_mobile & ~first_is_mobile)
    main = pl.when(swap).then(second).otherwise(first)
    other = pl.when(swap).then(first).otherwise(second)
    return main.alias(PHONE), pl.when(other != main).then(other).alias(PHONE_2)


PRODUCT = Product(
    name=NAME,
    title="Contacts nettoyés pour RDV-Insertion",
    columns=COLUMNS,
    flows=("cnaf-contacts", "cnaf-instructions"),
    stands_on=(Ground.CONTACTS,),
    heeds=(Ground.CONSENTS,),
    file_pattern="CONTACTS_{departement}_{jour:%Y%m%d}",
    key=("MATRICULE",),
    arrange=arrange,
    shapes=SHAPES,
    dialect=Dialect(bom=False, line_terminator="\n"),
)
