"""A file is read by the version its name states; a version not held is a name outside the convention."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Arrival
from connectors.folder import FolderSource
from gateway.doors.lookout import Post, passport
from gateway.errors import Refused
from gateway.openings import entrances
from gateway.settings import FlowLine
from gateway.stages.admit import Terms, admit_name
from gateway.store.deliveries import Passport
from schemas.codes import Code
from schemas.registry import Registry
from tests.world.contracts import two_majors

LINE = FlowLine(flow="cd-parcours", departement="08")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return two_majors(tmp_path)


def seen(registry: Registry, version: int) -> Passport:
    post = Post("cd", FolderSource(Path("/nowhere"), "cd"), entrances(LINE, registry))
    name = f"CD-PARCOURS_08_20220615_000007_V{version}.csv.gpg"
    return passport(post, Arrival(key="k", name=name, seen_at=datetime(2022, 6, 16, tzinfo=UTC)))


@pytest.mark.parametrize(("major", "version"), [(1, "1.1.0"), (2, "2.0.0")])
def test_the_version_a_name_states_reads_the_file(
    registry: Registry, major: int, version: str
) -> None:
    found = seen(registry, major)
    assert (found.is_well_named, found.sequence) == (True, 7)
    contract = registry.named(found.flow, found.name)
    assert contract.version == version
    admit_name(found, Terms(contract))


def test_a_version_that_is_not_held_is_refused(registry: Registry) -> None:
    found = seen(registry, 3)
    with pytest.raises(Refused) as refused:
        admit_name(found, Terms(registry.named(found.flow, found.name)))
    assert refused.value.code is Code.UNKNOWN_NAME
