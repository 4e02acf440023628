"""What two people agreed about an SFTP account decides with whom it is spoken, and how."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from connectors.host_keys import fingerprint_of
from connectors.sandbox.sftp import SftpSandbox
from gateway.agreements import agreed, legacy_given, legacy_shown
from gateway.doors.durable import Patience
from gateway.errors import Misconfigured
from gateway.places import open_outlet, open_sources
from gateway.rounds import go_round, running
from gateway.settings import Ledger, Main, Partner, Paths, Settings, SftpPlace, load
from gateway.store.approvals import Matter, ask, decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import all_deliveries
from gateway.store.partner_keys import Kind, Proposal, propose
from tests.gateway.test_settings import PE, faults, write
from tests.world.furnished import furnish
from tests.world.relay import relayed
from tests.world.sshd import made_key

TODAY = datetime.now(UTC).date()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'db.sqlite'}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    main = Main(paths=Paths(var="var", keys="keys"), ledger=Ledger(origin="o"))
    return Settings(base=tmp_path, main=main, partners=())


def old_partner(**changes: Any) -> Partner:
    place = SftpPlace(
        host="h", port=22, username="u", client_key="k", policy="legacy", legacy_until=TODAY
    )
    return Partner(
        alias="pe", name="P", siret="0" * 14, sftp=msgspec.structs.replace(place, **changes)
    )


def approve(engine: Engine, shown: Mapping[str, str], matter: Matter = Matter.LEGACY) -> None:
    asked = ask(engine, matter, "pe", shown, by="un", motive="essai")
    decide(engine, asked.id, by="deux", agrees=True, then=DEEDS[matter])


def is_given(engine: Engine, partner: Partner) -> bool:
    with engine.begin() as connection:
        return legacy_given(connection, partner)


def test_old_algorithms_are_agreed_for_exactly_what_the_settings_say(engine: Engine) -> None:
    partner = old_partner()
    shown = legacy_shown(partner)
    assert TODAY.isoformat() in shown.values()
    assert "hmac-sha1" in shown["intégrité"]
    ask(engine, Matter.LEGACY, "pe", shown, by="un", motive="essai")
    assert not is_given(engine, partner)
    approve(engine, shown)
    assert is_given(engine, partner)
    for changes in ({"legacy_until": TODAY + timedelta(days=1)}, {"host": "x"}, {"port": 23}):
        assert not is_given(engine, old_partner(**changes))
    assert not is_given(engine, msgspec.structs.replace(partner, alias="other"))


async def test_without_the_agreement_the_command_to_type_is_said(
    engine: Engine, settings: Settings
) -> None:
    partner = old_partner()
    with pytest.raises(Misconfigured, match="passerelle partner legacy pe"):
        open_outlet(settings, partner)
    with pytest.raises(Misconfigured, match="deux personnes"):
        async with open_sources(settings, partner):
            pytest.fail("nobody agreed")
    approve(engine, legacy_shown(partner))
    with engine.begin() as connection:
        agreement = agreed(connection, partner)
    async with open_sources(settings, partner, agreement) as opened:
        assert len(opened) == 1


def test_a_partner_spoken_to_as_everybody_has_nothing_to_ask(engine: Engine) -> None:
    usual = old_partner(policy="rgs", legacy_until=None)
    with pytest.raises(Misconfigured, match="rien à demander"):
        legacy_shown(usual)
    assert not is_given(engine, usual)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('policy = "legacy"', "legacy_until"),
        ("legacy_until = 2026-12-01", "legacy_until"),
        ('policy = "legacy"\nlegacy_until = 2999-01-01', "un an au plus"),
        ('policy = "legacy"\nlegacy_until = "demain"', "attendu date AAAA-MM-JJ"),
        ('settle = "keep"', '"archive" ou "delete" ou "leave"'),
        ('[sftp.folders]\ndepot = "../x"', "dossier, sans « .. »"),
        ('[sftp.folders]\ndepot = "x"\nack = "x"', "x sert deux fois"),
        ("transfer_minutes = 0", "entier positif"),
        ("resume_attempts = -1", "entier, 0 compris"),
    ],
)
def test_an_account_that_cannot_be_meant_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    path = write(tmp_path, pe=PE.replace("[[flows]]", f"{lines}\n[[flows]]"))
    assert [fault for fault in faults(path) if said in fault]


def sftp_house(tmp_path: Path, port: int, key: Path, more: str) -> Path:
    """A gateway of one SFTP partner."""
    root = furnish(tmp_path / "house")
    partner = root / "config" / "partners" / "pe.toml"
    place = f'[sftp]\nhost = "127.0.0.1"\nport = {port}\nusername = "pe"\nclient_key = "{key}"\nstable_seconds = 0.0\n'
    written = partner.read_text("utf-8").replace(
        '[folder]\npath = "../lieu"\n', place + more + "\n"
    )
    partner.write_text(written, "utf-8")
    return root / "config" / "gateway.toml"


async def test_an_approved_host_key_is_enough_and_a_round_makes_one_connection(
    tmp_path: Path,
) -> None:
    async with SftpSandbox(tmp_path / "sandbox") as sandbox, relayed(sandbox.port) as relay:
        access = sandbox.add_partner("pe")
        config = sftp_house(tmp_path, relay.port, access.client_key_path, 'settle = "leave"')
        depot, ack = sandbox.folder("pe", "depot"), sandbox.folder("pe", "ack")
        for name in ("A.xml", "B.xml", "C.xml"):
            (depot / name).write_bytes(name.encode())
        settings = load(config)
        async with running(settings, Patience(2, 0.01)) as (house, notebook):
            silent = await go_round(house, notebook, lambda _phase, _started: None)
            assert [silence.why for silence in silent.silences] == ["Denied"]
            assert relay.connections == 0
            fingerprint = fingerprint_of(access.host_key)
            proposal = Proposal(
                "pe", Kind.SSH_HOST, fingerprint, access.host_key, {"empreinte": fingerprint}
            )
            asked = propose(house.engine, proposal, by="un", motive="essai")
            decide(house.engine, asked.id, by="deux", agrees=True, then=DEEDS[asked.matter])
        for expected in (3, 0, 0):
            async with running(settings, Patience(2, 0.01)) as (house, notebook):
                relay.connections = 0
                first = await go_round(house, notebook, lambda _phase, _started: None)
                assert (len(first.sightings), first.started) == (3, expected)
                assert len(list(ack.iterdir())) >= 3
                told = {path.name: path.stat().st_mtime_ns for path in ack.iterdir()}
                again = await go_round(house, notebook, lambda _phase, _started: None)
                assert (len(again.sightings), again.started) == (0, 0)
                assert {path.name: path.stat().st_mtime_ns for path in ack.iterdir()} == told
                assert relay.connections == 1
                with house.engine.begin() as connection:
                    assert len(all_deliveries(connection)) == 3
        assert len(list(depot.iterdir())) == 3
        assert await relay.is_empty()


def test_pins_of_the_settings_and_of_the_people_stand_together(
    tmp_path: Path, engine: Engine, settings: Settings
) -> None:
    written, approved = made_key(tmp_path / "a"), made_key(tmp_path / "b")
    partner = old_partner(policy="rgs", legacy_until=None, host_keys=(written,))
    proposal = Proposal("pe", Kind.SSH_HOST, fingerprint_of(approved), approved, {})
    asked = propose(engine, proposal, by="un", motive="essai")
    with engine.begin() as connection:
        assert agreed(connection, partner).host_keys == ()
    decide(engine, asked.id, by="deux", agrees=True, then=DEEDS[asked.matter])
    with engine.begin() as connection:
        agreement = agreed(connection, partner)
    assert agreement.host_keys == (approved,)
    outlet = open_outlet(settings, partner, agreement)
    assert vars(outlet)["_settings"].host_keys == (written, approved)
