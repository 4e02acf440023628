"""The law of grants on files received: who is in an extract, taken from the people drawn and nothing else.

Two départements send their files to one house; the oracle reads neither file nor frame, only the people.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gateway.errors import NotAuthorised
from gateway.habilitation import Format, Habilitation, compile_grant
from gateway.products import PRODUCTS, make
from gateway.store.database import open_engine
from tests.laws.grants import BY_PRODUCT, HERE, NEIGHBOUR, changed
from tests.schemas import foyers, papers
from tests.world.databases import sqlite_url
from tests.world.extracts import extracted, larder
from tests.world.granted import Row, covered, disarmed, keys, read
from tests.world.keeping import Keeping
from tests.world.records import DAY

FEED, USERS, CD = "contacts-rdv-insertion", "usagers-rdv-insertion", "contacts-cd"
WORDS = st.sampled_from([None, "A", "R", "I"])


@dataclass(frozen=True)
class Somebody:
    """One person of one application: what CNAF says of them, and whether the CD follows them."""

    number: int
    place: str
    role: str
    followed: bool
    reached: bool  # in the contact file
    phones: tuple[str, str]
    email: str
    word: str | None  # of the phone, in an instruction
    email_word: str | None

    @property
    def matricule(self) -> str:
        return f"{1000000 + self.number}"

    @property
    def ways(self) -> tuple[str, str, str]:
        """Mobile, other number, e-mail: what was refused left out."""
        numbers = [one for one in dict.fromkeys(self.phones) if one]
        ordered = sorted(numbers, key=lambda one: one[:2] not in {"06", "07"})
        first, second, *_ = [*([] if self.word == "R" else ordered), "", ""]
        return first, second, "" if self.email_word == "R" else self.email


people = st.builds(
    Somebody,
    number=st.just(0),
    place=st.sampled_from([HERE, HERE, HERE, NEIGHBOUR]),
    role=st.sampled_from(["DEM", "CJT"]),
    followed=st.booleans(),
    reached=st.sampled_from([True, True, True, False]),
    phones=st.tuples(*[st.sampled_from(["", "0612345678", "0324000000", "0698765432"])] * 2),
    email=st.sampled_from(["", "zoe@example.org", "lea.b@example.org"]),
    word=WORDS,
    email_word=WORDS,
)


@dataclass(frozen=True)
class Town:
    """Everybody, and what is asked of the house about them."""

    people: tuple[Somebody, ...]
    asked: tuple[Habilitation, ...]

    @property
    def here(self) -> list[Somebody]:
        return [one for one in self.people if one.place == HERE]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Some people, one followed at least; a habilitation of each product that speaks of contacts."""
    drawn = draw(st.lists(people, min_size=2, max_size=7))
    drawn[0] = replace(drawn[0], place=HERE, followed=True, reached=True)
    everybody = tuple(replace(one, number=number) for number, one in enumerate(drawn, 1))
    return Town(everybody, tuple(draw(_asked(name)) for name in (FEED, USERS, CD)))


@st.composite
def _asked(draw: st.DrawFn, name: str) -> Habilitation:
    product = PRODUCTS[name]
    columns = draw(st.lists(st.sampled_from(product.columns), min_size=1, unique=True))
    return changed(BY_PRODUCT[name], columns=tuple(columns), departements=(HERE,), format=None)


def check_town(town: Town) -> None:
    """Each extract is exactly what the people drawn say; every other product, what its sheet says."""
    with tempfile.TemporaryDirectory() as folder:
        house = _house(Path(folder), town)
        for asked in town.asked:
            assert _told(house, asked) == _expected(town, asked)
        _check_followers(house, town)
        for name in sorted(set(PRODUCTS) - {FEED, USERS, CD}):
            _check_sheet(house, name)
        house.engine.dispose()


def _told(house: Keeping, asked: Habilitation) -> list[dict[str, str]] | None:
    """What its recipient reads; None when the release is refused."""
    try:
        made = extracted(house, asked, period=DAY, on=DAY)
    except NotAuthorised:
        return None
    header, rows = read(made.body, asked.format or PRODUCTS[asked.product or ""].formats[0])
    return [dict(zip(header, row, strict=True)) for row in rows]


def _expected(town: Town, asked: Habilitation) -> list[dict[str, str]]:
    rows = sorted(_ROWS[asked.product or ""](town), key=lambda row: next(iter(row.values())))
    ways = _WAYS[asked.product or ""]
    kept = [{name: row[name] for name in PRODUCTS[asked.product or ""].columns if name in asked.columns} for row in rows]  # fmt: skip
    reachable = [row for row in kept if not ways or any(row.get(way) for way in ways)]
    return [row for row in reachable if any(row.values())]


def _feed(town: Town) -> list[dict[str, str]]:
    phone, phone_2, email = PRODUCTS[FEED].columns[2:]
    return [
        {"MATRICULE": one.matricule, "NIR": "", phone: one.ways[0], phone_2: one.ways[1], email: one.ways[2]}
        for one in town.here
        if one.reached
    ]  # fmt: skip


