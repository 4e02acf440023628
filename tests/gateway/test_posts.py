"""Which flow a typed file enters by, which post a delivery belongs to, and how often a place is listed."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Arrival, Notice, Sink
from connectors.errors import Denied, Unreachable
from connectors.folder import FolderSource
from gateway.app import open_house
from gateway.doors.accounts import partition_of
from gateway.doors.lookout import UNSHOWN_NAME, Entrance, Memory, Post, look, passport
from gateway.doors.wire import Wire
from gateway.errors import Misconfigured, Unavailable
from gateway.rounds import walks_of
from gateway.settings import load
from gateway.store.deliveries import Passport
from schemas.registry import contract
from tests.world.gateways import hub_of_cases
from tests.world.records import passport as of_record

KIND = "coordonnees-allocataire"
SECOND = """
[[hubee.demarches]]
process_code = "RSABEM-RSABAM"
client_id = "other"
client_secret_file = "hubee.secret"
poll_minutes = 3
[hubee.demarches.types]
RSABEM = "pe-parcours"
RSABAM = "pe-parcours"
[[flows]]
flow = "pe-parcours"
departement = "08"
envelope = "hubee"
[[flows]]
flow = "cnaf-contacts"
departement = "51"
envelope = "hubee"
"""


def post(*flows: str, kinds: dict[str, str], root: Path = Path("/nowhere")) -> Post:
    lines = [flow.partition("@") for flow in flows]
    doors = tuple(Entrance(flow, where or "08", contract(flow)) for flow, _, where in lines)
    return Post("cnaf", FolderSource(root, "cnaf"), doors, alias="cnaf/X", kinds=kinds)


def arrival(name: str, kind: str = "", key: str = "k") -> Arrival:
    return Arrival(key=key, name=name, kind=kind, seen_at=datetime(2022, 6, 16, 9, tzinfo=UTC))


def test_the_type_decides_before_the_name() -> None:
    both = post("pe-parcours", "cd-parcours", kinds={"A": "cd-parcours", "B": "pe-parcours"})
    named_cd = "CD-PARCOURS_08_20220615_000001_V1.csv"
    assert passport(both, arrival(named_cd, "B")).flow == "pe-parcours"
    assert passport(both, arrival("PECG.xml", "A")).flow == "cd-parcours"
    assert passport(both, arrival(named_cd, "?")).flow == "cd-parcours"


def test_a_typed_file_is_not_refused_for_its_name_nor_is_its_name_shown() -> None:
    here = post("cd-parcours", kinds={"A": "cd-parcours"})
    seen = passport(here, arrival("DURAND_SOPHIE.csv", "A"))
    assert seen.is_well_named
    assert seen.name == UNSHOWN_NAME
    untyped = passport(here, arrival("DURAND_SOPHIE.csv"))
    assert not untyped.is_well_named


def test_of_two_departements_a_typed_file_enters_by_the_one_its_name_states() -> None:
    two = post("cd-parcours@51", "cd-parcours@08", kinds={"A": "cd-parcours"})
    seen = passport(two, arrival("CD-PARCOURS_08_20220615_000001_V1.csv", "A"))
    assert seen.departement == "08"


def test_a_delivery_keeps_its_name_when_its_partner_gains_demarches() -> None:
    """What was received under one post must not be received again under another."""
    old = Post(
        "cnaf",
        FolderSource(Path("/x"), "cnaf"),
        (Entrance("cnaf-contacts", "08", contract("cnaf-contacts")),),
    )
    new = post("cnaf-contacts", kinds={KIND: "cnaf-contacts"})
    file = arrival("coordonnees-allocataire.txt", KIND)
    assert passport(old, file).delivery == passport(new, file).delivery
    assert (passport(old, file).post, passport(new, file).post) == ("cnaf", "cnaf/X")


def test_what_walks_of_a_post_is_known_by_its_partition() -> None:
    here = post("cnaf-contacts", kinds={})
    other = Post("cnaf", here.source, here.entrances, alias="cnaf/XY")
    assert walks_of(here)(partition_of("08", here))
    assert not walks_of(other)(partition_of("08", here))
    assert not walks_of(here)(partition_of("08"))


def test_a_passport_written_by_an_earlier_version_is_still_read() -> None:
    written = Wire().serialize(of_record(post="cnaf/X"))
    earlier = written.replace(',"post":"cnaf/X"', "")
    assert earlier != written
    read = Wire().deserialize(earlier)
    assert isinstance(read, Passport)
    assert read.post == ""


async def test_each_demarche_is_a_post_of_its_own(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, 1) as hub:
        config = hub.furnish(tmp_path / "g")
        with (config.parent / "partners" / "cnaf.toml").open("a") as paper:
            paper.write(SECOND)
        async with open_house(load(config)) as house:
            contacts, rsa = house.posts
            assert [p.name for p in house.posts] == [
                "cnaf/ContactsAllocataires-BRSA",
                "cnaf/RSABEM-RSABAM",
            ]
            assert {(e.flow, e.departement) for e in contacts.entrances} == {
                ("cnaf-contacts", "08"),
                ("cnaf-contacts", "51"),
            }
            assert {e.flow for e in rsa.entrances} == {"pe-parcours"}
            assert (contacts.poll_minutes, rsa.poll_minutes) == (None, 3)
            assert len({contacts.account, rsa.account, ""}) == 3
            known = of_record(partner="cnaf", flow="pe-parcours", post=rsa.name)
            assert house.post(known) is rsa
            # Written by an earlier version, which named no post: its flow tells.
            assert house.post(of_record(partner="cnaf", flow="pe-parcours")) is rsa
            for gone in (
                of_record(partner="msa", flow="pe-parcours"),
                of_record(partner="cnaf", flow="cd-parcours", post="cnaf/Z"),
            ):
                with pytest.raises(Misconfigured, match="n'est plus relevé"):
                    house.post(gone)


class Counting:
    """A place that counts how often it is listed, and may fail first."""

    def __init__(self, source: FolderSource) -> None:
        self._source = source
        self.listed = 0
        self.errors: list[Exception] = []

    async def arrivals(self) -> Sequence[Arrival]:
        self.listed += 1
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return await self._source.arrivals()

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        raise NotImplementedError

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        return await self._source.acknowledge(arrival, notices)

    async def settle(self, arrival: Arrival) -> None:
        await self._source.settle(arrival)


def place(folder: Path, files: int) -> Counting:
    (folder / "depot").mkdir(parents=True)
    for number in range(files):
        (folder / "depot" / f"{number}.csv").write_bytes(b"x" * (number + 1))
    return Counting(FolderSource(folder, "p"))


async def test_after_a_restart_one_listing_serves_every_walk(tmp_path: Path) -> None:
    source, memory = place(tmp_path, 50), Memory()
    keys = [found.key for found in await source.arrivals()]
    found = await asyncio.gather(*(memory.recall(source, key) for key in keys))
    assert [one.key for one in found if one] == keys
    for key in keys:
        assert await memory.recall(source, key) is not None
    assert source.listed == 2


async def test_what_is_listed_no_more_is_asked_for_again_and_is_not_there(tmp_path: Path) -> None:
    source, memory = place(tmp_path, 1), Memory()
    assert await memory.recall(source, "gone") is None
    (tmp_path / "depot" / "late.csv").write_bytes(b"late")
    late = (await source.arrivals())[-1]
    assert await memory.recall(source, late.key) == late


async def test_a_place_that_does_not_answer_a_recall_is_waited_for(tmp_path: Path) -> None:
    source, memory = place(tmp_path, 1), Memory()
    source.errors = [Unreachable("p: no answer"), Denied("p: no")]
    with pytest.raises(Unavailable):
        await memory.recall(source, "k")
    with pytest.raises(Denied):
        await memory.recall(source, "k")


async def test_looking_remembers_nothing_by_itself(tmp_path: Path) -> None:
    here = post("cnaf-contacts", kinds={}, root=tmp_path)
    place(tmp_path, 1)
    seen, _ = await look([here])
    assert len(seen) == 1
    assert here.seen.arrivals == {}
