"""An alert is one open line per key, on both databases; a person closes it with a reason, in the ledger."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from gateway.cli.speech import Exit
from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.tables import ENTRY
from gateway.store.alerts import (
    Alert,
    Level,
    close_alert,
    count_open,
    dismiss,
    every_alert,
    open_alerts,
    raise_alert,
)
from gateway.store.database import open_engine
from tests.world.furnished import document, furnish, run

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATE = Alert("place-silent:pe", "place-silent", "pe", "pe ne répond plus")


def entries(engine: Engine) -> list[Entry]:
    with engine.connect() as connection:
        return [Entry.decode(bytes(row.body)) for row in connection.execute(select(ENTRY))]


def test_what_lasts_is_one_line_that_grows_louder(engine: Engine) -> None:
    louder = Alert(LATE.key, LATE.kind, LATE.partner, LATE.sentence, Level.URGENT)
    assert raise_alert(engine, LATE, now=NOON)
    assert not raise_alert(engine, louder, now=NOON + HOUR)
    with engine.begin() as connection:
        (standing,) = open_alerts(connection)
    assert (standing.alert.level, standing.times) == (Level.URGENT, 2)
    assert (standing.raised_at, standing.seen_at) == (NOON, NOON + HOUR)
    assert count_open(engine) == 1


def test_what_is_over_and_comes_back_is_another_line_unless_it_happens_once(engine: Engine) -> None:
    for once, again in ((False, True), (True, False)):
        alert = Alert(f"k{once}", "kind", "pe", "phrase")
        assert raise_alert(engine, alert, once=once)
        assert close_alert(engine, alert.key)
        assert not close_alert(engine, alert.key)
        assert raise_alert(engine, alert, once=once) == again
    assert count_open(engine) == 1


def test_ten_gateways_that_raise_it_together_raise_one(engine: Engine) -> None:
    with ThreadPoolExecutor(10) as gateways:
        new = list(gateways.map(lambda _: raise_alert(engine, LATE, once=True), range(10)))
    assert new.count(True) == 1
    with engine.begin() as connection:
        assert [one.times for one in every_alert(connection)] == [10]


def test_who_closes_one_and_why_is_kept_and_the_ledger_says_who(engine: Engine) -> None:
    raise_alert(engine, LATE, now=NOON)
    with engine.begin() as connection:
        (standing,) = open_alerts(connection)
    closed = dismiss(engine, standing.id, by="camille", motive="panne annoncée", now=NOON + HOUR)
    assert (closed.closed_at, closed.closed_by) == (NOON + HOUR, "camille")
    with engine.begin() as connection:
        assert every_alert(connection) == [closed]
        assert open_alerts(connection) == []
    (entry,) = entries(engine)
    assert (entry.act, entry.actor, entry.subject) == (Act.ALERT_CLOSED, "camille", standing.id)
    assert entry.facts["about"] == LATE.key
    assert "panne" not in json.dumps(dict(entry.facts))  # erasable: not in the ledger
    with pytest.raises(NotAuthorised, match="alert list"):
        dismiss(engine, standing.id, by="camille", motive="encore")
    assert len(entries(engine)) == 1


# --- the command line


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("house"))


def test_an_operator_reads_and_closes_alerts(furnished: Path) -> None:
    config = furnished / "config" / "gateway.toml"
    assert "Aucune alerte" in run("alert", "list", "--config", config).stdout
    engine = open_engine(f"sqlite:///{furnished / 'etat' / 'passerelle.sqlite'}")
    raise_alert(engine, LATE, now=NOON)
    assert LATE.sentence in run("alert", "list", "--config", config).stdout
    watched = document(run("doctor", "--config", config, "--json"))["a_surveiller"]
    assert LATE.sentence in watched
    (told,) = document(run("alert", "list", "--config", config, "--json"))
    assert (told["genre"], told["niveau"], told["fermee_le"]) == ("place-silent", "warning", None)

    without = run("alert", "close", told["alerte"], "--config", config)
    assert without.exit_code == Exit.MISUSE  # no reason given
    done = run("alert", "close", told["alerte"], "--motif", "vu", "--config", config, "--json")
    assert (done.exit_code, document(done)["motif"]) == (Exit.DONE, "vu")
    assert document(run("alert", "list", "--config", config, "--json")) == []
    (kept,) = document(run("alert", "list", "--toutes", "--config", config, "--json"))
    assert kept == document(done)
    again = run("alert", "close", told["alerte"], "--motif", "vu", "--config", config)
    assert again.exit_code == Exit.AGAINST
    (entry,) = (one for one in entries(engine) if one.act is Act.ALERT_CLOSED)
    assert entry.actor == kept["fermee_par"] != ""
    engine.dispose()
