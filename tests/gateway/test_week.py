"""A département's folder, as the sandbox reads it."""

from datetime import date
from pathlib import Path

import pytest

from gateway.errors import Misconfigured
from gateway.sandbox.week import read_week
from schemas.generator.flows.monthly import write_week
from tests.world.records import DAY


def folder(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_a_generated_departement_is_a_week(tmp_path: Path) -> None:
    write_week(tmp_path, departement="2A", people=40, seed=1, as_of=DAY)
    week = read_week(tmp_path)
    assert (week.departement, week.as_of, week.unsent) == ("2A", DAY, ())
    assert [(p.partner, p.path.name) for p in week.parcels] == [
        ("cnaf", "coordonnees-allocataire-defauts.txt"),
        ("cnaf", "coordonnees-allocataire.txt"),
        ("cnaf", "RSABEM.xml"),
        ("pe", "PECG-total-faux.xml"),
        ("pe", "PECG.xml"),
        ("cd", "CD-PARCOURS_2A_20220615_000001_V1.csv"),
    ]


def test_the_clean_contact_file_is_always_sent_last(tmp_path: Path) -> None:
    names = ("cnaf/coordonnees-allocataire.txt", "cnaf/coordonnees-allocataire-z.txt")
    week = read_week(folder(tmp_path, "cd/CD-PARCOURS_08_20220615_000001_V1.csv", *names))
    assert week.parcels[1].path.name == "coordonnees-allocataire.txt"


def test_what_is_not_of_a_short_week_is_named_and_not_sent(tmp_path: Path) -> None:
    good = "cd/CD-PARCOURS_971_20220615_000001_V1.csv"
    listed = "pe/Liste_BeneficiairesRSA_Inscrits_14_06_2022_1_171.csv"
    week = read_week(folder(tmp_path, good, "cnaf/RSABEM.xml", listed, "cd/notes.txt"))
    assert week.departement == "971"
    assert week.unsent == (Path(listed).name, "notes.txt")
    assert [parcel.path.name for parcel in week.parcels] == ["RSABEM.xml", Path(good).name]


def test_a_whole_week_has_the_other_flows_of_the_month(tmp_path: Path) -> None:
    good = "cd/CD-PARCOURS_971_20220615_000001_V1.csv"
    listed = "pe/Liste_BeneficiairesRSA_Inscrits_14_06_2022_1_171.csv"
    names = ("cnaf/MSABEM.xml", "cnaf/RSABEM.xml", "cnaf/autre.xml", "pe/Liste.csv", listed)
    week = read_week(folder(tmp_path, good, *names), whole=True)
    assert [(p.path.name, p.kind) for p in week.parcels] == [
        ("MSABEM.xml", "MSABEM"),
        ("RSABEM.xml", "RSABEM"),
        (Path(good).name, ""),
        (Path(listed).name, ""),
    ]
    assert week.unsent == ("autre.xml", "Liste.csv")


def test_the_week_is_that_of_the_last_file(tmp_path: Path) -> None:
    names = [f"cd/CD-PARCOURS_08_{day}_000001_V1.csv" for day in ("20220715", "20220615")]
    week = read_week(folder(tmp_path, *names))
    assert week.as_of == date(2022, 7, 15)
    assert len(week.parcels) == 2


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("cnaf/coordonnees-allocataire.txt",),
        ("cd/autre.csv",),
        ("cd/CD-PARCOURS_08_20221399_000001_V1.csv",),
        ("cd/CD-PARCOURS_AA_20220615_000001_V1.csv",),
    ],
)
def test_a_folder_that_is_no_week_is_refused_with_what_it_lacks(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(Misconfigured, match="CD-PARCOURS_"):
        read_week(folder(tmp_path, *names))
