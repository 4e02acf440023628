"""What is told by webhook is told where it happens: releases, verdicts, habilitations; and by the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, update

from gateway.cli.speech import Exit
from gateway.cli.watch import Watch
from gateway.doors.durable import Patience
from gateway.habilitation import Status
from gateway.rounds import running
from gateway.settings import load
from gateway.stages.keep import keep
from gateway.store.approvals import Approval, Matter, ask, decide
from gateway.store.database import open_engine
from gateway.store.habilitations import adopt, decide_state, shown
from gateway.store.releases import authorise, mark_delivered
from gateway.store.tables import METADATA
from gateway.store.webhooks import posts_of
from tests.world.furnished import document, furnish, run
from tests.world.habilitations import content, example
from tests.world.hooked import enrol, hook
from tests.world.receiver import CLIENT, SIRET
from tests.world.records import collected, entry, extracted, passport, refusal, treated

POST = METADATA.tables["webhook_post"]


def told(engine: Engine) -> list[tuple[str, str]]:
    """Events and subjects, the trial left out."""
    with engine.begin() as connection:
        rows = connection.execute(select(POST).where(POST.c.event != "test")).all()
    return sorted((row.event, row.subject) for row in rows)


def adopted(connection: Connection, given: Approval) -> None:
    adopt(connection, given)


def approve(engine: Engine) -> str:
    draft = content(example())
    with engine.begin() as connection:
        seen = shown(connection, draft, demand=1, changes={})
    asked = ask(engine, Matter.HABILITATION, draft.id, seen, by="camille", motive="m")
    decide(engine, asked.id, by="dominique", agrees=True, then=adopted)
    return draft.id


def test_the_organisation_of_a_habilitation_is_told_of_each_change_and_of_its_releases(
    engine: Engine,
) -> None:
    siret = example().organisation.siret
    enrol(engine, siret=siret)
    enrol(engine, "stranger", siret=SIRET)
    hook(engine, "https://hooks.example.org/")
    hook(engine, "https://stranger.example.org/", client="stranger")
    name = approve(engine)
    assert told(engine) == [("habilitation.changed", name)]
    one = extracted(habilitation=name)
    authorise(engine, one, entry(one.id))
    assert told(engine) == [("habilitation.changed", name)]  # authorised is not available
    for _ in range(2):
        mark_delivered(engine, one.id, "retrait/x", entry(one.id))
    decide_state(engine, name, Status.REVOKED, by="camille", motive="fin")
    changed = ("habilitation.changed", name)
    assert told(engine) == [changed, changed, ("release.available", one.id)]


def test_a_release_authorised_from_a_file_before_has_nobody_to_tell(engine: Engine) -> None:
    authorise(engine, extracted(), entry(extracted().id))
    assert mark_delivered(engine, extracted().id, "retrait/x", entry(extracted().id)) == 1
    assert told(engine) == []


def test_a_sender_is_told_of_each_verdict_once(engine: Engine) -> None:
    enrol(engine)
    hook(engine, "https://hooks.example.org/")
    for _ in range(2):
        keep(engine, passport(), collected(), treated(), siret=SIRET)
    keep(engine, passport("d2"), collected("d2"), refusal("d2"), siret=SIRET)
    assert keep(engine, passport("d3"), collected("d3"), treated("d3"), siret=SIRET).stale
    keep(engine, passport("d4"), collected("d4"), refusal("d4"))  # somebody else's
    judged = "delivery.judged"
    assert told(engine) == [(judged, "d1"), (judged, "d2")]
    held = METADATA.tables["quarantine"]
    with engine.begin() as connection:
        assert set(connection.scalars(select(held.c.delivery))) <= {"d2", "d4"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    furnish(tmp_path)
    engine = open_engine(load(tmp_path / "config" / "gateway.toml").database_url)
    enrol(engine)
    engine.dispose()
    return tmp_path / "config" / "gateway.toml"


URL = "https://hooks.invalid/passerelle"  # RFC 2606: nobody answers to it


def test_the_command_line_registers_shows_tries_and_removes(config: Path) -> None:
    words = ("--client", CLIENT, "--url", URL, "--config", config)
    made = document(run("webhook", "add", *words, "--evenement", "release.available", "--json"))
    assert made["evenements"] == ["release.available"]
    assert len(made["secret"]) == 64
    shown = run("webhook", "list", "--config", config)
    assert made["webhook"] in shown.stdout
    assert made["secret"] not in shown.stdout
    (line,) = document(run("webhook", "list", "--config", config, "--json"))
    assert {**line, "secret": made["secret"]} == made
    tried = run("webhook", "test", made["webhook"], "--config", config, "--json")
    assert tried.exit_code == Exit.LATER  # nobody is there
    (post,) = document(tried)
    assert (post["evenement"], post["etat"], post["essais"]) == ("test", "en attente", 1)
    again = run("webhook", "replay", post["envoi"], "--config", config)
    assert again.exit_code == Exit.LATER
    history = document(
        run("webhook", "list", "--envois", made["webhook"], "--json", "--config", config)
    )
    assert post["envoi"] in {one["envoi"] for one in history}
    assert run("webhook", "remove", made["webhook"], "--config", config).exit_code == Exit.DONE
    assert document(run("webhook", "list", "--config", config, "--json")) == []
    assert "Aucun webhook" in run("webhook", "list", "--config", config).stdout
    gone = run("webhook", "remove", made["webhook"], "--config", config)
    assert gone.exit_code == Exit.AGAINST


def test_a_webhook_without_our_key_or_client_is_refused_in_french(config: Path) -> None:
    words = ("webhook", "add", "--url", URL, "--config", config)
    stranger = run(*words, "--client", "nobody")
    assert (stranger.exit_code, "aucun client" in stranger.stderr) == (Exit.AGAINST, True)
    (config.parent.parent / "cles" / "webhooks.key").unlink()
    without = run(*words, "--client", CLIENT)
    assert (without.exit_code, "key create" in without.stderr) == (Exit.CONFIGURATION, True)
    assert document(run("webhook", "list", "--config", config, "--json")) == []


async def test_serve_sends_what_is_due(config: Path) -> None:
    made = document(
        run("webhook", "add", "--client", CLIENT, "--url", URL, "--config", config, "--json")
    )
    async with running(load(config), Patience()) as (house, durable):
        await Watch(house, durable).tell_webhooks()
        with house.engine.begin() as connection:
            (post,) = posts_of(connection, made["webhook"])
    assert (post.attempts, post.answered) == (1, None)


def test_a_stopped_webhook_is_put_in_service_again_by_trying_it(config: Path) -> None:
    made = document(
        run("webhook", "add", "--client", CLIENT, "--url", URL, "--config", config, "--json")
    )
    engine = open_engine(load(config).database_url)
    hooks = METADATA.tables["webhook"]
    with engine.begin() as connection:
        values = {"state": "STOPPED", "failures": 5, "since": datetime.now(UTC) - timedelta(days=1)}
        connection.execute(update(hooks).values(values))
    assert run("webhook", "test", made["webhook"], "--config", config).exit_code == Exit.LATER
    with engine.begin() as connection:
        row = connection.execute(select(hooks)).one()
    assert (row.state, row.failures) == ("ACTIVE", 1)
    engine.dispose()
