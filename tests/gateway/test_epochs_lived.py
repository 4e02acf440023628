"""A rotation in a house that works: files go on, crossings too, and each command says what it did."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import polars as pl
import pytest

from gateway.app import open_house
from gateway.cli.records import engine_of, records
from gateway.cli.speech import Exit
from gateway.doors.durable import Patience
from gateway.drawers import open_drawers
from gateway.identity.index import SUBJECT
from gateway.keyring import Keyring, Use
from gateway.pseudonym import Domain, Pseudonymiser, epoch_of
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.stages.feed import Larder
from gateway.store.deliveries import partitions_of
from gateway.store.releases import Crossed, last_crossing
from tests.world.sender import Sender

T = TypeVar("T")
FOLLOW = ("--destinataire", "cd", "--finalite", "suivi")


class AtOnce:
    """Steps that nothing remembers."""

    async def run(self, _name: str, step: Callable[[], Awaitable[T]]) -> T:
        return await step()


class Lived:
    """A sender's house, and what it holds."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.settings = sender, load(sender.config)
        self.ring = Keyring(self.settings.path(self.settings.main.paths.keys))
        self.drawers = open_drawers(self.settings, self.ring)

    def receives(self, month: str, number: int) -> dict[str, int]:
        """The same people again; what their sender is told of them."""
        name = f"CD-PARCOURS_08_2022{month}15_{number:06}_V1.csv"
        self.sender.leaves(number, self.sender.body + b"\n" * number, name=f"{name}.gpg")
        asyncio.run(self._round())
        told = [said for said in self.sender.answers(name).values() if said["niveau"] == "ARA"]
        codes: dict[str, int] = told[0]["codes"]
        return codes

    async def _round(self) -> None:
        async with running(self.settings, Patience(2, 0.01)) as (house, durable):
            await go_round(house, durable, lambda _phase, _started: None)
            assert await durable.failures() == {}

    def people(self) -> pl.DataFrame:
        with records(self.settings) as connection:
            crossed = last_crossing(connection, "08")
        assert crossed is not None
        return self.drawers.journeys.read(crossed.people)

    def crosses_again(self) -> pl.DataFrame:
        """The same files, crossed under another key."""

        async def _cross() -> Crossed:
            async with open_house(self.settings) as house:
                return await house.cross("08", "2022-06-15", "again", AtOnce())

        return self.drawers.journeys.read(asyncio.run(_cross()).people)

    def followed(self) -> set[str]:
        master = self.ring.pseudonym_master()
        with engine_of(self.settings) as engine:
            larder = Larder(engine, self.drawers.journeys, self.drawers.identities, master)
            with engine.begin() as connection:
                crossed = last_crossing(connection, "08")
            assert crossed is not None
            return set(larder.followed(crossed)["PERSONNE"])

    def facts(self) -> list[pl.DataFrame]:
        with records(self.settings) as connection:
            found = partitions_of(connection, "08", "cd-parcours")
        return [self.drawers.journeys.read(one.facts) for one in found]

    def identities(self) -> pl.DataFrame:
        with records(self.settings) as connection:
            latest = partitions_of(connection, "08", "cd-parcours")[-1]
        return self.drawers.identities.read(latest.identities)

    def named(self, epoch: str) -> Pseudonymiser:
        return Pseudonymiser(self.ring.pseudonym_master(), Domain("cd", "suivi", epoch))

    def agreed(self, *words: str) -> str:
        """Ana asks, Bob approves: the request."""
        asked = self.sender.asks(*words, by="ana")["demande"]
        self.sender.asks("approval", "approve", asked, by="bob")
        return str(asked)

    def warned(self) -> Sequence[str]:
        found: list[str] = self.sender.asks("doctor")["a_surveiller"]
        return [line for line in found if "époque passée" in line]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    sender = Sender(tmp_path_factory.mktemp("sender") / "house")
    yield Lived(sender)
    sender.close()


def test_files_and_crossings_go_on_across_a_rotation_and_our_frames_follow(lived: Lived) -> None:
    assert lived.receives("06", 1) == {}
    before = lived.people()
    assert epoch_of(before["PERSONNE"]) == "1"
    lived.agreed("key", "epoch", "change", "--motif", "rotation annuelle")
    assert len(lived.warned()) == 1
    again = lived.crosses_again()
    assert epoch_of(again["PERSONNE"]) == "2", "over a file of the first epoch"
    assert again["PERSONNE"].n_unique() == before["PERSONNE"].n_unique()
    assert lived.receives("07", 2) == {}, "nobody has gone: the file before bears other names"
    after = lived.people()
    assert epoch_of(after["PERSONNE"]) == "2"
    # what a release joins to the département's own identifiers
    assert lived.followed() == set(after["PERSONNE"])
    assert set(after["PERSONNE"]) & set(before["PERSONNE"]) == set()
    assert after["PERSONNE"].n_unique() == before["PERSONNE"].n_unique()
    assert {epoch_of(frame["PERSONNE"]) for frame in lived.facts()} == {"1", "2"}
    done = lived.sender.asks("key", "epoch", "apply", "--sans-attendre")
    assert (done["epoque"], done["lignes_de_personne"], done["a_effacer"]) == ("2", 0, 0)
    assert done["reecrits"] == done["effaces"] > 1
    june, july = lived.facts()
    assert set(june["PERSONNE"]) == set(july["PERSONNE"])
    assert lived.warned() == []
    assert "2 fichier" not in lived.sender.types("key", "epoch", "list").stdout
    told = lived.sender.types("key", "epoch", "apply")
    assert "Époque 2 : 0 fichier(s) réécrit(s)" in told.stdout


