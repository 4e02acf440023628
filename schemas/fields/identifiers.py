"""File numbers given by CAF, CD and Pôle emploi.

- MATRICULE: 7 characters at a CAF. A spreadsheet loses leading zeros: they are put back. Fifteen
  characters ending in eight zeros are the same number as the CNAF XML writes it. Fifteen other
  figures are a number of the MSA, kept whole; a contract of CAF numbers only says so by its pattern.
- NUMDEMRSA: 11 characters; one to three lost leading zeros are put back.
- PE identifier: 11 characters (region first or last), or the 8 of the short form.
"""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks


def _compact(text: pl.Expr) -> pl.Expr:
    return without_blanks(text).str.to_uppercase()


def _matricule(text: pl.Expr) -> pl.Expr:
    short = _compact(text).str.replace("^(.{7})0{8}$", "${1}")
    lost = short.str.contains("^[0-9]{1,6}$")
    return pl.when(lost).then(short.str.zfill(7)).otherwise(short)


def _numdemrsa(text: pl.Expr) -> pl.Expr:
    short = _compact(text)
    lost = short.str.contains("^[0-9]{8,10}$")
    return pl.when(lost).then(short.str.zfill(11)).otherwise(short)


MATRICULE = Form(_matricule, (Fault(Code.WRONG_FORMAT, matching("[0-9A-Z]{7}|[0-9]{15}")),))
NUMDEMRSA = Form(_numdemrsa, (Fault(Code.WRONG_FORMAT, matching("[0-9A-Z]{11}")),))
PE_IDENTIFIER = Form(
    _compact, (Fault(Code.WRONG_FORMAT, matching("[0-9]{7}[0-9A-Z](?:[0-9A-Z]{3})?")),)
)
