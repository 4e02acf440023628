"""Values a column must accept, drawn from the contract alone.

Nothing of `schemas.fields` is imported: what a NIR or a SIRET is, is said again here, otherwise. A form
nobody taught this file raises `KeyError`: a new form needs its values here before its first law.
"""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.contract import Column, ColumnType, Contract

OURS = "08"
# Accents, a ligature, what CSV and XML must escape, a formula, a no-break space; then, where Unicode is
# asked, a line separator that ends no line, an accent apart from its letter, a letter of four bytes.
_LATIN = "ÉéÈàçÔÿßœŒ€ ’'-.,;\"<>&=+@#/\\\xa0"
_WIDE = "\u2028\u0085e\u0301\U0001f600\u0416"
_LETTERS = string.ascii_letters + string.digits
_EVERYWHERE = (date(2024, 2, 29), date(2000, 2, 29), date(1999, 12, 31))
# Town codes of no town: nobody has these numbers.
_NO_TOWN = ("997", "998", "999")

Maker: TypeAlias = Callable[[Random], str]


def value(column: Column, contract: Contract, rng: Random) -> str:
    """Draw a text the column must accept, never one that means "no value"."""
    for _ in range(400):
        text = _drawn(column, contract, rng)
        if text.strip() not in contract.missing and _suits(column, text):
            return text
    raise AssertionError(f"no value was found for {contract.flow} {column.name}")


def free_text(contract: Contract, rng: Random) -> str:
    """Draw plain text of the contract's encoding, with all that a reader could stumble on."""
    letters = _LATIN + (_WIDE if contract.is_unicode else "")
    if not contract.is_unicode:
        letters = letters.encode(contract.encoding, "ignore").decode(contract.encoding)
    inside = "".join(rng.choice(letters if rng.random() < 0.3 else _LETTERS) for _ in range(8))
    return f"{rng.choice(string.ascii_uppercase)}{inside[: rng.randrange(9)]}z"


def form_value(form: str, rng: Random) -> str:
    """Draw a text of a form, whatever else its column asks."""
    return _FORMS[form](rng)


def canonical(form: str, text: str) -> str:
    """Write a number as its form does: without blanks, with its leading zeros."""
    bare = re.sub(r"\s", "", text).upper()
    if form == "matricule":
        return bare[:7] if len(bare) == 15 else bare.zfill(7)
    return bare.zfill(11) if form == "numdemrsa" else bare


def written(day: date, column: Column, rng: Random) -> str:
    """Write a day in one of the column's formats."""
    return day.strftime(rng.choice(column.formats))


def is_given(text: str | None, contract: Contract) -> bool:
    """Whether a text is a value."""
    return text is not None and text.strip() not in contract.missing


def _suits(column: Column, text: str) -> bool:
    if column.lawful and text.strip() not in column.lawful:
        return False
    if column.enum and text.strip() not in column.enum:
        return False
    return not column.pattern or re.fullmatch(column.pattern, text.strip()) is not None


def block_of(column: Column) -> str | None:
    """Name the block whose columns are joined place by place."""
    return column.path.rpartition("/")[0] if column.many is not None else None


def _part(column: Column, between: str, rng: Random) -> str:
    """Draw one place of a column that joins."""
    parts = {part for text in matches(column.pattern or "[a-z]+") for part in text.split(between)}
    alone = sorted(part for part in parts if part and re.fullmatch(column.pattern, part))
    return rng.choice(alone)


def _drawn(column: Column, contract: Contract, rng: Random) -> str:
    told = contract.kept.get(column.name)
    if column.name == contract.departement_column:
        told = (OURS,)
    if told:
        return rng.choice(told)
    bounded = _bounded(column, rng)
    if bounded is not None:
        return f" {bounded}  " if rng.random() < 0.1 else bounded
    if column.labels and rng.random() < 0.5:
        return rng.choice(tuple(column.labels))
    return free_text(contract, rng)


def _bounded(column: Column, rng: Random) -> str | None:
    if column.many is not None:
        return _part(column, column.many, rng)
    if column.lawful or column.enum:
        return rng.choice(column.lawful or column.enum)
    if column.type is ColumnType.DATE:
        return written(_day(column, rng), column, rng)
    if column.form != "texte":
        return form_value(column.form, rng)
    return rng.choice(matches(column.pattern)) if column.pattern else None


