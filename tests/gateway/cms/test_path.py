"""A flow whose envelope is CMS goes the whole path, from the place to the verdict its sender reads."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from gateway import cms
from gateway.cli.speech import Exit
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deliveries import all_deliveries
from gateway.store.partner_keys import Kind, Proposal, come_into_force, in_force, propose, retire
from schemas.generator import write_departement
from tests.world.cms import CBC, GCM, STREAM, Signer, encrypts
from tests.world.furnished import furnish, run
from tests.world.town import QUICK

FLOW = 'flow = "cd-parcours"\ndepartement = "08"\nenvelope = "cms"\n'
NAME = "CD-PARCOURS_08_20220615_{:06}_V1.csv{}"


class House:
    """A gateway of one partner that sends in CMS, by a folder."""

    def __init__(self, root: Path) -> None:
        self.root = furnish(root)
        self.config = root / "config" / "gateway.toml"
        self.paper = root / "config" / "partners" / "pe.toml"
        text = self.paper.read_text()
        self.paper.write_text(text.partition("[[flows]]")[0] + "[[flows]]\n" + FLOW)
        assert run("key", "create", "--cms", "--config", self.config).exit_code == Exit.DONE
        self.certificate = root / "cles" / "cms-reception.crt"
        (root / "etat").mkdir(mode=0o700, exist_ok=True)
        self.failures: Mapping[str, str] = {}
        self.engine = open_engine(load(self.config).database_url)
        into = root / "dessin"
        write_departement(into, departement="08", people=40, seed=1, as_of=date(2022, 6, 15))
        self.clear = (into / "cd" / NAME.format(1, "")).read_bytes()

    def declare(self, signer: Signer) -> None:
        """One person imports the certificate, a second one approves it."""
        shown = cms.describe_certificate(signer.pem)
        proposal = Proposal(
            "pe", Kind.CMS, shown.fingerprint, signer.pem, shown.facts, shown.expires_at
        )
        asked = propose(self.engine, proposal, by="alice", motive="essai")
        decide(self.engine, asked.id, by="bruno", agrees=True, then=come_into_force)

    def leave(self, number: int, message: bytes, suffix: str = ".p7m") -> None:
        (self.root / "lieu" / "depot" / NAME.format(number, suffix)).write_bytes(message)

    async def round(self) -> dict[int, tuple[str, str | None]]:
        """Receive what waits; give every verdict so far, by the number in the name."""
        async with running(load(self.config), QUICK) as (house, durable):
            await go_round(house, durable, lambda _phase, _started: None)
            self.failures = await durable.failures()
        with self.engine.begin() as connection:
            rows = all_deliveries(connection)
        return {int(row.name.split("_")[3]): (row.verdict, row.code) for row in rows}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_what_a_declared_partner_signs_and_encrypts_is_accepted_and_the_rest_told(
    house: House, pe: Signer, stranger: Signer
) -> None:
    house.declare(pe)
    good = encrypts(pe.signs(house.clear, STREAM), house.certificate, CBC, STREAM)
    house.leave(1, good)
    assert await house.round() == {1: ("accepted", None)}
    house.leave(2, encrypts(house.clear, house.certificate, GCM), ".cms")
    house.leave(3, good[:-50], "")
    house.leave(4, encrypts(stranger.signs(house.clear), house.certificate, GCM))
    house.leave(5, house.clear)
    house.leave(6, b"")
    told = await house.round()
    assert {number: code for number, (_, code) in told.items() if number > 1} == {
        2: "GW-203",
        3: "GW-206",
        4: "GW-204",
        5: "GW-211",
        6: "GW-501",
    }
    with house.engine.begin() as connection:
        (key,) = in_force(connection, "pe", Kind.CMS)
    retire(house.engine, key, by="alice")
    house.paper.write_text(house.paper.read_text() + '[cms]\nsignature = "none"\n')
    house.leave(7, encrypts(house.clear + b"\n", house.certificate, CBC))
    assert (await house.round())[7] == ("refused", "GW-208")


async def test_as_pole_emploi_sends_once_it_is_written_that_only_the_channel_vouches(
    house: House,
) -> None:
    given_up = '[cms]\nsignature = "none"\nintegrity = "none"\n'
    house.paper.write_text(house.paper.read_text() + given_up)
    house.leave(1, encrypts(house.clear, house.certificate, CBC, STREAM), "")
    assert await house.round() == {1: ("accepted", None)}


async def test_without_a_certificate_two_people_approved_nothing_is_opened(
    house: House, pe: Signer
) -> None:
    house.leave(1, encrypts(pe.signs(house.clear), house.certificate, GCM))
    assert await house.round() == {}
    house.declare(pe)
    assert await house.round() == {1: ("accepted", None)}
