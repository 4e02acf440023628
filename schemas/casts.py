"""One row of invented people for a contract: each column by its form, then the rules across columns.

1. Every row has its own person and household; identifiers, names, birth and contacts are theirs. What a
   text column speaks of is told by its category and its name (NOM, PRENOM, NAI...): here only, for looks.
2. Other dates go forward from one column to the next, never past the day of the file.
3. A rule is settled by giving what it requires, choosing in its list, or copying the compared column.
   An optional column that only rules fill is left out where none of them applies.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from uuid import UUID

from schemas.contract import Category, Column, ColumnType, Contract, Rule
from schemas.generator import nir
from schemas.generator.names import plain
from schemas.generator.people import Member, Registry
from schemas.specimens import specimen

Row = dict[str, str | None]

_LEFT_OUT = 0.15
_EARLIEST, _STRIDE = 900, 60  # days


class Cast:
    """Draws rows one after the other; no identifier comes twice."""

    def __init__(self, contract: Contract, rng: Random, departement: str, as_of: date) -> None:
        self._contract, self._rng, self._departement = contract, rng, departement
        self._as_of = as_of
        self._registry = Registry(rng, departement=departement, as_of=as_of)
        self._member = self._registry.applicant()
        self._pe_id, self._day, self._turn = "", as_of, 0

    def row(self, *, full: bool) -> Row:
        """Draw a row; a full one has every column that its rules do not leave out."""
        self._member, self._pe_id = self._registry.applicant(), self._registry.pe_id()
        self._turn += 1
        self._day = self._as_of - timedelta(days=self._rng.randint(_EARLIEST // 2, _EARLIEST))
        row: Row = {}
        for column in self._contract.read_columns:
            kept = full or column.required or self._rng.random() >= _LEFT_OUT
            row[column.name] = self._text(column) if kept else None
        for _ in self._contract.rules:
            before = dict(row)
            for rule in self._contract.rules:
                self._settle(rule, row)
            if row == before:
                break
        self._leave_out(row)
        return row

    def _text(self, column: Column) -> str:
        if column.name == self._contract.departement_column:
            return self._departement
        if column.enum:
            return self._rng.choice(column.enum)
        if column.type is ColumnType.DATE:
            return f"{self._date(column):{column.formats[0]}}"
        text = self._by_form().get(column.form, lambda: self._plain_text(column))()
        return text if _fits(column, text) else specimen(column.pattern, self._rng)

    def _date(self, column: Column) -> date:
        if "NAI" in column.name.upper():
            return self._member.person.birth
        self._day = min(self._day + timedelta(days=self._rng.randint(1, _STRIDE)), self._as_of)
        return self._day

    def _by_form(self) -> Mapping[str, Callable[[], str]]:
        rng, member = self._rng, self._member
        return {
            "nir": lambda: nir.with_key(member.person.nir),
            "matricule": lambda: member.household.matricule,
            "numdemrsa": lambda: member.household.numdemrsa,
            "identifiant-pe": lambda: self._pe_id,
            "telephone": lambda: f"06000{rng.randint(0, 99_999):05d}",
            "courriel": lambda: _email(member),
            "commune": lambda: _commune(rng, self._departement),
            "departement": lambda: self._departement,
            "siret": lambda: _siret(rng),
            "booleen": lambda: rng.choice("01"),
            "montant": lambda: f"{rng.randint(0, 999)}.{rng.randint(0, 99):02d}",
            "uuid": lambda: str(UUID(int=rng.getrandbits(128), version=4)),
        }

    def _plain_text(self, column: Column) -> str:
        name, person = column.name.upper(), self._member.person
        if column.labels:
            return self._rng.choice(list(column.labels))
        if "NOM" in name and column.category is Category.IDENTITY:
            used = "USAGE" in name or "MARITAL" in name
            last = person.used_name if used else person.surname
            return self._encodable((person.first_name if "PRENOM" in name else last).upper())
        if column.category is Category.KEY:  # the figures it ends with are numbered, row by row
            return re.sub("[0-9]+$", self._numbered, column.example or "EXEMPLE-001")
        return column.example or "EXEMPLE"

    def _numbered(self, figures: re.Match[str]) -> str:
        return f"{self._turn:0{len(figures.group())}d}"

    def _encodable(self, word: str) -> str:
        try:
            word.encode(self._contract.encoding)
        except UnicodeEncodeError:
            return plain(word)
        return word

    def _settle(self, rule: Rule, row: Row) -> None:
        if not _applies(rule, row):
            return
        for name in _wanted(rule, row):
            row[name] = self._text(self._contract.column(name))
        for name, allowed in rule.lists.items():
            if row[name] is not None and row[name] not in allowed:
                row[name] = self._rng.choice(allowed)
        name, _, other = rule.compared or ("", None, "")
        if row.get(name) is not None and row.get(other) is not None:
            row[name] = row[other]  # equal suits every comparison

    def _leave_out(self, row: Row) -> None:
        rules = self._contract.rules
        ruled = {name for rule in rules if rule.when for name in (*rule.lists, *rule.required)}
        for rule in rules:
            if _applies(rule, row):
                ruled -= {*rule.lists, *rule.required, *rule.one_of, *rule.cohesive}
        for name in ruled:
            if not self._contract.column(name).required:
                row[name] = None


def _applies(rule: Rule, row: Row) -> bool:
    return all(row.get(name) == value for name, value in rule.when.items())


def _wanted(rule: Rule, row: Row) -> list[str]:
    wanted = list(rule.required)
    if rule.one_of and all(row[name] is None for name in rule.one_of):
        wanted += rule.one_of[:1]
    if any(row[name] is not None for name in rule.cohesive):
        wanted += rule.cohesive
    return [name for name in wanted if row[name] is None]


def _fits(column: Column, text: str) -> bool:
    return not column.pattern or re.fullmatch(column.pattern, text) is not None


def _email(member: Member) -> str:
    first, last = (
        plain(word).lower() for word in (member.person.first_name, member.person.surname)
    )
    return f"{first}.{last}@example.org"


def _commune(rng: Random, departement: str) -> str:
    figures = 5 - len(departement)
    return f"{departement}{rng.randint(1, 10**figures - 1):0{figures}d}"


def _siret(rng: Random) -> str:
    siren = _with_luhn_key(f"9{rng.randint(0, 9_999_999):07d}")
    return _with_luhn_key(f"{siren}{rng.randint(1, 9_999):04d}")


def _with_luhn_key(figures: str) -> str:
    doubled = [
        sum(divmod(2 * int(figure), 10)) if place % 2 == 0 else int(figure)
        for place, figure in enumerate(reversed(figures))
    ]
    return f"{figures}{-sum(doubled) % 10}"
