"""A French population nobody belongs to, and what two partners write of it: names, birth dates, NIRs.

1. Surnames are syllables put together, drawn with weights of the shape of French ones: at a million
   persons, some 84 000 names are borne, the first by 0.55 % (linkage facts, section 2.3).
2. Each partner knows a share of the persons, drawn apart: an open world. `TRUTH` is the person's number.
3. Errors of a record: 2 % a keystroke in the name, 2 % in the first name, 0.5 % both exchanged, 1 % a
   wrong birth date; 30 % of compound first names cut, 15 % of compound names. The 35 % of women who have
   a used name: the département knows both (the CNAF writes NOM and NOMNAI); Pôle emploi writes one name,
   the used one a quarter of the time.
4. NIRs: filled and wrong at the partner's own rates. A wrong one is another number, as valid.
5. `twins`: share of persons who have a twin in the population, same name, same day, another first name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, product
from random import Random
from typing import NamedTuple

import polars as pl

BORN_FROM, DAYS = date(1946, 1, 1), 23_000  # 1946 to 2008
ONSETS = [
    "B",
    "C",
    "D",
    "F",
    "G",
    "H",
    "J",
    "L",
    "M",
    "N",
    "P",
    "R",
    "S",
    "T",
    "V",
    "BR",
    "CH",
    "CL",
    "DR",
    "FL",
    "FR",
    "GR",
    "GU",
    "LL",
    "PH",
    "PL",
    "PR",
    "QU",
    "TR",
    "TH",
]
VOWELS = ["A", "E", "I", "O", "U", "AU", "OU", "AI", "EU", "OI", "AN", "ON", "IN"]
ENDINGS = [
    "ARD",
    "AUD",
    "AULT",
    "EAU",
    "EL",
    "ET",
    "ETTE",
    "IER",
    "IN",
    "INE",
    "ON",
    "OT",
    "OIS",
    "OUX",
    "ERT",
    "EZ",
    "Y",
    "E",
    "ELLE",
    "ENC",
    "AC",
    "IC",
    "IAU",
    "AND",
    "ENS",
    "U",
    "ESC",
    "ENT",
    "ARC",
]
FIRST_ENDINGS = [
    "A",
    "E",
    "INE",
    "ETTE",
    "IE",
    "EL",
    "IS",
    "AN",
    "ON",
    "ETTE",
    "IEN",
    "AUD",
    "ICE",
    "ELLE",
    "Y",
    "IA",
    "EO",
    "UC",
    "AS",
    "IM",
]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Partner:
    """How a partner's records are: shares, of one."""

    knows: float
    nir: float
    wrong_nir: float
    both_names: bool


CD = Partner(knows=0.65, nir=0.97, wrong_nir=0.002, both_names=True)
PE = Partner(knows=0.65, nir=0.80, wrong_nir=0.01, both_names=False)
# What a partner writes; `NIR13` is null where it is not filled.
COLUMNS = ("ID", "TRUTH", "NIR13", "BIRTH", "NAME", "USED", "FIRST")


class Person(NamedTuple):
    """Who somebody is."""

    number: int
    nir: str
    birth: date
    name: str
    used: str | None
    first: str


class Weighted(NamedTuple):
    """Names and their running weights, for `Random.choices`."""

    names: Sequence[str]
    running: Sequence[float]


def population(
    size: int, *, twins: float = 0.03, seed: int = 8, surnames: int = 150_000
) -> list[Person]:
    """Draw `size` persons, always the same for a seed."""
    rng = Random(seed)
    borne, firsts = surname_table(surnames), first_table()
    names = rng.choices(borne.names, cum_weights=borne.running, k=size)
    others = rng.choices(borne.names, cum_weights=borne.running, k=size)
    given = rng.choices(firsts.names, cum_weights=firsts.running, k=size)
    second = rng.choices(firsts.names, cum_weights=firsts.running, k=size)
    people = list[Person]()
    for number in range(size):
        woman = rng.random() < 0.5
        name = f"{names[number]} {others[number]}" if rng.random() < 0.04 else names[number]
        first = f"{given[number]} {second[number]}" if rng.random() < 0.12 else given[number]
        used = others[number] if woman and rng.random() < 0.35 else None
        birth = BORN_FROM + timedelta(days=rng.randrange(DAYS))
        if people and rng.random() < twins / 2:
            elder = people[-1]
            name, birth = elder.name, elder.birth
            first = second[number] if first == elder.first else first
        people.append(
            Person(number, _nir(rng, birth, number, woman=woman), birth, name, used, first)
        )
    return people


