"""File numbers given by CAF, CD and Pôle emploi.

- MATRICULE: 7 characters at a CAF. A spreadsheet loses leading zeros: they are put back. Fifteen
  characters ending in eight zeros are the same number as the CNAF XML writes it. Fifteen other
  figures are a number of the MSA, kept whole; a contract of CAF numbers only says so by its pattern.
- NUMDEMRSA: 11 characters; one to three lost leading zeros are put back.
- PE identifier: 11 characters (region first or last), or the 8 of the short form, which the CNAF writes
  and which two files of different ages share. A letter in eighth place ends a short form whose three
  figures of region follow; otherwise the region comes first.
"""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, Step, matching, once, without_blanks


def _compact(text: pl.Expr) -> pl.Expr:
    return without_blanks(text).str.to_uppercase()


def _matricule(text: pl.Expr) -> pl.Expr:
    return once(once(_compact(text), _without_padding), _zeros_put_back("[0-9]{1,6}", 7))


def _numdemrsa(text: pl.Expr) -> pl.Expr:
    return once(_compact(text), _zeros_put_back("[0-9]{8,10}", 11))


def _without_padding(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains("^.{7}0{8}$")).then(text.str.slice(0, 7)).otherwise(text)


def _zeros_put_back(lost: str, length: int) -> Step:
    return lambda short: (
        pl.when(matching(lost)(short)).then(short.str.zfill(length)).otherwise(short)
    )


MATRICULE = Form(_matricule, (Fault(Code.WRONG_FORMAT, matching("[0-9A-Z]{7}|[0-9]{15}")),))
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
