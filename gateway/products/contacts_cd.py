"""How a conseil départemental may reach the people of its own last file: the CNAF's contacts, cleaned.

1. One row per ID_CD with a usable phone or e-mail among the columns of the grant. Matched through who is who:
   no CAF number and no NIR leave, the CD's own identifier is enough.
2. Phones and e-mails as for RDV-Insertion: the first 06/07 first, the same number once, an e-mail that a
   spreadsheet would run or that holds something like a NIR left out.
3. Whoever refused a phone or an e-mail has none here (`gateway.products.consent`), the whole household.
4. Of several rows about one person the last application is read, then the last CAF number.
5. `DATE_CONTACTS`: the day the contact file speaks of; what is older than the CD's own may be wrong.
"""

from datetime import date

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.products import shapes
from gateway.products.contacts_rdv_insertion import CONTACTS, EMAIL, PHONE, PHONE_2, usable
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product

NAME = "contacts-cd"
REACHED_BY = {PHONE: "TELEPHONE", PHONE_2: "TELEPHONE_2", EMAIL: "COURRIEL"}
COLUMNS = ("ID_CD", *REACHED_BY.values(), "DATE_CONTACTS")
_LATEST = ("NUMERO DEMANDE RSA", "MATRICULE", *CONTACTS)


def sheet(
    people: pl.DataFrame,
    contacts: pl.DataFrame,
    said: pl.DataFrame,
    *,
    departement: str,
    reference: date,
) -> pl.DataFrame:
    """One row per person of the contact file. `people`: PERSON, ID_CD (null: not in the CD's last file).

    `contacts`: PERSON, NUMERO DEMANDE RSA, MATRICULE, phones (national or null) and e-mail; `said`: what the
    instructions say of consent (`consent.said_in`).
    """
    told = (
        usable(contacts, said)
        .sort("PERSON", *_LATEST, nulls_last=False)
        .unique("PERSON", keep="last", maintain_order=True)
    )
    return (
        told.join(people, on="PERSON", how="left")
        .with_columns(
            pl.lit(reference.isoformat()).alias("DATE_CONTACTS"),
            pl.lit(departement).alias(DEPARTEMENT),
            pl.col("ID_CD").is_not_null().alias(FOLLOWED),
        )
        .rename(REACHED_BY)
        .sort("ID_CD", "PERSON", nulls_last=True)
        .select(*COLUMNS, DEPARTEMENT, FOLLOWED)
    )


def arrange(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out who cannot be reached by what is granted."""
    reachable = [pl.col(name).is_not_null() for name in REACHED_BY.values() if name in rows.columns]
    return rows.filter(pl.any_horizontal(pl.lit(value=False), *reachable))


PRODUCT = Product(
    name=NAME,
    title="Contacts nettoyés des personnes que suit le département",
    columns=COLUMNS,
    flows=("cd-parcours", "cnaf-contacts", "cnaf-instructions"),
    stands_on=(Ground.PERSONS, Ground.CD, Ground.CONTACTS),
    heeds=(Ground.CONSENTS,),
    file_pattern="CONTACTS_CD_{departement}_{jour:%Y%m%d}",
    key=("ID_CD",),
    gate=Gate.CD,
    formats=(Format.CSV, Format.XLSX, Format.JSONL, Format.PARQUET),
    arrange=arrange,
    shapes={
        "TELEPHONE": shapes.PHONE,
        "TELEPHONE_2": shapes.PHONE,
        "COURRIEL": shapes.EMAIL,
        "DATE_CONTACTS": shapes.DAY,
    },
    nirs=(),
)
