"""The same people under the names of another epoch: what a reader does to a frame written before a rotation."""

import polars as pl

from gateway.pseudonym.domain import Domain, epoch_of
from gateway.pseudonym.master import Master
from gateway.pseudonym.naming import Pseudonymiser

PERSON = "PERSONNE"


def carried_over(
    frame: pl.DataFrame, subjects: pl.Series, master: Master, domain: Domain
) -> pl.DataFrame:
    """A frame with its people under the names of `domain`, whatever epoch of it they were written in.

    `subjects`: everybody who may be in it. A name that is nobody's there is left out: nothing will ever
    join it again. Rows come in the order of the new names, so that their place tells nothing of the old.
    Raises ValueError when the frame mixes epochs.
    """
    epoch = epoch_of(frame.get_column(PERSON))
    if epoch in {None, domain.epoch}:
        return frame
    names = bridge(subjects, master, domain.at(str(epoch)), domain)
    renamed = names.rename({"NEW": "_NEW", "OLD": PERSON})
    carried = frame.join(renamed, on=PERSON, how="inner", maintain_order="left")
    return (
        carried.with_columns(pl.col("_NEW").alias(PERSON))
        .select(frame.columns)
        .sort(PERSON, maintain_order=True)
    )


def bridge(subjects: pl.Series, master: Master, old: Domain, new: Domain) -> pl.DataFrame:
    """OLD, NEW: both names of everybody, in the order of the new ones. It joins two epochs: keep it inside."""
    everybody = subjects.unique()
    names = {
        "OLD": Pseudonymiser(master, old).of_series(everybody),
        "NEW": Pseudonymiser(master, new).of_series(everybody),
    }
    return pl.DataFrame(names).sort("NEW")
