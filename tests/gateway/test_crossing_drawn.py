"""Départements drawn at random, read twice: by the path a crossing takes, and one person at a time."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.rules import RULES, cross
from schemas.generator.flows.monthly import write_week
from tests.world.drawn import write_drawn
from tests.world.second_reading import second_reading
from tests.world.settled import FILES, crossed, settled

Told = dict[str, dict[str, Any]]
AS_OF = date(2022, 6, 15)
DRAWN = {"08": 1, "2A": 2, "2B": 3, "971": 4, "974": 5, "33": 6}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for departement, seed in DRAWN.items():
        into = tmp_path_factory.mktemp(f"d{departement}")
        write_drawn(into, departement=departement, people=90, seed=seed, as_of=AS_OF)
        folders[departement] = into
    return folders


@pytest.fixture(scope="module")
def read(drawn: dict[str, Path]) -> dict[str, Told]:
    return {where: crossed(folder, where, AS_OF) for where, folder in drawn.items()}


@pytest.mark.parametrize("departement", DRAWN)
def test_two_readings_of_a_departement_agree_person_by_person(
    departement: str, drawn: dict[str, Path], read: dict[str, Told]
) -> None:
    assert read[departement] == second_reading(drawn[departement], departement)
    assert len(read[departement]) == 90


def test_what_was_drawn_meets_every_rule_every_grade_and_every_silence(
    read: dict[str, Told],
) -> None:
    people = [person for told in read.values() for person in told.values()]
    triggered = Counter(rule for person in people for rule in person["triggered"])
    assert set(triggered) == {rule.id for rule in RULES if not rule.optional}
    assert {person["match"] for person in people} == {"A", "B", "C", "D", "X", "none"}
    silences = {f"S{number}" for number in range(1, 11)} - {"S9"}
    assert {person["suppressor"] for person in people} == {None, *silences}
    assert {person["population"] for person in people} == {True, False, None}
    assert any(person["a_surveiller"] for person in people)
    assert any(person["en_validation"] for person in people)
    unclear = {"date_entree_inconnue", "statut_inconnu", "date_absente", "date_vide"}
    assert unclear < {why for person in people for why in person["reasons"].values()}


def test_the_order_in_which_files_come_changes_nothing(
    drawn: dict[str, Path], read: dict[str, Told]
) -> None:
    for order in ((2, 1, 0), (1, 2, 0)):
        assert crossed(drawn["2A"], "2A", AS_OF, order=order) == read["2A"]


def test_without_pole_emploi_both_readings_still_agree(drawn: dict[str, Path]) -> None:
    told = crossed(drawn["33"], "33", AS_OF, without=("pe-parcours",))
    assert told == second_reading(drawn["33"], "33", with_pe=False)


def test_without_the_monthly_file_nobody_s_right_is_known_and_nothing_is_told(
    drawn: dict[str, Path],
) -> None:
    told = crossed(drawn["08"], "08", AS_OF, without=("cnaf-beneficiaires",))
    for person in told.values():
        assert (person["population"], person["suppressed"]) == (None, False)
        assert person["triggered"] == person["not_evaluable"] == []


def test_the_files_of_another_departement_change_nothing(
    drawn: dict[str, Path], read: dict[str, Told]
) -> None:
    with settled("971") as here:
        for departement in ("08", "971"):
            here.departement = departement
            for flow, pattern in FILES:
                (path,) = drawn[departement].glob(pattern)
                here.accept(flow, path, day=AS_OF if flow == "cd-parcours" else None)
        assert here.told(AS_OF) == read["971"]


@pytest.mark.parametrize("departement", ["2A", "971"])
def test_the_week_our_generator_draws_is_read_the_same_twice(
    departement: str, tmp_path: Path
) -> None:
    write_week(tmp_path, departement=departement, people=60, seed=9, as_of=AS_OF)
    told = crossed(tmp_path, departement, AS_OF)
    assert told == second_reading(tmp_path, departement)
    assert all(person["population"] for person in told.values())


def test_a_later_file_waits_for_its_day_and_a_daily_file_is_no_monthly_one(
    drawn: dict[str, Path], read: dict[str, Told], tmp_path: Path
) -> None:
    folder = drawn["2B"]
    daily = (
        (folder / "cnaf/RSABEM.xml").read_text("iso-8859-1").replace("<TYPEFLUX>M", "<TYPEFLUX>I")
    )
    head, tail = daily.split("<InfosFoyerRSA>", 1)[0], daily[daily.index("<TransmissionFlux>") :]
    count = tail.split("<NBTOTDOSRSATRANSM>")[1][:8]
    (tmp_path / "RSABEI.xml").write_text((head + tail).replace(count, "00000000"), "iso-8859-1")
    with settled("2B") as here:
        for flow, pattern in FILES:
            (path,) = folder.glob(pattern)
            here.accept(flow, path, day=AS_OF if flow == "cd-parcours" else None)
        here.accept("cnaf-beneficiaires", tmp_path / "RSABEI.xml", day=AS_OF)
        here.accept("pe-parcours", folder / "pe/PECG.xml", day=date(2022, 7, 1))
        assert here.told(AS_OF) == read["2B"]


def split(folder: Path, into: Path) -> tuple[Path, Path]:
    """The monthly file as two: every other household is the MSA's."""
    whole = (folder / "cnaf/RSABEM.xml").read_text("iso-8859-1")
    head, *rest = whole.split("<InfosFoyerRSA>")
    last, tail = rest[-1].split("<TransmissionFlux>")
    foyers = [f"<InfosFoyerRSA>{each}" for each in (*rest[:-1], last)]
    count = f"{len(foyers):08d}"
    paths = []
    for name, mine in (("CAF", foyers[::2]), ("MSA", foyers[1::2])):
        body = "".join(mine).replace("<FONORG>CAF", f"<FONORG>{name}")
        end = tail.replace(count, f"{len(mine):08d}")
        paths.append(into / f"{name}.xml")
        paths[-1].write_text(f"{head}{body}<TransmissionFlux>{end}", "iso-8859-1")
    return paths[0], paths[1]


def rights(told: Told) -> dict[str, bool | None]:
    """The MSA's numbers are not the CAF's: links may differ, rights may not."""
    return {who: said["population"] for who, said in told.items()}


def test_the_monthly_files_of_the_caf_and_of_the_msa_are_read_together(
    drawn: dict[str, Path], read: dict[str, Told], tmp_path: Path
) -> None:
    caf, msa = split(drawn["974"], tmp_path)
    with settled("974") as here:
        for flow, pattern in FILES[1:]:
            (path,) = drawn["974"].glob(pattern)
            here.accept(flow, path, day=AS_OF if flow == "cd-parcours" else None)
        first = here.accept("cnaf-beneficiaires", caf)
        other = here.accept("cnaf-beneficiaires", msa)
        assert rights(here.told(AS_OF)) == rights(read["974"])
        again = here.accept("cnaf-beneficiaires", caf)
        assert rights(here.told(AS_OF)) == rights(read["974"])
        found = cross(here.journeys(AS_OF), as_of=AS_OF).signals
    proofs = found.explode("PREUVES").get_column("PREUVES").struct.unnest()
    told = proofs.filter(SOURCE="cnaf-beneficiaires").get_column("FICHIER").unique().to_list()
    assert set(told) == {other, again}
    assert first not in told
