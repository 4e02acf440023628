"""Which flow a file enters by, and which names may be shown."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival
from connectors.folder import FolderSource
from gateway.doors.lookout import UNKNOWN_NAME, UNSHOWN_NAME, Entrance, Post, look, passport
from schemas.registry import contract

GOOD = "CD-PARCOURS_08_20220615_000001_V1.csv"


def post(*flows: str, partner: str = "p", root: Path = Path("/nowhere")) -> Post:
    """A partner that sends these flows, each as `flow@département`."""
    lines = [flow.partition("@") for flow in flows]
    doors = tuple(Entrance(flow, where or "08", contract(flow)) for flow, _, where in lines)
    return Post(partner, FolderSource(root, partner), doors)


def arrival(name: str, key: str = "k1") -> Arrival:
    return Arrival(key=key, name=name, seen_at=datetime(2022, 6, 16, 9, tzinfo=UTC))


@pytest.mark.parametrize("suffix", ["", ".gpg", ".pgp", ".asc", ".cms", ".p7m"])
def test_a_name_of_the_convention_is_shown_and_states_its_day(suffix: str) -> None:
    seen = passport(post("cd-parcours"), arrival(GOOD + suffix))
    assert (seen.name, seen.flow, seen.stated_departement) == (GOOD, "cd-parcours", "08")
    assert seen.reference_date == date(2022, 6, 15)


@pytest.mark.parametrize(
    "name",
    [
        "MARTIN_SOPHIE.csv",
        "CD-PARCOURS_08_20220615_000001_V1_MARTIN.csv",
        "CD-PARCOURS_08_20221399_000001_V1.csv",  # a day that does not exist
        "../../etc/passwd",
        "\n" + GOOD,
        GOOD + "\n",
        "",
    ],
)
def test_a_name_against_the_convention_is_never_shown(name: str) -> None:
    seen = passport(post("cd-parcours"), arrival(name))
    assert seen.name == UNKNOWN_NAME
    assert seen.flow == "cd-parcours"
    assert "MARTIN" not in repr(seen)


@pytest.mark.parametrize(
    "name",
    [
        "PECG.xml",
        "coordonnees-allocataire.txt",
        "PECG-total-faux.xml",
        "PECG_20220615.xml",
        "RSA_v2.csv",
    ],
)
def test_without_a_convention_a_name_of_known_words_is_shown(name: str) -> None:
    assert passport(post("pe-parcours"), arrival(name)).name == name


@pytest.mark.parametrize(
    "name",
    [
        "MARTIN_SOPHIE.xml",
        "PECG_DURAND.xml",
        "PECGDURAND.xml",
        "1234567.xml",
        "06.00.00.00.00.xml",
        "PECG_20220615_1850308.xml",
        "18503.08950.001.xml",
        "Élodie.xml",
        "PECG\r\nDURAND.xml",
        "a" * 81,
    ],
)
def test_without_a_convention_any_other_name_is_kept_to_ourselves_and_never_a_refusal(
    name: str,
) -> None:
    seen = passport(post("pe-parcours"), arrival(name))
    assert seen.name == UNSHOWN_NAME
    assert name not in repr(seen)


@given(st.text(st.characters(categories=["L", "N", "P", "Z"]), max_size=30))
def test_what_is_shown_of_a_name_holds_no_long_number_and_no_unknown_word(name: str) -> None:
    shown = passport(post("pe-parcours"), arrival(name)).name
    assert shown in {name, UNSHOWN_NAME, name.removesuffix(".gpg")}
    if shown != UNSHOWN_NAME:
        assert shown.isascii()
        assert sum(letter.isdigit() for letter in shown) <= 12


def test_the_flow_whose_convention_a_name_follows_comes_before_the_flow_without_one() -> None:
    both = post("pe-parcours", "cd-parcours")
    assert passport(both, arrival(GOOD)).flow == "cd-parcours"
    assert passport(both, arrival("PECG.xml")).flow == "pe-parcours"


def test_a_partner_of_two_departements_enters_by_the_one_the_name_states() -> None:
    two = post("cd-parcours@51", "cd-parcours@08")
    assert passport(two, arrival(GOOD)).departement == "08"
    elsewhere = passport(two, arrival(GOOD.replace("_08_", "_2A_")))
    assert (elsewhere.departement, elsewhere.stated_departement) == ("51", "2A")


def test_a_delivery_is_named_by_its_partner_flow_and_arrival_alone() -> None:
    one = passport(post("pe-parcours"), arrival("PECG.xml"))
    assert one.delivery == passport(post("pe-parcours"), arrival("autre.xml")).delivery
    others = [
        passport(post("pe-parcours"), arrival("PECG.xml", "k2")),
        passport(post("pe-parcours", partner="q"), arrival("PECG.xml")),
    ]
    assert one.delivery not in {other.delivery for other in others}


async def test_a_silent_partner_hides_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "PECG.xml").write_text("x")
    absent = post("cnaf-contacts", partner="absent", root=tmp_path / "MARTIN")
    present = post("pe-parcours", partner="present", root=tmp_path)
    seen, silent = await look([absent, present])
    assert [sighting.passport.partner for sighting in seen] == ["present"]
    assert [(silence.partner, silence.why) for silence in silent] == [("absent", "Unreachable")]
    assert "MARTIN" not in caplog.text


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "PECG.xml").write_text("x")
    here = post("pe-parcours", root=tmp_path)
    first = await look([here])
    await asyncio.sleep(0)
    assert await look([here]) == first
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["PECG.xml", "depot"]


class Hanging(FolderSource):
    """A place that lets in and never answers."""

    async def arrivals(self) -> Sequence[Arrival]:
        await asyncio.Event().wait()
        raise AssertionError("never")


async def test_a_place_that_hangs_holds_nobody(tmp_path: Path) -> None:
    contracts = (Entrance("cd-parcours", "08", contract("cd-parcours")),)
    stuck = Post("stuck", Hanging(tmp_path / "stuck", "stuck"), contracts)
    (tmp_path / "here" / "depot").mkdir(parents=True)
    (tmp_path / "here" / "depot" / "x.csv").write_bytes(b"x")
    here = Post("here", FolderSource(tmp_path / "here", "here"), contracts)
    seen, silent = await look([stuck, here], patience=0.2)
    assert [s.partner for s in silent] == ["stuck"]
    assert [s.post.partner for s in seen] == ["here"]
