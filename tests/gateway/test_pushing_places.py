"""A partner that takes people: what its settings may say, what opens there, and for whom its extracts are sealed."""

from pathlib import Path

import pytest

from connectors.rdv_insertion import RdvInsertionSettings
from gateway.app import open_house
from gateway.errors import Misconfigured
from gateway.keyring import Use
from gateway.places import can_receive, open_outlet, rdv_insertion_of
from gateway.pushing import PushOutlet
from gateway.settings import Settings, load
from tests.gateway.test_doctor import _faults
from tests.world.furnished import furnish

PASSWORD = "mot-de-passe-d-agent"
TAKES_PEOPLE = """\
alias = "rdv-insertion"
name = "RDV-Insertion (exemple)"
siret = "00000000000022"
[rdv_insertion]
email = "agent@exemple.org"
password_file = "../cles/rdv-insertion.password"
organisation = 4321
motif_category = "rsa_orientation"
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    furnish(tmp_path)
    (tmp_path / "config" / "partners" / "rdv.toml").write_text(TAKES_PEOPLE)
    (tmp_path / "cles" / "rdv-insertion.password").write_text(f"{PASSWORD}\n")
    return tmp_path


def settings(house: Path, **instead: str) -> Settings:
    paper = house / "config" / "partners" / "rdv.toml"
    text = TAKES_PEOPLE
    for old, new in instead.items():
        text = text.replace(old, new)
    paper.write_text(text)
    return load(house / "config" / "gateway.toml")


async def test_it_is_opened_as_an_outlet_and_its_extracts_are_sealed_for_ourselves(
    house: Path,
) -> None:
    known = settings(house)
    partner = known.partner("rdv-insertion")
    assert can_receive(partner)
    async with open_house(known) as opened:
        outlet = opened.outlets["rdv-insertion"]
        assert isinstance(outlet, PushOutlet)
        keys = opened._sealing(partner)
        assert keys.partner == opened.keyring.openpgp_public(Use.RELEASE)
        assert keys == outlet.opening.keys
        assert PASSWORD not in repr(outlet)
        assert opened._sealing(known.partner("pe")).partner != ""


def test_its_account_is_read_from_its_file_and_never_shown(house: Path) -> None:
    known = settings(house)
    access = rdv_insertion_of(known, known.partner("rdv-insertion"))
    assert isinstance(access, RdvInsertionSettings)
    assert access.password.reveal() == PASSWORD
    assert PASSWORD not in repr(access)
    assert access.many_url == (
        "https://www.rdv-insertion.fr/api/v1/organisations/4321/users/create_and_invite_many"
    )
    assert rdv_insertion_of(known, known.partner("pe")) is None
    with pytest.raises(
        Misconfigured, match="remise d'un fichier"
    ):  # a test file has no place there
        open_outlet(known, known.partner("rdv-insertion"))
    (house / "cles" / "rdv-insertion.password").unlink()
    with pytest.raises(Misconfigured, match="mot de passe absent"):
        rdv_insertion_of(known, known.partner("rdv-insertion"))


def test_the_doctor_asks_no_key_of_who_takes_people(house: Path) -> None:
    assert not any("rdv-insertion" in fault for fault in _faults(house))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[rdv_insertion]", '[folder]\npath = "x"\n[rdv_insertion]', "est seul"),
        ("[rdv_insertion]", '[[flows]]\nflow = "cd-parcours"\ndepartement = "08"\n[rdv_insertion]', "est seul"),
        ("organisation", 'base_url = "http://rdv.example.org"\norganisation', "en https"),
        ("organisation", 'sign_in_url = "https://u:p@h/"\norganisation', "en https"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(house: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        settings(house, **{old: new})


def test_their_sandbox_on_this_machine_may_be_reached_in_clear(house: Path) -> None:
    new = 'base_url = "http://127.0.0.1:8080"\norganisation'
    assert settings(house, organisation=new).partner("rdv-insertion").rdv_insertion is not None
