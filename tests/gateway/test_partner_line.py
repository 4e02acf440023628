"""A partner's SFTP server is known by its key: read aloud, approved by another person, held when it changes."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli.speech import Exit
from gateway.keymaking import create_keys
from gateway.rounds import Round, go_round, running
from gateway.settings import load
from gateway.store.alerts import Level, open_alerts
from gateway.store.database import open_engine
from gateway.store.partner_states import State, standing_of
from tests.world.furnished import CONFIG, run
from tests.world.sshd import Sshd, openssh_server
from tests.world.town import QUICK

DECLARED = '[operators]\nidentity = "declared"\n'
PAPER = """\
alias = "cd"
name = "Conseil départemental"
siret = "00000000000018"
[sftp]
host = "127.0.0.1"
port = {port}
username = "{username}"
client_key = "{client_key}"
stable_seconds = 0.0
{more}
[[flows]]
flow = "cd-parcours"
departement = "08"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config" / "partners").mkdir(parents=True)
    (tmp_path / "config" / "gateway.toml").write_text(CONFIG + DECLARED)
    for name in ("depot", "archive", "ack", "retrait"):
        (tmp_path / "home" / name).mkdir(parents=True)
    create_keys(tmp_path / "cles", origin="example.org/journal", uid="Essai <p@example.org>")
    return tmp_path


def points_at(root: Path, server: Sshd, more: str = "") -> Path:
    written = PAPER.format(
        port=server.port, username=server.username, client_key=server.client_key_path, more=more
    )
    (root / "config" / "partners" / "cd.toml").write_text(written)
    return root / "config" / "gateway.toml"


def types(config: Path, *words: str, by: str = "alice") -> str:
    done = run(*words, "--par", by, "--config", config)
    assert done.exit_code == Exit.DONE, done.stderr
    return done.stdout


def offered(config: Path) -> str:
    shown = types(config, "partner", "host-key", "cd", "--motif", "mise en place")
    return next(word for word in shown.split() if word.startswith("SHA256:"))


def approved(config: Path, fingerprint: str) -> None:
    said = types(
        config, "partner", "host-key", "cd", "--motif", "lue", "--empreinte", fingerprint, "--json"
    )
    types(config, "approval", "approve", json.loads(said)["demande"], by="bruno")


def one_round(config: Path) -> Round:
    async def once() -> Round:
        async with running(load(config), QUICK) as (house, durable):
            return await go_round(house, durable, lambda *_: None)

    return asyncio.run(once())


def state_and_alerts(config: Path) -> tuple[State, list[tuple[str, Level]]]:
    engine = open_engine(load(config).database_url)
    with engine.begin() as connection:
        state = standing_of(connection, "cd").state
        alerts = [(one.alert.kind, one.alert.level) for one in open_alerts(connection)]
    engine.dispose()
    return state, alerts


def test_a_server_is_spoken_to_once_its_key_is_read_aloud_and_approved(
    root: Path, tmp_path: Path
) -> None:
    with openssh_server(tmp_path / "sshd", tmp_path / "home") as server:
        config = points_at(root, server)
        fingerprint = offered(config)
        wrong = run(
            "partner", "host-key", "cd", "--motif", "x", "--empreinte", "SHA256:autre",
            "--par", "alice", "--config", config,
        )  # fmt: skip
        assert wrong.exit_code == Exit.CONFIGURATION
        assert "à sa place" in wrong.stderr
        assert [s.why for s in one_round(config).silences] == ["Denied"]  # nothing is pinned
        approved(config, fingerprint)
        done = one_round(config)
        assert (done.silences, done.resting) == ((), ())


def test_a_server_with_another_key_pauses_its_partner_until_somebody_decides(
    root: Path, tmp_path: Path
) -> None:
    with openssh_server(tmp_path / "first", tmp_path / "home") as server:
        config = points_at(root, server)
        approved(config, offered(config))
    with openssh_server(tmp_path / "second", tmp_path / "home") as server:
        points_at(root, server)
        assert [s.why for s in one_round(config).silences] == ["HostKeyChanged"]
        assert state_and_alerts(config) == (
            State.PAUSED,
            [("host-key-changed", Level.URGENT)],
        )
        again = one_round(config)
        assert (again.silences, again.resting) == ((), ("cd",))
        assert state_and_alerts(config)[1] == [("host-key-changed", Level.URGENT)]
        approved(config, offered(config))
        types(config, "partner", "resume", "cd", "--motif", "nouvelle clé confirmée")
        done = one_round(config)
        assert (done.silences, done.resting) == ((), ())


def test_old_algorithms_are_asked_for_and_shown_before_they_are_spoken(
    root: Path, tmp_path: Path
) -> None:
    with openssh_server(tmp_path / "sshd", tmp_path / "home") as server:
        config = points_at(root, server)
        none = run("partner", "legacy", "cd", "--motif", "x", "--par", "alice", "--config", config)
        assert "rien à demander" in none.stderr
        points_at(root, server, 'policy = "legacy"\nlegacy_until = 2027-01-31')
        said = types(config, "partner", "legacy", "cd", "--motif", "serveur ancien", "--json")
        shown = json.loads(said)["montre"]
        assert shown["jusqu'au"] == "2027-01-31"
        assert "ssh-rsa" in shown["signatures"]
