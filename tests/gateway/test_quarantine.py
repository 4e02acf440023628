"""Held with their refusal, released by two people, rejected by one, ended by time, and then erased."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.ledger.log import committed_size
from gateway.stages.keep import keep
from gateway.store.approvals import decide, every
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import find_delivery
from gateway.store.discharge import ask_discharge
from gateway.store.quarantine import (
    HELD,
    WAIVED,
    Standing,
    every_held,
    reject,
)
from gateway.store.replays import ask_replay, origin, replays_of, waiting_replays
from gateway.store.tables import QUARANTINE
from schemas.codes import Code, Effect
from tests.house.tree import ROOT
from tests.world.arrivals import arrive, numbered
from tests.world.quarantine import D1, acts, answered, asked, held, ledger, refused, standing
from tests.world.records import collected, passport, refusal

REFUSING = [code for code in Code if code.entry.effect is Effect.FILE_REFUSED]
NEVER_WAIVED = set(HELD) - set(WAIVED)


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


# --- held


@pytest.mark.parametrize("code", REFUSING)
def test_refused_bytes_are_held_for_the_codes_that_say_so_and_for_no_other(
    engine: Engine, code: Code
) -> None:
    refused(engine, code)
    found = held(engine)
    assert (found is not None) is (code in HELD)
    facts = ledger(engine)[-1]["facts"]
    assert isinstance(facts, dict)
    assert ("held_until" in facts) is (code in HELD)
    if found is not None:
        assert (found.standing, found.code) == (Standing.HELD, code)
        assert found.expires_at - found.held_at == timedelta(days=30)


def test_what_never_was_ours_is_not_held(engine: Engine) -> None:
    keep(engine, passport("d1"), None, refusal("d1", Code.MANIFEST_DIFFERS))
    assert held(engine, "d1") is None


def test_it_is_held_once_and_as_long_as_the_settings_say(engine: Engine) -> None:
    for _ in range(2):
        verdict = refusal("d1", Code.UNKNOWN_SIGNER)
        keep(engine, passport("d1"), collected("d1"), verdict, held_days=3)
    found = held(engine, "d1")
    assert found is not None
    assert found.expires_at - found.held_at == timedelta(days=3)
    assert committed_size(engine) == 1


def test_who_signed_for_whom_and_how_big_is_never_set_aside() -> None:
    assert {
        Code.UNKNOWN_SIGNER, Code.SIGNATURE_REFUSED, Code.EXPANDS_TOO_MUCH, Code.WEAK_CRYPTOGRAPHY,
    } == NEVER_WAIVED  # fmt: skip
    assert set(WAIVED) <= set(HELD)
    assert all(code in codes and codes <= set(WAIVED) for code, codes in WAIVED.items())


def test_the_page_of_operators_names_the_codes_that_are_held_and_those_never_set_aside() -> None:
    page = (ROOT / "docs" / "reprises.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if re.match(r"\| `GW-\d{3}`.*traiter", line)]
    told = {
        Code(code): "rien d'écarté" in line
        for line in lines
        for code in re.findall(r"GW-\d{3}", line)
    }
    assert told == {code: code in NEVER_WAIVED for code in HELD}


# --- released


def test_a_release_takes_two_people_and_is_a_replay_that_sets_one_check_aside(
    engine: Engine,
) -> None:
    refused(engine, Code.SAME_NAME)
    request = asked(engine)
    with engine.begin() as connection:
        assert waiting_replays(connection) == []
    with pytest.raises(NotAuthorised, match="seconde personne"):
        answered(engine, request, "ana")
    assert standing(engine) is Standing.HELD
    answered(engine, request)
    with engine.begin() as connection:
        (replay,) = replays_of(connection, D1)
        assert waiting_replays(connection) == [(replay.id, "08")]
        start = origin(connection, replay)
    assert (replay.waives, replay.by, replay.rank) == ("GW-405", "ana", 1)
    assert start.waives == (Code.SAME_NAME, Code.SAME_SEQUENCE)
    found = held(engine)
    assert found is not None
    assert (found.standing, found.approval, found.decided_by) == (
        Standing.RELEASED, request.id, "bob",
    )  # fmt: skip
    assert acts(engine)[-4:] == [
        "approval.requested", "delivery.replayed", "quarantine.released", "approval.given",
    ]  # fmt: skip


@pytest.mark.parametrize("code", sorted(NEVER_WAIVED))
def test_a_signature_a_size_or_a_cryptography_is_released_to_be_checked_again(
    engine: Engine, code: Code
) -> None:
    refused(engine, code)
    request = asked(engine)
    assert "aucun contrôle écarté" in request.shown["effet"]
    answered(engine, request)
    with engine.begin() as connection:
        (replay,) = replays_of(connection, D1)
        assert (replay.waives, origin(connection, replay).waives) == ("", ())


def test_what_is_shown_is_metadata_with_its_digest_and_its_code(engine: Engine) -> None:
    refused(engine, Code.INFECTED)
    request = asked(engine)
    with engine.begin() as connection:
        row = find_delivery(connection, D1)
    assert row is not None
    assert request.shown["sha256"] == row.digest
    assert request.shown["code"].startswith("GW-301 ")
    assert set(request.shown) == {
        "depot", "partenaire", "flux", "departement", "nom", "octets", "sha256", "recu_le",
        "garde_jusqu_au", "code", "effet",
    }  # fmt: skip


def test_a_second_release_of_the_same_is_refused_even_if_it_was_asked_before(
    engine: Engine,
) -> None:
    refused(engine)
    first, second = asked(engine), asked(engine, by="eve")
    answered(engine, first)
    written = committed_size(engine)
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        answered(engine, second)
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        asked(engine)
    assert committed_size(engine) == written
    with engine.begin() as connection:
        assert len(replays_of(connection, D1)) == 1


def test_a_refused_request_leaves_it_held(engine: Engine) -> None:
    refused(engine)
    answered(engine, asked(engine), agrees=False)
    assert standing(engine) is Standing.HELD
    with engine.begin() as connection:
        assert waiting_replays(connection) == []


def test_an_approval_given_after_the_end_releases_nothing(engine: Engine) -> None:
    refused(engine)
    late = datetime.now(UTC) + timedelta(days=31)
    request = ask_discharge(engine, D1, by="ana", motive="m", now=late - timedelta(days=2))
    with pytest.raises(NotAuthorised, match="expiré"):
        decide(engine, request.id, by="bob", agrees=True, then=DEEDS[request.matter], now=late)
    with engine.begin() as connection:
        assert [one.state.value for one in every(connection, now=late)] == ["pending"]


def test_what_was_shown_must_still_be_so(engine: Engine) -> None:
    refused(engine)
    request = asked(engine)
    with engine.begin() as connection:
        later = datetime.now(UTC) + timedelta(days=300)
        connection.execute(QUARANTINE.update().values(expires_at=later))
    with pytest.raises(NotAuthorised, match="tel qu'il était montré"):
        answered(engine, request)
    assert standing(engine) is Standing.HELD


def test_a_file_with_two_faults_is_released_twice_and_keeps_what_was_set_aside(
    engine: Engine,
) -> None:
    refused(engine, Code.INFECTED)
    answered(engine, asked(engine))
    with engine.begin() as connection:
        (first,) = replays_of(connection, D1)
    line = numbered(1, replay_of=D1, label="again")
    shown = passport(first.id, replay_of=D1, name=line.name, sequence=1)
    arrive(engine, shown, "x", faulty=Code.SAME_SEQUENCE)
    answered(engine, asked(engine, first.id))
    with engine.begin() as connection:
        one, two = replays_of(connection, D1)
        assert (one.waives, two.waives, two.original) == ("GW-301", "GW-406", D1)
        assert origin(connection, two).waives == (
            Code.INFECTED, Code.SAME_NAME, Code.SAME_SEQUENCE,
        )  # fmt: skip


def test_one_person_cannot_go_round_the_quarantine_by_a_replay(engine: Engine) -> None:
    refused(engine)
    with pytest.raises(NotAuthorised, match="quarantine release"):
        ask_replay(engine, D1, by="ana", motive="m")
    reject(engine, D1, by="ana", motive="m")
    with pytest.raises(NotAuthorised, match="nouvel envoi"):
        ask_replay(engine, D1, by="ana", motive="m")


def test_what_is_held_is_listed_oldest_first(engine: Engine) -> None:
    for number in (2, 1):
        refused(engine, number=number)
    with engine.begin() as connection:
        assert [one.delivery[-1] for one in every_held(connection)] == ["2", "1"]
