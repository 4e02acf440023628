"""File numbers given by CAF, CD and Pôle emploi.

- MATRICULE: 7 characters. A spreadsheet loses leading zeros: they are put back. Fifteen
  characters ending in eight zeros are the same number as the CNAF XML writes it.
- NUMDEMRSA: 11 characters; one to three lost leading zeros are put back.
- PE identifier: 11 characters (region first or last), or the 8 of the short form, which the CNAF writes
  and which two files of different ages share. A letter in eighth place ends a short form whose three
  figures of region follow; otherwise the region comes first.
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


MATRICULE = Form(_matricule, (Fault(Code.WRONG_FORMAT, matching("[0-9A-Z]{7}")),))
NUMDEMRSA = Form(_numdemrsa, (Fault(Code.WRONG_FORMAT, matching("[0-9A-Z]{11}")),))
PE_IDENTIFIER = Form(
    _compact, (Fault(Code.WRONG_FORMAT, matching("[0-9]{7}[0-9A-Z](?:[0-9A-Z]{3})?")),)
)


def short_pe_identifier(text: pl.Expr) -> pl.Expr:
    """Give the 8 characters of the short form, or null where they cannot be told."""
    return pl.coalesce(
        text.str.extract("^([0-9]{7}[A-Z])[0-9]{3}$"),
        text.str.extract("^[0-9]{3}([0-9]{7}[0-9A-Z])$"),
        text.str.extract("^([0-9]{7}[0-9A-Z])$"),
    )