def _users(town: Town) -> list[dict[str, str]]:
    return [
        {
            "ID IODAS": f"CD-{one.number}",
            "N° CAF": one.matricule,
            "Nom bénéficiaire": "ÉTÉ",
            "Prénom bénéficiaire": "ZOÉ",
            "Date de Naissance": "01/07/1985",
            "Rôle": {"DEM": "Demandeur", "CJT": "Conjoint"}[one.role],
            "NIR": "",
            "Adresses Mails": one.ways[2] if one.reached else "",
            "N° Téléphones": one.ways[0] if one.reached else "",
        }
        for one in town.here
        if one.followed
    ]


def _contacts(town: Town) -> list[dict[str, str]]:
    names = ("TELEPHONE", "TELEPHONE_2", "COURRIEL")
    return [
        {"ID_CD": f"CD-{one.number}", **dict(zip(names, one.ways, strict=True)), "DATE_CONTACTS": DAY.isoformat()}
        for one in town.here
        if one.followed and one.reached
    ]  # fmt: skip


_ROWS: Mapping[str, Any] = {FEED: _feed, USERS: _users, CD: _contacts}
_WAYS: Mapping[str, Sequence[str]] = {
    FEED: PRODUCTS[FEED].columns[2:],
    USERS: (),
    CD: ("TELEPHONE", "TELEPHONE_2", "COURRIEL"),
}


def _check_followers(house: Keeping, town: Town) -> None:
    followed = frozenset(f"CD-{one.number}" for one in town.here if one.followed)
    sent = frozenset(one.matricule for one in town.here if one.reached)
    for asked in town.asked:
        name = asked.product or ""
        grant = compile_grant(asked, PRODUCTS[name].offer, DAY, departement=HERE)
        told = larder(house).followers(name, grant, HERE)
        assert told == (sent if name == FEED else followed)


def _check_sheet(house: Keeping, name: str) -> None:
    """Where what feeds it is there: what leaves is what its own sheet says is covered."""
    product = PRODUCTS[name]
    asked = changed(BY_PRODUCT[name], departements=(HERE,), format=Format.CSV)
    grant, shelves = compile_grant(asked, product.offer, DAY, departement=HERE), larder(house)
    try:
        sheet = shelves.feeds()[name](grant, HERE, DAY)
    except NotAuthorised:
        return
    rows: Sequence[Row] = sheet.to_dicts()
    made = make(sheet, product, grant, HERE, on=DAY, allowed=shelves.followers(name, grant, HERE))
    assert keys(rows, product, HERE) is None or made.rows <= len(rows)
    assert read(made.body, Format.CSV) == disarmed(covered(rows, asked, product, HERE), product)


@cache
def _migrated() -> Path:
    """A database as every house begins with, made once."""
    folder = Path(tempfile.mkdtemp())
    open_engine(sqlite_url(folder)).dispose()
    return folder


def _house(folder: Path, town: Town) -> Keeping:
    shutil.copytree(_migrated(), folder, dirs_exist_ok=True)
    house = Keeping(open_engine(sqlite_url(folder)), folder, departement=HERE)
    neighbour = replace(house, departement=NEIGHBOUR)
    for desk in (house, neighbour):
        _receive(desk, [one for one in town.people if one.place == desk.departement])
    house.cross()
    return house


def _receive(desk: Keeping, everybody: Sequence[Somebody]) -> None:
    told = [_journey(one) for one in everybody if one.followed]
    said = [_contact(one) for one in everybody if one.reached]
    asked = [_instruction(one) for one in everybody if one.word or one.email_word]
    desk.receive("cd-parcours", papers.lines("cd-parcours", told).encode())
    desk.receive("cnaf-contacts", papers.lines("cnaf-contacts", said).encode("iso-8859-15"))
    if asked:
        desk.receive("cnaf-instructions", foyers.instructions(asked).encode("iso-8859-1"))


def _journey(one: Somebody) -> list[str]:
    keys_ = {"NUMDEMRSA": f"{one.number:011d}", "MATRICULE": one.matricule, "ROLE": one.role}
    return papers.journey(one.number, **keys_)


def _contact(one: Somebody) -> list[str]:
    role = {"DEM": "DEMANDEUR", "CJT": "CONJOINT"}[one.role]
    phone, phone_2 = one.phones
    return papers.contact(one.number, ROLE=role, TEL=phone, TEL2=phone_2, MAIL=one.email)


def _instruction(one: Somebody) -> str:
    place = {HERE: "008", NEIGHBOUR: "051"}[one.place]
    head = foyers.identification(one.number, MATRICULE=f"{one.matricule}{'0' * 8}", IDEPARTE=place)
    ways = foyers.contacts(AUTORUTITEL=one.word, AUTORUTIADRELEC=one.email_word)
    return foyers.instruction(head=head, contacts=[ways])
