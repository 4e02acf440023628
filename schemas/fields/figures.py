"""Booleans and amounts, kept as text: what they count is never computed here.

- Boolean: `0`, `1`.
- Amount: euros with a decimal point, zero-padded by the CNAF (`0001675.00`), given without its padding.
- UUID: RFC 9562, lower case.
"""

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks

BOOLEAN = Form(without_blanks, (Fault(Code.NOT_IN_LIST, matching("[01]")),))
AMOUNT = Form(
    lambda text: without_blanks(text).str.replace("^(-?)0+([0-9])", "${1}${2}"),
    (Fault(Code.WRONG_FORMAT, matching(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?")),),
)
UUID = Form(
    lambda text: without_blanks(text).str.to_lowercase(),
    (Fault(Code.WRONG_FORMAT, matching("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),),
)
