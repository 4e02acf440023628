"""The rules against a second reading of them, on random journeys; and what must change nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules import cross
from gateway.rules.journeys import Journeys
from tests.world.journeys import AS_OF, Row, cd_rows, dossier, journeys, pe_rows, right
from tests.world.second_case import AtPe, Case, Fact, at_pe
from tests.world.second_files import Right
from tests.world.second_reading import judge
from tests.world.settled import by_person

BORN = date(1982, 1, 1)
days = st.integers(-35, 260).map(lambda n: AS_OF - timedelta(days=n))
# few people and few values, near each other, so that ties, coverings and collisions are common
people = st.sampled_from(["a", "b", "c"])
KINDS = st.sampled_from(
    [
        *[
            ("ORIENTATION", c, s)
            for c in ("EMPLOI", "SOCIAL")
            for s in ("ORIENTE", "ORIENTE", "EN_ATTENTE")
        ],
        *[("CONTRAT", "CER", status) for status in ("VALIDE", "EN_ATTENTE", "ANNULE")],
        *[("RDV", "ENTRETIEN", s) for s in ("VENU", "PREVU", "INCONNU", "ANNULE", "ABSENT_EXCUSE")],
        *[("RDV", "ENTRETIEN", "ABSENT_NON_EXCUSE")] * 3,
        *[("REFERENT", None, status) for status in ("ACTIF", "CLOS")],
        *[("DROITS_DEVOIRS", None, status) for status in ("SOUMIS", "SOUMIS", "NON_SOUMIS")],
        ("PROCEDURE", "EP", "OUVERTE"),
    ]
)
TAGS = {
    "CODE_CATEGORIE": "inscription/code-categorie",
    "DATE_DEBUT_IDE": "inscription/date-debut-ide",
    "DATE_CESSATION_IDE": "inscription/date-cessation-ide",
    "MOTIF_CESSATION_IDE": "inscription/motif-cessation-ide",
    "DATE_RADIATION_IDE": "inscription/date-radiation-ide",
    "MOTIF_RADIATION_IDE": "inscription/motif-radiation-ide",
    "DATE_SIGNATURE": "ppae/date-signature",
    "DATE_NOTIFICATION": "ppae/date-notification",
    "MODALITE_CODE": "ppae/modalite-code",
    "DATE_DERNIER_ENT": "ppae/date-dernier-ent",
}


@st.composite
def facts(draw: st.DrawFn) -> tuple[Any, ...]:
    kind, code, status = draw(KINDS)
    return (draw(people), kind, draw(days), draw(st.none() | days), code, status)


@st.composite
def dossiers(draw: st.DrawFn, person: str) -> Row:
    maybe = st.none() | days
    changes: Row = {name: draw(maybe) for name in TAGS if name.startswith("DATE_")}
    changes |= {
        "CODE_CATEGORIE": draw(st.sampled_from(["1", "1", "2", "4", "5", None])),
        "MOTIF_CESSATION_IDE": draw(st.sampled_from(["90", "21", "ZZ", None])),
        "MOTIF_RADIATION_IDE": draw(st.sampled_from(["92", "43", None])),
        "MODALITE_CODE": draw(st.sampled_from(["GLO", "GUI", "APR", None])),
        "DATE_DERNIER_ENT_ETAT": "utilisable" if changes["DATE_DERNIER_ENT"] else "date_absente",
    }
    return dossier(person, **changes)


@st.composite
def rights(draw: st.DrawFn, person: str) -> Row:
    state = draw(st.sampled_from(["2", "2", "2", "3", "4", "5", None]))
    codes = draw(st.lists(st.sampled_from(["06", "70", "AB", "44", "CV"]), max_size=2))
    since = [draw(days).isoformat() if draw(st.booleans()) else "" for _ in codes]
    acts = draw(st.lists(st.sampled_from(["CHO", "CDI", "SFP", "MAL"]), max_size=2))
    return right(
        person,
        ETATDOSRSA=state,
        TOPPERSDRODEVORSA=draw(st.sampled_from(["1", "1", "1", "0", None])),
        MOTISUSVERSRSA=",".join(codes) if codes and state == "4" else None,
        DDSUSVERSRSA=",".join(since) if any(since) and state == "4" else None,
        ACT=",".join(acts) or None,
        DDACT=",".join(draw(days).isoformat() for _ in acts) or None,
        NUMORGPRENMUT=draw(st.sampled_from([None] * 9 + ["131"])),
    )


@dataclass(frozen=True)
class World:
    cd: list[tuple[Any, ...]]
    pe: Mapping[str, Row]
    rights: Mapping[str, Row]
    grades: Mapping[str, str]
    reference: date

    def journeys(self) -> Journeys:
        told = pe_rows(*self.pe.values())
        held = [*self.rights.values()]
        return journeys(cd_rows(self.cd), told, self.grades, rights=held, reference=self.reference)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    pe = {who: draw(dossiers(who)) for who in sorted(draw(st.sets(people)))}
    held = {who: draw(rights(who)) for who in sorted(draw(st.sets(people, min_size=2)))}
    grades = {who: draw(st.sampled_from(["A", "A", "B", "C", "S", "D", "X"])) for who in pe}
    cd = draw(st.lists(facts(), min_size=1, max_size=16))
    before = draw(st.sampled_from((0, 14, 45, 46)))
    return World(cd, pe, held, grades, AS_OF - timedelta(days=before))


def second(world: World, who: str) -> dict[str, Any]:
    fresh = (AS_OF - world.reference).days <= 45
    match = world.grades.get(who, "none") if fresh else None
    mine = [Fact(k, d, e, c or "", s) for w, k, d, e, c, s in world.cd if w == who]
    case = Case(
        as_of=AS_OF,
        pe_day=world.reference if fresh else None,
        departement="08",
        match=match,
        birth=BORN,
        facts=mine,
        right=_right(world.rights[who]) if who in world.rights else None,
        pe=at_pe(_xml(world.pe[who]), AS_OF) if match in {"A", "B", "C", "S"} else AtPe(),
    )
    return judge(case)


def _xml(row: Row) -> ET.Element:
    root = ET.Element("dossier")
    for name, path in TAGS.items():
        block, tag = path.split("/")
        if row[name] is not None:
            parent = root.find(block)
            parent = ET.SubElement(root, block) if parent is None else parent
            ET.SubElement(parent, tag).text = str(row[name])
    return root


def _right(row: Row) -> Right:
    def split(name: str) -> list[str]:
        return (row[name] or "").split(",")

    motives, since = split("MOTISUSVERSRSA"), split("DDSUSVERSRSA")
    since += [""] * len(motives)
    paid = [("SuspensionVersement", m, d) for m, d in zip(motives, since, strict=False) if m]
    acts = zip(split("ACT"), split("DDACT"), strict=True)
    return Right(
        number="", matricule="", role="DEM", nir="", names=set(), first="", birth="", certain=True,
        short_pe="", subject=row["TOPPERSDRODEVORSA"] or "", state=row["ETATDOSRSA"] or "",
        suspensions=paid, activities=[(a, d, "") for a, d in acts if a], commune="",
        leaves=row["NUMORGPRENMUT"] is not None,
    )  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(worlds())
def test_the_crossing_says_what_a_careful_reader_would(world: World) -> None:
    told = by_person(cross(world.journeys(), as_of=AS_OF))
    assert told == {who: second(world, who) for who in {row[0] for row in world.cd}}


def same(one: Journeys, other: Journeys) -> bool:
    ours, theirs = cross(one, as_of=AS_OF), cross(other, as_of=AS_OF)
    return ours.signals.equals(theirs.signals) and ours.people.equals(theirs.people)


@settings(max_examples=30, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(world: World, chance: Any) -> None:
    shuffled = World(
        chance.sample(world.cd, len(world.cd)),
        dict(reversed([*world.pe.items()])),
        dict(reversed([*world.rights.items()])),
        world.grades,
        world.reference,
    )
    assert same(world.journeys(), shuffled.journeys())


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_what_is_said_of_one_person_does_not_depend_on_the_others(world: World) -> None:
    someone = world.cd[0][0]
    mine = [row for row in world.cd if row[0] == someone]
    alone = World(mine, world.pe, world.rights, world.grades, world.reference)
    whole = cross(world.journeys(), as_of=AS_OF).signals.filter(PERSONNE=someone)
    assert cross(alone.journeys(), as_of=AS_OF).signals.equals(whole)


FUTURE = st.integers(1, 90).map(lambda n: AS_OF + timedelta(days=n))


@settings(max_examples=30, deadline=None)
@given(worlds(), FUTURE, KINDS.filter(lambda kind: kind[2] != "PREVU"))
def test_a_fact_to_come_changes_nothing_unless_it_is_planned(
    world: World, day: date, kind: tuple[str, str | None, str]
) -> None:
    someone = world.cd[0][0]
    later = (someone, kind[0], day, None, kind[1], kind[2])
    wider = World([*world.cd, later], world.pe, world.rights, world.grades, world.reference)
    assert same(world.journeys(), wider.journeys())


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_everything_is_what_is_told_and_what_is_not_triggered(world: World) -> None:
    told = cross(world.journeys(), as_of=AS_OF).signals
    whole = cross(world.journeys(), as_of=AS_OF, everything=True).signals
    assert (
        whole.filter(pl.col("RESULTAT") != "not_triggered")
        .drop("PREUVES")
        .equals(told.drop("PREUVES"))
    )
    triggered = pl.col("RESULTAT") == "triggered"
    assert whole.filter(triggered).equals(told.filter(triggered))
    assert (
        told.filter(~triggered).get_column("PREUVES").null_count() == told.filter(~triggered).height
    )
