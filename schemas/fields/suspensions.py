"""How long a person struck off may not register again: only the label of the motive says it.

R262-112 lets Pôle emploi give the duration, and its list has no column for it: the label reads
`... SUSPENSION DE DEUX MOIS` or `... DE QUINZE JOURS`, in words or in figures.
"""

import polars as pl

_NUMBERS = {
    "UN": "1", "DEUX": "2", "TROIS": "3", "QUATRE": "4", "CINQ": "5", "SIX": "6", "SEPT": "7",
    "HUIT": "8", "NEUF": "9", "DIX": "10", "ONZE": "11", "DOUZE": "12", "QUINZE": "15",
}  # fmt: skip
_SAID = rf"SUSPENSION\s+(?:DE\s+|D['’]\s*)?({'|'.join(sorted(_NUMBERS, key=len, reverse=True))}|[0-9]{{1,2}})\s+(MOIS|JOURS?)\b"


def suspension_length(text: pl.Expr) -> pl.Expr:
    """Give an ISO 8601 duration: `P2M`, `P15D`; null when the label says none."""
    said = text.str.to_uppercase()
    number = said.str.extract(_SAID, 1).replace(_NUMBERS).cast(pl.Int64, strict=False)
    unit = pl.when(said.str.extract(_SAID, 2) == "MOIS").then(pl.lit("M")).otherwise(pl.lit("D"))
    return pl.concat_str(pl.lit("P"), number.cast(pl.String), unit)
