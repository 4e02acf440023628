"""What every describer does with a frame: check it, and name its rows by the number of their person."""

from collections.abc import Mapping

import polars as pl

NUMBER = "RANG"


def check_columns(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> None:
    """Raise `ValueError` unless the frame has these columns with these types, and nobody is nameless."""
    wrong = [name for name, kind in schema.items() if frame.schema.get(name) != kind]
    if wrong:
        raise ValueError(f"missing or mistyped columns: {', '.join(wrong)}")
    if frame["PERSONNE"].null_count():
        raise ValueError("rows without PERSONNE cannot be crossed")


def numbered(
    frame: pl.DataFrame, people: pl.DataFrame, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The columns of `schema` for the people who have a number, with it in place of PERSONNE."""
    check_columns(frame, schema)
    return (
        frame.select(*schema)
        .join(people.select(NUMBER, "PERSONNE"), on="PERSONNE", how="inner")
        .drop("PERSONNE")
    )
