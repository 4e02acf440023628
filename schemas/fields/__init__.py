"""Field types, each written once: a contract names them in `forme`.

`date` and `date_souple` depend on the column's formats; `form_of` builds them.
"""

from schemas.codes import Code
from schemas.contract import Column
from schemas.fields.dates import date_form
from schemas.fields.email import EMAIL
from schemas.fields.figures import AMOUNT, BOOLEAN, UUID
from schemas.fields.form import Form
from schemas.fields.identifiers import MATRICULE, NUMDEMRSA, PE_IDENTIFIER
from schemas.fields.nir import NIR
from schemas.fields.phone import PHONE
from schemas.fields.places import COMMUNE, DEPARTEMENT
from schemas.fields.siret import SIRET
from schemas.fields.text import TEXT

_FIXED = {
    "texte": TEXT,
    "nir": NIR,
    "matricule": MATRICULE,
    "numdemrsa": NUMDEMRSA,
    "identifiant-pe": PE_IDENTIFIER,
    "telephone": PHONE,
    "courriel": EMAIL,
    "commune": COMMUNE,
    "departement": DEPARTEMENT,
    "siret": SIRET,
    "booleen": BOOLEAN,
    "montant": AMOUNT,
    "uuid": UUID,
}
_DATES = {"date": Code.IMPOSSIBLE_DATE, "date_souple": Code.UNUSABLE_DATE}

FORMS = frozenset({*_FIXED, *_DATES})


def form_of(column: Column) -> Form:
    """Give the field type of a column."""
    if column.form in _DATES:
        return date_form(column.formats, minimum=column.minimum, code=_DATES[column.form])
    return _FIXED[column.form]
