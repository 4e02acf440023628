"""A field type asked about one value."""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Form, Step


def verdict(form: Form, text: str) -> tuple[str, Code | None]:
    """Give the canonical text, and the first fault found in it."""
    frame = pl.DataFrame({"x": [text]}).with_columns(form.normalise(pl.col("x")).alias("x"))
    for fault in form.faults:
        if not frame.select(fault.holds(pl.col("x"))).item():
            return frame.item(), fault.code
    return frame.item(), None


def computed(step: Step, text: str) -> str | None:
    """Give what one step makes of a text."""
    found = pl.DataFrame({"x": [text]}).select(step(pl.col("x"))).item()
    return None if found is None else str(found)
