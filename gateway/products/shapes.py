"""What the cells of a key column look like, as every product writes them: checked at the end, cell by cell."""

from typing import Final

DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
# Thirteen characters, or fifteen with the key; the département of birth may be 2A or 2B.
NIR: Final = r"[0-9]{5}[0-9AB]{2}[0-9]{6}([0-9]{2})?"
MATRICULE: Final = r"[0-9A-Z]{7}"  # the CNAF's
PHONE: Final = r"0[1-9][0-9]{8}"
EMAIL: Final = r"[!#-:<-~]+@[!#-:<-~]+"  # no quote, no semicolon
