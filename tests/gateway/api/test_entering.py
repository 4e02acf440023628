"""Under which flow a file enters, by its name alone; and that the reception then says the same."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival
from connectors.folder import FolderSource
from gateway.api.entering import is_name, line_of
from gateway.doors.lookout import Post, passport
from gateway.openings import entrances
from gateway.settings import FlowLine, Partner
from schemas.registry import ours

BOTH = (
    FlowLine(flow="cd-parcours", departement="51"),
    FlowLine(flow="cd-parcours", departement="08"),
    FlowLine(flow="cd-retours", departement="08"),
)
FREE = (FlowLine(flow="cnaf-contacts", departement="08"), *BOTH)


def partner(*lines: FlowLine) -> Partner:
    return Partner(alias="cd", name="CD", siret="00000000000021", flows=lines)


@pytest.mark.parametrize(
    ("name", "lines", "entered"),
    [
        ("CD-PARCOURS_08_20220615_000001_V1.csv.gpg", BOTH, ("cd-parcours", "08")),
        ("CD-PARCOURS_51_20220615_000001_V1.csv", BOTH, ("cd-parcours", "51")),
        ("TEST_CD-RETOURS_08_20220615_000001_V1.csv.pgp", BOTH, ("cd-retours", "08")),
        ("CD-PARCOURS_2A_20220615_000001_V1.csv", BOTH, None),
        ("CD-PARCOURS_08_2022_1_V1.csv", BOTH, None),
        ("contacts.csv.gpg", BOTH, None),
        ("contacts.csv.gpg", FREE, ("cnaf-contacts", "08")),
        ("CD-RETOURS_08_20220615_000001_V1.csv", FREE, ("cd-retours", "08")),
        ("CD-PARCOURS_08_20220615_000001_V1.csv", (), None),
    ],
)
def test_a_name_enters_by_the_flow_that_claims_it(
    tmp_path: Path, name: str, lines: tuple[FlowLine, ...], entered: tuple[str, str] | None
) -> None:
    sender = partner(*lines)
    found = line_of(sender, ours(), name)
    assert (found and (found.flow, found.departement)) == entered
    if found is None:
        return
    # The reception, which looks at the folder, understands the same.
    doors = tuple(one for line in lines for one in entrances(line, ours()))
    arrival = Arrival("k", name, 1, datetime(2022, 6, 16, tzinfo=UTC))
    seen = passport(Post("cd", FolderSource(tmp_path, "cd"), doors), arrival)
    assert (seen.flow, seen.departement) == entered


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".a",
        "a/b",
        "a\\b",
        "a..b",
        "a\0",
        "é.csv",
        "a b",
        "a\n",
        "-a",
        "_a",
        "x" * 121,
    ]
    + [f"a.csv{end}" for end in (".part", ".tmp", ".filepart", ".PART", ".ok", ".go", ".sha256")],
)
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    assert not is_name(name)


@given(st.text(max_size=130))
def test_a_name_let_through_stays_in_its_folder(name: str) -> None:
    if is_name(name):
        folder = Path("/depot")
        assert (folder / name).resolve().parent == folder
        assert not name.startswith(".")
