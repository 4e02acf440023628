"""The three sealed files of a delivery cannot be joined without the master key, and facts name nobody."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gateway.archive import Archive
from gateway.delivery import Checked, Opened, Pseudonymised
from gateway.identity.index import SUBJECT, empty
from gateway.keyring import Drawer, Keyring
from gateway.pseudonym import Domain, Pseudonymiser
from gateway.secret import Secret
from gateway.stages.link import link
from gateway.stages.pseudonymise import pseudonymise
from gateway.vault import Unsealer, Vault, open_folder
from schemas.check import check
from schemas.generator import Truth
from schemas.generator.flows.monthly import write_week
from schemas.registry import contract
from tests.world.demo import Played
from tests.world.needles import Needles, needles
from tests.world.records import DAY

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts")
MASTER = Secret(bytes(range(32)))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    into = tmp_path_factory.mktemp("crowd")
    return into, write_week(into, departement="2B", people=400, seed=11, as_of=DAY)


def kept(folder: Path, flow: str, master: Secret[bytes] = MASTER) -> Pseudonymised:
    """One delivery, as far as what is kept of it."""
    path = {
        "cd-parcours": next((folder / "cd").glob("*.csv")),
        "pe-parcours": folder / "pe" / "PECG.xml",
        "cnaf-contacts": folder / "cnaf" / "coordonnees-allocataire.txt",
    }[flow]
    reading = check(path, contract(flow), departement="2B")
    checked, now = Checked(Opened(path, "", ""), reading, "off"), datetime.now(UTC)
    linked = link(checked, empty(), 0, flow=flow, partner="p", as_of=DAY, sent=now)
    return pseudonymise(linked, contract(flow), master)


@pytest.mark.parametrize("flow", FLOWS)
def test_facts_share_no_column_and_no_name_with_identities_or_index(
    crowd: tuple[Path, Truth], flow: str
) -> None:
    found = kept(crowd[0], flow)
    assert set(found.facts.columns) & set(found.identities.columns) == set()
    assert set(found.facts.columns) & set(found.linked.index.columns) == set()
    subjects = set(found.linked.index[SUBJECT])
    assert set(found.identities[SUBJECT]) == subjects
    assert set(found.facts["PERSONNE"]) & subjects == set()
    assert found.facts["PERSONNE"].n_unique() == len(subjects)


@pytest.mark.parametrize("flow", FLOWS)
def test_facts_name_nobody(crowd: tuple[Path, Truth], flow: str) -> None:
    people, found = needles(crowd[1]), kept(crowd[0], flow)
    assert people.leaks({"facts": found.facts.write_csv().encode()}) == []
    identities = found.identities.write_csv().encode()
    assert people.leaks({"identities": identities}) != []


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("other", ["identities", "index"])
def test_the_place_of_a_row_joins_facts_to_nothing(
    crowd: tuple[Path, Truth], flow: str, other: str
) -> None:
    """By rank: where somebody stands among the facts says nothing of where they stand elsewhere."""
    found = kept(crowd[0], flow)
    elsewhere = found.identities if other == "identities" else found.linked.index
    names = Pseudonymiser(MASTER, _journeys()).of_series(elsewhere[SUBJECT])
    there = (
        pl.DataFrame({"PERSONNE": names}).with_row_index("THERE").unique("PERSONNE", keep="first")
    )
    here = found.facts.with_row_index("HERE").unique("PERSONNE", keep="first")
    ranks = here.join(there, on="PERSONNE").select(pl.corr("HERE", "THERE", method="spearman"))
    assert here.height > 150
    assert (
        abs(ranks.item()) < 0.4
    )  # six standard deviations: chance fails once in a thousand million


def test_a_join_by_place_would_be_seen(crowd: tuple[Path, Truth]) -> None:
    found = kept(crowd[0], "pe-parcours")
    names = Pseudonymiser(MASTER, _journeys()).of_series(found.identities[SUBJECT])
    in_file_order = pl.DataFrame({"HERE": range(len(names)), "THERE": range(len(names))})
    assert in_file_order.select(pl.corr("HERE", "THERE", method="spearman")).item() > 0.99


@pytest.mark.parametrize("flow", FLOWS)
def test_another_master_gives_other_names_to_everybody(
    crowd: tuple[Path, Truth], flow: str
) -> None:
    found = kept(crowd[0], flow)
    subjects = found.linked.index[SUBJECT]
    ours = set(Pseudonymiser(MASTER, _journeys()).of_series(subjects))
    assert ours == set(found.facts["PERSONNE"])
    for master, domain in (
        (Secret(secrets.token_bytes(32)), _journeys()),
        (Secret(bytes(range(1, 33))), _journeys()),
        (MASTER, Domain("passerelle", "autre-finalite", "1")),
        (MASTER, Domain("rdv-insertion", "croisement-parcours", "1")),
        (MASTER, Domain("passerelle", "croisement-parcours", "2")),
    ):
        assert set(Pseudonymiser(master, domain).of_series(subjects)) & ours == set()


def test_no_name_follows_from_what_a_thief_would_hold(crowd: tuple[Path, Truth]) -> None:
    """Everything sealed was opened, the master was not: the obvious functions give no pseudonym."""
    found = kept(crowd[0], "cd-parcours")
    index = found.linked.index
    held = [v for column in (SUBJECT, "NIR13", "KEY") for v in index[column].drop_nulls()]
    guesses = {
        guess
        for value in held
        for key in (b"", b"\0" * 32, b"passerelle", value.encode())
        for guess in (
            hashlib.sha256(key + value.encode()).hexdigest()[:32],
            hmac.new(key or b"\0", value.encode(), "sha256").hexdigest()[:32],
            hashlib.md5(key + value.encode()).hexdigest(),
        )
    }
    names = {name.rpartition(".")[2] for name in found.facts["PERSONNE"]}
    assert {len(name) for name in names} == {32}
    assert guesses & names == set()


def test_the_same_file_in_another_house_gives_other_names(crowd: tuple[Path, Truth]) -> None:
    """Subjects are drawn at random: even the same master would not join two gateways."""
    one, two = (kept(crowd[0], "pe-parcours") for _ in range(2))
    assert set(one.facts["PERSONNE"]) & set(two.facts["PERSONNE"]) == set()


# --- in what the demo really sealed


def _archives(played: Played) -> dict[Drawer, tuple[Archive, list[str]]]:
    ring = Keyring(played.stage.var / "cles")
    found: dict[Drawer, tuple[Archive, list[str]]] = {}
    for drawer in (Drawer.JOURNEYS, Drawer.IDENTITY):
        folder = played.stage.var / "etat" / "coffre" / drawer
        store = open_folder(folder)
        archive = Archive(
            Vault(store, [ring.age_recipient(drawer)]),
            Unsealer(store, [ring.age_identity(drawer)]),
        )
        found[drawer] = archive, sorted(path.stem for path in folder.rglob("*.age"))
    return found


def test_even_opened_the_journeys_name_nobody(calm: Played, people: Needles) -> None:
    archive, digests = _archives(calm)[Drawer.JOURNEYS]
    opened = {digest: archive.read(digest).write_json().encode() for digest in digests}
    assert len(opened) >= 4  # three flows, and the signals
    assert people.leaks(opened) == []


def test_opened_the_identities_do_so_each_drawer_has_its_key(calm: Played, people: Needles) -> None:
    archive, digests = _archives(calm)[Drawer.IDENTITY]
    opened = {digest: archive.read(digest).write_json().encode() for digest in digests}
    assert {leak.kind for leak in people.leaks(opened)} >= {"nir", "matricule", "telephone", "cd"}


def test_journeys_and_identities_of_the_demo_share_no_value_that_names(calm: Played) -> None:
    drawers = _archives(calm)
    names: dict[Drawer, set[str]] = {}
    for drawer, (archive, digests) in drawers.items():
        frames = [archive.read(digest) for digest in digests]
        column = "PERSONNE" if drawer is Drawer.JOURNEYS else SUBJECT
        names[drawer] = {name for frame in frames for name in frame[column]}
    assert all(len(found) > 80 for found in names.values())
    journeys = {name.rpartition(".")[2] for name in names[Drawer.JOURNEYS]}
    assert journeys & names[Drawer.IDENTITY] == set()


def _journeys() -> Domain:
    return Domain(recipient="passerelle", purpose="croisement-parcours", epoch="1")
