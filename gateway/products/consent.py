"""Consent as CNAF asks it with an instruction: AUTORUTITEL for the phone, AUTORUTIADRELEC for the e-mail.

1. `A` agreed, `R` refused; `I` (unknown) or nothing said is not a word. The last word counts, and in one
   same file a refusal outweighs an agreement.
2. It is asked once per application, so it holds for the whole household: by NUMDEMRSA; by MATRICULE for
   whom no word is known under that number.
3. Whoever never answered has not refused: the contact file is handed over in order to reach people.
4. What is refused is the way, whichever number or address: the contact file may have another by now.
"""

from collections.abc import Sequence

import polars as pl

REQUEST, MATRICULE = "NUMDEMRSA", "MATRICULE"
PHONE_WORD, EMAIL_WORD = "AUTORUTITEL", "AUTORUTIADRELEC"
AGREED, REFUSED = "A", "R"
_WORDS = (AGREED, REFUSED)  # sorted: a refusal comes last
_TURN = "_TURN"
_SAID = pl.Schema(dict.fromkeys((REQUEST, MATRICULE, PHONE_WORD, EMAIL_WORD), pl.String()))


def said_in(files: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """What every instruction says, from the identities kept of each file, the oldest first."""
    frames = [
        frame.select(_SAID.names()).with_columns(pl.lit(turn).alias(_TURN))
        for turn, frame in enumerate(files)
    ]
    return pl.concat([_SAID.to_frame().with_columns(pl.lit(0).alias(_TURN)), *frames])


def without_refused(
    rows: pl.DataFrame,
    said: pl.DataFrame,
    *,
    request: str,
    matricule: str,
    phones: Sequence[str],
    emails: Sequence[str],
) -> pl.DataFrame:
    """Empty the phones and e-mails that were refused; `request` and `matricule` name a row's household."""
    keys = {REQUEST: request, MATRICULE: matricule}
    for word, columns in ((PHONE_WORD, phones), (EMAIL_WORD, emails)):
        refused = _last_word(rows, said, word, keys).eq(REFUSED).fill_null(value=False)
        rows = rows.with_columns(
            pl.when(~refused).then(pl.col(name)).alias(name) for name in columns
        )
    return rows


def _last_word(
    rows: pl.DataFrame, said: pl.DataFrame, word: str, keys: dict[str, str]
) -> pl.Series:
    """For each row, the last word of its request, else of its MATRICULE."""
    words = said.filter(pl.col(word).is_in(_WORDS)).sort(_TURN, word)
    found = rows.select(keys.values())
    for household, column in keys.items():
        last = words.drop_nulls(household).group_by(household).agg(pl.col(word).last())
        named = last.select(pl.col(household).alias(column), pl.col(word).alias(f"_{household}"))
        found = found.join(named, on=column, how="left", maintain_order="left")
    return found.select(pl.coalesce(f"_{REQUEST}", f"_{MATRICULE}")).to_series()