def records(people: Sequence[Person], partner: Partner, *, seed: int) -> pl.DataFrame:
    """What a partner writes of those it knows, in no order: `COLUMNS`."""
    rng = Random(seed)
    rows = [_record(rng, person, partner) for person in people if rng.random() < partner.knows]
    rng.shuffle(rows)
    schema = dict.fromkeys(COLUMNS, pl.String) | {"TRUTH": pl.Int64, "BIRTH": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def surname_table(size: int = 150_000) -> Weighted:
    """Surnames with weights that fall as the rank grows."""
    rng = Random(1)
    starts = [a + b for a, b in product(ONSETS, VOWELS)]
    middles = ["", *(c + v for c, v in product("BCDGLMNRSTV", "AEIOU"))]
    built = {
        rng.choice(starts) + rng.choice(middles) + rng.choice(ONSETS[:15]) + rng.choice(ENDINGS)
        for _ in range(size * 2)
    }
    return _weighted(sorted(built)[:: max(1, len(built) // size)][:size], rng, 14, 0.92)


def first_table(size: int = 4_000) -> Weighted:
    """First names with weights."""
    rng = Random(2)
    starts = [a + b for a, b in product(["", *ONSETS], VOWELS)]
    built = {
        rng.choice(starts) + rng.choice(ONSETS[:15]) + rng.choice(FIRST_ENDINGS)
        for _ in range(size * 3)
    }
    return _weighted(sorted(built), rng, 25, 1.15, size)


def _weighted(
    names: list[str], rng: Random, flat: float, slope: float, size: int = 10**9
) -> Weighted:
    rng.shuffle(names)
    names = names[:size]
    return Weighted(names, list(accumulate((rank + flat) ** -slope for rank in range(len(names)))))


def _nir(rng: Random, birth: date, number: int, *, woman: bool) -> str:
    """Thirteen figures; the last six hold the person's number: no two are equal."""
    sex = 2 if woman else 1
    return f"{sex}{birth:%y%m}{rng.randrange(1, 96):02d}{number % 1_000_000:06d}"


def _record(rng: Random, person: Person, partner: Partner) -> tuple[object, ...]:
    used = person.used
    name = used if used and not partner.both_names and rng.random() < 0.25 else person.name
    name = _cut(rng, name, 0.15)
    first = _cut(rng, person.first, 0.30)
    if rng.random() < 0.02:
        name = _typo(rng, name)
    if rng.random() < 0.02:
        first = _typo(rng, first)
    if rng.random() < 0.005:
        name, first = first, name
    birth = _wrong_date(rng, person.birth) if rng.random() < 0.01 else person.birth
    nir = person.nir if rng.random() < partner.nir else None
    if nir and rng.random() < partner.wrong_nir:
        nir = f"{nir[:7]}{rng.randrange(1_000_000):06d}"
    return (
        f"{rng.getrandbits(64):016x}",
        person.number,
        nir,
        birth,
        name,
        used if partner.both_names else None,
        first,
    )


def _cut(rng: Random, name: str, share: float) -> str:
    return name.split(" ")[0] if " " in name and rng.random() < share else name


def _typo(rng: Random, name: str) -> str:
    """A letter left out, doubled, changed, or exchanged with its neighbour."""
    at = rng.randrange(len(name))
    match rng.randrange(4):
        case 0 if len(name) > 3:
            return name[:at] + name[at + 1 :]
        case 1:
            return name[:at] + name[at] + name[at:]
        case 2 if at + 1 < len(name):
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        case _:
            return name[:at] + rng.choice(LETTERS) + name[at + 1 :]


def _wrong_date(rng: Random, birth: date) -> date:
    """Day and month exchanged, a year or ten apart, or another day, as likely one as another."""
    match rng.randrange(3):
        case 0 if birth.day <= 12 and birth.day != birth.month:
            return birth.replace(month=birth.day, day=birth.month)
        case 1:
            years = rng.choice((-10, -1, 1, 10))
            return birth.replace(year=birth.year + years, day=min(birth.day, 28))
        case _:
            return birth.replace(day=rng.randrange(1, 29))
