"""Values a column must refuse, by its form and its constraints, each with the code it must be told under.

The codes are said again here, by hand: reading them from the compiled contract would prove nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import TypeAlias

from schemas.codes import Code
from schemas.contract import Column, ColumnType, Contract, Layout
from tests.laws.contracts.values import (
    canonical,
    figures,
    form_value,
    matches,
    nir_key,
    nir_number,
    one_of,
    value,
)

# XML knows none of them, and refuses the whole file (another law).
_CONTROLS = "\x00\x01\x07\x08\x0b\x0c\x0e\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

Maker: TypeAlias = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One kind of defect of one column."""

    kind: str
    column: Column
    code: Code
    draw: Maker


def wrongs(column: Column, contract: Contract) -> Iterator[Wrong]:
    """Give every kind of wrong value this column may hold."""
    if column.required:
        for missing in (*contract.missing, "   "):
            yield Wrong(f"missing {missing!r}", column, Code.MISSING_VALUE, one_of(missing))
    if column.type is ColumnType.DATE:
        yield from _wrong_dates(column)
    elif column.form == "texte":
        yield from _wrong_texts(column, contract)
    else:
        for kind, code, draw in _FORMS[column.form]:
            yield Wrong(kind, column, code, draw)
    yield from _constrained(column, contract)


def _constrained(column: Column, contract: Contract) -> Iterator[Wrong]:
    if column.enum:
        yield Wrong("list", column, Code.NOT_IN_LIST, lambda rng: _outside(column, contract, rng))
    if column.pattern and _unlike(column, Random(0)):
        draw = lambda rng: rng.choice(_unlike(column, rng))  # noqa: E731
        yield Wrong("pattern", column, Code.WRONG_FORMAT, draw)
    if column.lawful:
        free = replace(column, lawful=())
        yield Wrong(
            "unlawful", column, Code.BEYOND_THE_LAW, lambda rng: _other(free, column, contract, rng)
        )
    if kept := contract.kept.get(column.name):
        others = [one for one in (*column.enum, *contract.missing) if one not in kept]
        yield Wrong("scope", column, Code.OUT_OF_SCOPE, one_of(*others))


def _other(free: Column, column: Column, contract: Contract, rng: Random) -> str:
    drawn = [value(free, contract, rng).strip() for _ in range(30)]
    return next(text for text in drawn if text not in column.lawful)


def _wrong_texts(column: Column, contract: Contract) -> Iterator[Wrong]:
    if contract.layout is Layout.CSV:
        for sign in _CONTROLS:
            yield Wrong(f"control {sign!r}", column, Code.WRONG_FORMAT, one_of(f"A{sign}b"))


def _outside(column: Column, contract: Contract, rng: Random) -> str:
    code: str = rng.choice(column.enum)
    tried: list[str] = [
        code.swapcase(),
        code[:-1],
        code + "x",
        f"{code} {code}",
        "ZZ-9",
        *"0123456789",
    ]
    if column.form != "texte":
        tried = [value(_unlisted(column), contract, rng) for _ in range(40)]
    if column.pattern:
        tried = [
            one for one in (*tried, *matches(column.pattern)) if re.fullmatch(column.pattern, one)
        ]
    rng.shuffle(tried)
    return next(t for t in tried if t.strip() not in {*column.enum, *contract.missing})


def _unlisted(column: Column) -> Column:
    return replace(column, enum=())


def _unlike(column: Column, rng: Random) -> Sequence[str]:
    """Texts that do not match; none when the form already asks as much."""
    if column.form != "texte":
        drawn = [form_value(column.form, rng) for _ in range(200)]
        return [one for one in drawn if not _is_like(column, one)]
    known = [one for one in matches(column.pattern) if one and (column.many or "\n") not in one]
    text = rng.choice(known)
    tried = [text + "?", text[:-1], "?" + text[1:], text * 300, text.swapcase(), "é" + text[1:]]
    return [
        one
        for one in tried
        if one.strip() and one == one.strip() and not re.fullmatch(column.pattern, one)
        if column.many is None or column.many not in one
    ]