def test_a_pseudonym_is_lifted_from_the_command_line_by_two_people(lived: Lived) -> None:
    people = lived.identities().drop_nulls("ID_CD").sort("ID_CD")
    subject, own = people.select(SUBJECT, "ID_CD").row(0)
    name = lived.named("1").of(subject)
    ask = ("person", "reidentify", name, *FOLLOW, "--departement", "08", "--motif", "danger")
    pending = lived.sender.asks(*ask, by="ana")
    assert name not in str(pending)
    early = lived.sender.types("person", "reveal", pending["demande"], name, by="ana")
    assert (early.exit_code, own in early.output) == (Exit.AGAINST, False)
    lived.sender.asks("approval", "approve", pending["demande"], by="bob")
    shown = lived.sender.types("person", "reveal", pending["demande"], name, by="ana")
    assert f"Identifiant du département : {own}" in shown.stdout
    again = lived.sender.types("person", "reveal", pending["demande"], name, by="ana")
    assert (again.exit_code, own in again.output) == (Exit.AGAINST, False)
    stranger = "p1.1." + "0" * 32
    again_for = (
        "person",
        "reidentify",
        stranger,
        *FOLLOW,
        "--departement",
        "08",
        "--motif",
        "danger",
    )
    nobody = lived.sender.asks("person", "reveal", lived.agreed(*again_for), stranger, by="ana")
    assert nobody["id_cd"] is None
    for options in ((), ("--json",)):
        empty = (*again_for[:-1], " ")
        assert lived.sender.types(*empty, *options, by="ana").exit_code == Exit.CONFIGURATION


def test_a_bridge_between_two_epochs_is_read_by_its_recipient_alone(lived: Lived) -> None:
    lived.agreed("key", "epoch", "change", *FOLLOW, "--motif", "rotation", "--epoque", "2027")
    where = ("--departement", "08", "--de", "1", "--motif", "continuité du suivi")
    request = lived.agreed("key", "epoch", "bridge", *FOLLOW, *where)
    out = lived.sender.root / "passage.gpg"
    pending = lived.sender.asks("key", "epoch", "bridge", *FOLLOW, *where, by="carole")["demande"]
    early = lived.sender.types("key", "epoch", "give", pending, str(out), by="carole")
    assert (early.exit_code, out.exists()) == (Exit.AGAINST, False)
    assert "passage approuvé" in early.stderr
    done = lived.sender.asks("key", "epoch", "give", request, str(out), by="ana")
    subjects = lived.identities()[SUBJECT].unique()
    lived.sender.own.gpg("--import", stdin=lived.ring.openpgp_public(Use.RELEASE).encode())
    clear = lived.sender.own.gpg("--decrypt", stdin=out.read_bytes())
    lines = [line.split(";") for line in clear.decode().splitlines()]
    old, new = (lived.named(epoch).of_all(subjects) for epoch in ("1", "2027"))
    assert lines[0] == ["ANCIEN", "NOUVEAU"]
    assert sorted(map(tuple, lines[1:])) == sorted(zip(old, new, strict=True))
    assert [line[1] for line in lines[1:]] == sorted(new), "their place says nothing of the old"
    assert done["personnes"] == len(subjects)
    assert not [name for name in old if name.encode() in out.read_bytes()]
    twice = lived.sender.types("key", "epoch", "give", request, str(out), by="ana")
    assert "rien n'est remplacé" in twice.stderr
    wrong = lived.sender.types(
        "key", "epoch", "bridge", *FOLLOW, "--departement", "08", "--de", "2027", "--motif", "m", by="ana"
    )  # fmt: skip
    assert (wrong.exit_code, "époque passée" in wrong.stderr) == (Exit.AGAINST, True)


def test_the_commands_say_in_french_what_comes_next(lived: Lived) -> None:
    asked = lived.sender.types("key", "epoch", "change", "--motif", "m", by="ana").stdout
    assert "approval approve" in asked
    assert "key epoch apply" in asked
    listed = lived.sender.types("key", "epoch", "list").stdout
    assert "croisement-parcours" in listed
    assert "2027" in listed
    unknown = lived.sender.types(
        "key", "epoch", "change", "--destinataire", "personne", "--motif", "m", by="ana"
    )
    assert "partenaire inconnu" in unknown.stderr
    name = lived.named("1").of("x" * 32)
    told = lived.sender.types(
        "person", "reidentify", name, *FOLLOW, "--departement", "08", "--motif", "m", by="ana"
    ).stdout
    assert "person reveal" in told
    assert name not in told
