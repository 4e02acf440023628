"""A users list of RDV-Insertion, as its product writes it, of invented people."""

import io
from collections.abc import Sequence

import xlsxwriter

HEADER = (
    "N° CAF", "Civilité", "Nom bénéficiaire", "Prénom bénéficiaire", "Date de Naissance", "Rôle", "NIR",
    "ID IODAS", "Adresses Mails", "N° Téléphones",
)  # fmt: skip


def line(number: int, **changes: str) -> list[str]:
    told = {
        "N° CAF": f"{number:07}",
        "Civilité": "Mme",
        "Nom bénéficiaire": "EXEMPLE",
        "Prénom bénéficiaire": f"Prénom{number}",
        "Date de Naissance": "05/06/1952",
        "Rôle": "Demandeur",
        "ID IODAS": f"IODAS-{number}",
        "Adresses Mails": f"personne.{number}@exemple.org",
        "N° Téléphones": "0612345678",
    }
    return [(told | changes).get(name, "") for name in HEADER]


def workbook(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"strings_to_numbers": False, "in_memory": True})
    sheet = book.add_worksheet("Usagers")
    for number, row in enumerate((header, *rows)):
        sheet.write_row(number, 0, row)
    book.close()
    return body.getvalue()