def _is_like(column: Column, text: str) -> bool:
    own = canonical(column.form, text)
    return any(re.fullmatch(column.pattern, each) for each in (own, own.lower()))


def _wrong_dates(column: Column) -> Iterator[Wrong]:
    code = Code.UNUSABLE_DATE if column.form == "date_souple" else Code.IMPOSSIBLE_DATE
    for kind, parts in _IMPOSSIBLE.items():
        yield Wrong(kind, column, code, partial(_written, column, *parts))
    yield Wrong(
        "no date", column, code, one_of("2022", "hier", "00000000", "1.5", "44713", "2022-06")
    )
    yield Wrong(
        "with hour", column, code, lambda rng: f"{_written(column, '2022', '06', '01', rng)}T00:00"
    )
    if column.minimum is not None:
        before = column.minimum - timedelta(days=1)
        low = [before, max(before - timedelta(days=40_000), date(1000, 1, 1))]
        yield Wrong("below minimum", column, code, lambda rng: _day(rng, column, rng.choice(low)))


def _day(rng: Random, column: Column, day: date) -> str:
    return _written(column, f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}", rng)


def _written(column: Column, year: str, month: str, day: str, rng: Random) -> str:
    text = rng.choice(column.formats)
    return text.replace("%Y", year).replace("%m", month).replace("%d", day)


_IMPOSSIBLE = {
    "30 February": ("2022", "02", "30"),
    "29 February 2023": ("2023", "02", "29"),
    "month 13": ("2022", "13", "01"),
    "day 0": ("2022", "06", "00"),
    "year 0": ("0000", "06", "01"),
    "short year": ("22", "06", "01"),
}


def _wrong_key(rng: Random) -> str:
    number = nir_number(rng)
    return f"{number}{(nir_key(number) + rng.randrange(96)) % 97 + 1:02d}"


def _wrong_nir(rng: Random) -> str:
    number = nir_number(rng)
    sex, month = "5" + number[1:], f"{number[:3]}{rng.choice(['13', '00', '19'])}{number[5:]}"
    return rng.choice(
        [sex, month, number[:-1], number + "0", number[:5] + "2C" + number[7:], "NIR"]
    )


def _wrong_siret(rng: Random) -> str:
    body = figures(9)(rng)
    return rng.choice([body, "12345678901234", f"{body}0000A", "35600000000001", "0" * 15])


_FORMS: Mapping[str, tuple[tuple[str, Code, Maker], ...]] = {
    "nir": (("form", Code.NIR_FORMAT, _wrong_nir), ("key", Code.NIR_KEY, _wrong_key)),
    "matricule": (("form", Code.WRONG_FORMAT, one_of("12345678", "ABCDEF", "1234-67", "12345670000000")),),
    "numdemrsa": (("form", Code.WRONG_FORMAT, one_of("1234567", "123456789012", "12345678-01", "RSA")),),
    "identifiant-pe": (("form", Code.WRONG_FORMAT, one_of("1234567", "123456789", "123A567B", "123456789012")),),
    "telephone": (("form", Code.PHONE, one_of("0000000000", "06000012", "neant", "+44 20 7946 0958", "06123456780")),),
    "courriel": (("form", Code.EMAIL, one_of("zoe", "z@example.org", "zoe@local", "zo\xe9@example.org", "a@b@c.fr")),),
    "commune": (("form", Code.WRONG_FORMAT, one_of("00123", "2C001", "8105", "99100", "97905", "081O5")),),
    "departement": (("form", Code.WRONG_FORMAT, one_of("00", "96", "2C", "20", "979", "Aube")),),
    "siret": (("form", Code.SIRET, _wrong_siret),),
    "booleen": (("list", Code.NOT_IN_LIST, one_of("2", "oui", "true", "01", "-1")),),
    "montant": (("form", Code.WRONG_FORMAT, one_of("12,50", "1.234", "12 EUR", "1e3", "--1", ".5")),),
    "uuid": (("form", Code.WRONG_FORMAT, one_of("0", "g" * 36, "0123456789abcdef0123456789abcdef")),),
}  # fmt: skip
