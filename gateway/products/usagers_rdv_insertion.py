"""The users list of RDV-Insertion: an XLSX whose every cell is text (rdv-insertion.md §0.2 and §2).

1. One row per `ID_CD` of the conseil départemental's own last file: RDV-Insertion is where it invites the
   people it follows, and nobody else's name leaves.
2. Text only, and XLSX only: read from a CSV, its dates lose their order and its numbers their zeros.
3. A column is named as RDV-Insertion's own examples name it; a département says its own names, and the name
   of its sheet, in its settings (`named_as`).
4. Contacts are those of the contact feed, under the same rules: mobile first, what was refused left out.
5. What we do not keep is not there: Civilité, address, Pôle emploi's identifier.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from gateway.errors import Misconfigured
from gateway.habilitation import Format, Gate
from gateway.products import contacts_rdv_insertion, shapes
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product

NAME = "usagers-rdv-insertion"
ID_CD = "ID IODAS"
# what the feed calls it → what the département reads
NAMED: Mapping[str, str] = {
    "MATRICULE": "N° CAF",
    "LAST": "Nom bénéficiaire",
    "FIRST": "Prénom bénéficiaire",
    "BIRTH": "Date de Naissance",
    "ROLE": "Rôle",
    "NIR": "NIR",
    "ID_CD": ID_CD,
    "EMAIL": "Adresses Mails",
    "PHONE": "N° Téléphones",
}
COLUMNS = tuple(NAMED.values())
_CONTACT = ("PHONE", "EMAIL")
_CODES = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}
ROLES = {"DEM": "Demandeur", "CJT": "Conjoint"}
SHAPES = {
    "N° CAF": shapes.MATRICULE,
    "Date de Naissance": r"(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/[0-9]{4}",
    "Rôle": r"Demandeur|Conjoint",
    "NIR": shapes.NIR,
    "Adresses Mails": shapes.EMAIL,
    "N° Téléphones": shapes.PHONE,
}


def reached(contacts: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """SUBJECT, MATRICULE, ROLE, NIR, EMAIL and PHONE of each row of the contact file, consent honoured."""
    usable = contacts_rdv_insertion.usable(contacts, said)
    return usable.select(
        "SUBJECT",
        "MATRICULE",
        pl.col(contacts_rdv_insertion.ROLE).replace(_CODES).alias("ROLE"),
        "NIR",
        pl.col(contacts_rdv_insertion.EMAIL).alias("EMAIL"),
        pl.col(contacts_rdv_insertion.PHONE).alias("PHONE"),
    )


def joined(
    followed: pl.DataFrame, contacts: pl.DataFrame, index: pl.DataFrame, persons: pl.DataFrame
) -> pl.DataFrame:
    """The columns of `NAMED` for each ID_CD of `followed`, then for whom only the contact file names.

    `index` tells names, birth and role by SUBJECT; `persons`, whose subjects are one PERSON.
    """
    who = index.select(
        "SUBJECT",
        pl.coalesce("USED_NAME", "BIRTH_NAME").alias("LAST"),
        "FIRST",
        "BIRTH",
        "ROLE",
    )
    person = pl.coalesce("PERSON", "SUBJECT").alias("PERSON")  # a subject no crossing has seen yet
    own = (
        followed.select("SUBJECT", "ID_CD", "MATRICULE", "NIR")
        .sort("ID_CD", "MATRICULE", "NIR", nulls_last=True)
        .unique("ID_CD", keep="first", maintain_order=True)
        .join(who, on="SUBJECT", how="left")
        .join(persons, on="SUBJECT", how="left")
        .with_columns(person)
    )
    theirs = (
        contacts.join(persons, on="SUBJECT", how="left")
        .with_columns(person)
        .sort(*_CONTACT, "MATRICULE", "NIR", "SUBJECT", nulls_last=True)
        .unique("PERSON", keep="first", maintain_order=True)
    )
    both = own.join(theirs, on="PERSON", how="full", suffix="_CNAF")
    known = [pl.coalesce(name, f"{name}_CNAF").alias(name) for name in ("MATRICULE", "NIR", "ROLE")]
    return both.with_columns(known).select(list(NAMED))


def sheet(people: pl.DataFrame, departement: str) -> pl.DataFrame:
    """The sheet of `people`: the columns of `NAMED`, BIRTH a date, ROLE a code; no ID_CD, not followed."""
    told = people.select(
        pl.col("BIRTH").dt.strftime("%d/%m/%Y").alias(name)
        if column == "BIRTH"
        else pl.col(column).replace(ROLES if column == "ROLE" else {}).alias(name)
        for column, name in NAMED.items()
    )
    return told.sort(COLUMNS, nulls_last=True).with_columns(
        pl.lit(departement).alias(DEPARTEMENT), pl.col(ID_CD).is_not_null().alias(FOLLOWED)
    )


def arrange(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per ID_CD, as exact duplicates are to RDV-Insertion; nothing to do without it."""
    if ID_CD not in rows.columns:
        return rows
    return rows.unique([ID_CD], keep="first", maintain_order=True).sort(ID_CD)


def named_as(sheet_name: str, headers: Mapping[str, str]) -> Product:
    """The list under the names of one département. Raises `Misconfigured`."""
    unknown = sorted(set(headers) - set(COLUMNS))
    written = Counter(headers.get(name, name) for name in COLUMNS)
    twice = sorted(name for name, count in written.items() if count > 1)
    if unknown or twice:
        raise Misconfigured(
            "[[users_lists]] : "
            + " ; ".join(
                [f"colonne inconnue « {name} »" for name in unknown]
                + [f"deux colonnes nommées « {name} »" for name in twice]
            )
        )
    return replace(PRODUCT, sheet_name=sheet_name, headers=dict(headers))


PRODUCT = Product(
    name=NAME,
    title="Liste des usagers pour RDV-Insertion",
    columns=COLUMNS,
    flows=("cd-parcours", "cnaf-contacts", "cnaf-instructions"),
    stands_on=(Ground.PERSONS, Ground.CD, Ground.CONTACTS),
    heeds=(Ground.CONSENTS,),
    file_pattern="USAGERS_{departement}_{jour:%Y%m%d}",
    key=(ID_CD,),
    gate=Gate.CD,
    formats=(Format.XLSX,),
    arrange=arrange,
    shapes=SHAPES,
    sheet_name="Usagers",
)
