"""What is computed from another column of the same row, by name: `derive_de` and `derivation`.

A derivation takes the normalised text of its source and gives a text, or null when it cannot say.
"""

from collections.abc import Mapping

from schemas.fields.exits import is_harmless_exit
from schemas.fields.form import Step
from schemas.fields.identifiers import short_pe_identifier
from schemas.fields.suspensions import suspension_length

DERIVATIONS: Mapping[str, Step] = {
    "duree-suspension": suspension_length,
    "identifiant-pe-court": short_pe_identifier,
    "sortie-sans-rupture": is_harmless_exit,
}
