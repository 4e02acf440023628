"""How long a person struck off may not register again: only the label of the motive says it.

R262-112 lets Pôle emploi give the duration, and its list has no column for it: the label reads
`... SUSPENSION DE DEUX MOIS` or `... DE QUINZE JOURS`. Four labels are known; other wordings of the same
thing are read too, in words or in figures. A label that says two durations, or a range, says none.
"""

import polars as pl

_NUMBERS = {
    "UN": "1", "DEUX": "2", "TROIS": "3", "QUATRE": "4", "CINQ": "5", "SIX": "6", "SEPT": "7",
    "HUIT": "8", "NEUF": "9", "DIX": "10", "ONZE": "11", "DOUZE": "12", "QUINZE": "15",
    "VINGT": "20", "TRENTE": "30",
}  # fmt: skip
_WHAT = r"\b(?:SUSPENSION|RADIATION|INTERDICTION(?: DE R[EÉ]INSCRIPTION)?)"
_LINK = r"(?:[\s:(,-]|D['’]|DE\b|POUR\b|PENDANT\b|UNE\b|DUR[EÉ]E\b|P[EÉ]RIODE\b)*"
_NUMBER = rf"({'|'.join(sorted(_NUMBERS, key=len, reverse=True))}|[1-9][0-9]?)"
_UNIT = r"(?:\s*\([0-9]{1,2}\))?\s*(MOIS|JOURS?|J)\b"
_SAID = rf"{_WHAT}{_LINK}\b{_NUMBER}{_UNIT}"
_AND_MORE = rf"{_SAID}\s+(?:ET|OU|A|À)\s+{_NUMBER}\b"


def suspension_length(text: pl.Expr) -> pl.Expr:
    """Give an ISO 8601 duration: `P2M`, `P15D`; null when the label says none, or more than one."""
    said = text.str.to_uppercase()
    number = said.str.extract(_SAID, 1).replace(_NUMBERS).cast(pl.Int64, strict=False)
    unit = pl.when(said.str.extract(_SAID, 2) == "MOIS").then(pl.lit("M")).otherwise(pl.lit("D"))
    one = (said.str.count_matches(_SAID) == 1) & ~said.str.contains(_AND_MORE)
    return pl.when(one).then(pl.concat_str(pl.lit("P"), number.cast(pl.String), unit))
