"""What a sandbox says of itself, leaves on disk, and finds in a folder of files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.sandbox.hubee.admin import (
    CNAF_FLOWS,
    PREFIX,
    introduce,
    kept_token,
    publish_folder,
    read_access,
    unknown_folders,
    write_access,
)
from connectors.sandbox.hubee.admin.demarches import announced
from tests.connectors.sandbox_hubee_admin.place import TOKEN, Place, a_place
from tests.world.hubee import CONTACTS, US

RSA = "RSABEI-RSABAI"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(tmp_path / "hub") as place:
        yield place


async def test_an_introduction_names_every_credential(place: Place) -> None:
    for code in CNAF_FLOWS:
        place.sandbox.subscribe(*US, code)
    found = introduce(place.desk, place.base)
    credentials = found["credentials"]
    assert isinstance(credentials, list)
    assert {c["scope"] for c in credentials} == {"OSL", "ADMIN", "DATAPASS", "SI"}
    assert {c["process_code"] for c in credentials if c["scope"] == "SI"} == set(CNAF_FLOWS)
    environment = found["environment"]
    assert isinstance(environment, dict)
    assert all(isinstance(value, str) for value in environment.values())
    assert f"{CONTACTS}.clientSecret" in environment


async def test_access_is_left_for_its_owner_alone(place: Place, tmp_path: Path) -> None:
    write_access(tmp_path, place.desk, place.base)
    assert (tmp_path / "acces.json").stat().st_mode & 0o777 == 0o600
    assert read_access(tmp_path) == (place.base + PREFIX, TOKEN)
    assert kept_token(tmp_path) == TOKEN


def test_without_a_kept_token_each_is_new(tmp_path: Path) -> None:
    assert kept_token(tmp_path) != kept_token(tmp_path)
    (tmp_path / "acces.json").write_text("[]")
    assert len(kept_token(tmp_path)) > 40


@pytest.mark.parametrize(
    ("demarche", "name", "expected"),
    [
        (RSA, "RSABAI.xml", ("RSABAI", "application/xml")),
        (RSA, "autre.xml", ("RSABEI", "application/xml")),
        ("SGR", "SGR.xml", ("SGR", "application/zip")),
        ("INCONNUE", "a", ("document", "application/octet-stream")),
    ],
)
def test_a_file_is_declared_as_its_demarche_does(
    demarche: str, name: str, expected: tuple[str, str]
) -> None:
    assert announced(demarche, name) == expected


async def test_a_folder_of_files_is_published_once(place: Place, tmp_path: Path) -> None:
    for name in (f"{RSA}/RSABEI.xml", f"{RSA}/mars/RSABEI.xml", f"{RSA}/mars/RSABAI.xml"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    (tmp_path / "in" / "AUTRE").mkdir()
    place.sandbox.subscribe(*US, RSA)
    cases = await publish_folder(place.sandbox, tmp_path / "in", US, [RSA])
    assert await publish_folder(place.sandbox, tmp_path / "in", US, [RSA]) == cases
    seen = place.sandbox.state().cases
    assert sorted(len(seen[case].files) for case in cases) == [1, 2]
    assert unknown_folders(tmp_path / "in", [RSA]) == ["AUTRE"]
