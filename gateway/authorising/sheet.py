"""The matrix as a spreadsheet reads it: CSV in UTF-8 with BOM, `;` between cells.

A cell that a spreadsheet would run begins with an apostrophe instead: names are typed by people.
"""

import csv
import io

from gateway.habilitation.matrix import Matrix, Opening
from gateway.products.cells import disarm


def matrix_csv(found: Matrix) -> bytes:
    """One line per column of a product, one column per organisation."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    heads = [f"{one.name} ({one.siret})" for one in found.organisations]
    writer.writerow([disarm(cell) for cell in ("Produit", "Colonne", *heads)])
    for row in found.rows:
        cells = [
            " + ".join(_told(one) for one in row.cells.get(each.siret, ()))
            for each in found.organisations
        ]
        writer.writerow([disarm(cell) for cell in (row.product, row.column, *cells)])
    return out.getvalue().encode("utf-8-sig")


def _told(one: Opening) -> str:
    where = ", ".join(one.departements)
    return f"{one.habilitation} v{one.version} : {where}, jusqu'au {one.until:%d/%m/%Y}"