def _day(column: Column, rng: Random) -> date:
    low = max(column.minimum or date(1000, 1, 1), date(1000, 1, 1))
    if rng.random() < 0.3:
        return rng.choice([low, date(9999, 12, 31), *(day for day in _EVERYWHERE if day >= low)])
    usual = max(low, date(1900, 1, 1))
    return usual + timedelta(days=rng.randrange((date(2060, 1, 1) - usual).days))


@cache
def matches(pattern: str) -> Sequence[str]:
    """Give a few texts that match a pattern, the same at each run."""
    found: list[str] = []

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.from_regex(pattern, fullmatch=True, alphabet=st.characters(max_codepoint=126)))
    def keep(text: str) -> None:
        if text.isprintable() and text == text.strip():
            found.append(text)

    keep()
    return tuple(dict.fromkeys(found))


def figures(count: int) -> Maker:
    """Draw that many figures."""
    return lambda rng: "".join(rng.choice(string.digits) for _ in range(count))


def _lost_zeros(width: int, most: int) -> Maker:
    """Draw a number whose leading zeros a spreadsheet may have eaten."""

    def make(rng: Random) -> str:
        lost = rng.randint(0, most)
        return str(rng.randint(1, 9)) + figures(width - lost - 1)(rng)

    return make


def nir_number(rng: Random) -> str:
    """Draw thirteen characters of a NIR, of a town that is none."""
    month = rng.choice([f"{rng.randint(1, 12):02d}", f"{rng.randint(20, 99)}"])
    place = rng.choice(["2A", "2B", "08", "75", "99"])
    year, order = figures(2)(rng), figures(3)(rng)
    return f"{rng.choice('123478')}{year}{month}{place}{rng.choice(_NO_TOWN)}{order}"


def nir_key(number: str) -> int:
    """Give the key: 97 less the remainder, Corsica counted as 19 or 18."""
    counted = number[:5] + {"2A": "19", "2B": "18"}.get(number[5:7], number[5:7]) + number[7:]
    return 97 - int(counted) % 97


def _nir(rng: Random) -> str:
    number = nir_number(rng)
    whole = rng.choice([number, f"{number}{nir_key(number):02d}"])
    return rng.choice([whole, whole.lower(), f"{whole[:1]} {whole[1:5]} {whole[5:]}"])


def _phone(rng: Random) -> str:
    number = rng.choice(["612", "145", "325", "756"]) + figures(6)(rng)
    start = rng.choice(["0", "+33", "0033", "33", "+33 0", ""])
    return start + (number if rng.random() < 0.5 else f"{number[:1]}.{number[1:5]} {number[5:]}")


def _email(rng: Random) -> str:
    name = rng.choice(["zoe", "z_1", "Z.E", "a+b", "x%y-z"])
    return f"{name}@{rng.choice(['example.org', 'a.b-c.example', 'EXAMPLE.COM', '1.example.net'])}"


def luhn(text: str) -> bool:
    """Whether figures carry Luhn's key."""
    doubled = (int(f) * (1 + place % 2) for place, f in enumerate(reversed(text)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _siret(rng: Random) -> str:
    if rng.random() < 0.2:
        return "35600000000048"
    start = figures(8)(rng)
    siren = next(start + f for f in string.digits if luhn(start + f))
    body = siren + figures(4)(rng)
    return next(body + f for f in string.digits if luhn(body + f))


def _uuid(rng: Random) -> str:
    text = "-".join(
        "".join(rng.choice("0123456789abcdef") for _ in range(n)) for n in (8, 4, 4, 4, 12)
    )
    return rng.choice([text, text.upper()])


def one_of(*texts: str) -> Maker:
    """Draw one of these."""
    return lambda rng: rng.choice(texts)


_FORMS: Mapping[str, Maker] = {
    "nir": _nir,
    "matricule": lambda rng: rng.choice([_lost_zeros(7, 6)(rng), figures(7)(rng) + "0" * 8, "a1b2c3d"]),
    "numdemrsa": _lost_zeros(11, 3),
    "identifiant-pe": lambda rng: figures(7)(rng) + rng.choice(["A", "8", "123A", "w", "0000"]),
    "telephone": _phone,
    "courriel": _email,
    "commune": one_of("08105", "2A004", "2b033", "97105", "75056", "98818"),
    "departement": one_of("08", "8", "008", "2A", "2b", "971", "052", "75", "0974"),
    "siret": _siret,
    "booleen": one_of("0", "1"),
    "montant": one_of("0001675.00", "0", "-12.5", "1234567890.12", "00000000.00", "7"),
    "uuid": _uuid,
}  # fmt: skip
