"""A partner's key is used once two people approved exactly that one, and never after it is retired."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from gateway.enrolment import openpgp_keys
from gateway.errors import Misconfigured, NotAuthorised
from gateway.store.approvals import decide
from gateway.store.deeds import DEEDS
from gateway.store.partner_keys import (
    Kind,
    Proposal,
    Standing,
    every_key,
    in_force,
    keys_of,
    propose,
    retire,
)

SOON = datetime(2027, 1, 1, tzinfo=UTC)
NOW = SOON - timedelta(days=1)


def key(partner: str = "cd-08", fingerprint: str = "A" * 40) -> Proposal:
    facts = {"empreinte": fingerprint}
    return Proposal(partner, Kind.OPENPGP, fingerprint, f"clé {fingerprint[0]}", facts, SOON)


def approved(engine: Engine, proposal: Proposal) -> None:
    asked = propose(engine, proposal, by="alice", motive="convention")
    decide(engine, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])


def test_a_proposed_key_is_not_used(engine: Engine) -> None:
    propose(engine, key(), by="alice", motive="convention")
    with engine.begin() as connection:
        assert in_force(connection, "cd-08", Kind.OPENPGP) == []
    with pytest.raises(Misconfigured, match="key import"):
        openpgp_keys(engine, "cd-08")


def test_an_approved_key_is_used_by_its_partner_alone(engine: Engine) -> None:
    approved(engine, key())
    assert openpgp_keys(engine, "cd-08", now=NOW) == ["clé A"]
    with pytest.raises(Misconfigured):
        openpgp_keys(engine, "cd-09")


def test_while_a_partner_changes_its_key_both_are_in_force_oldest_first(engine: Engine) -> None:
    for letter in "AB":
        approved(engine, key(fingerprint=letter * 40))
    assert openpgp_keys(engine, "cd-08", now=NOW) == ["clé A", "clé B"]


def test_an_expired_key_is_used_no_more(engine: Engine) -> None:
    approved(engine, key())
    with pytest.raises(Misconfigured):
        openpgp_keys(engine, "cd-08", now=SOON)


def test_a_retired_key_is_kept_and_never_comes_back(engine: Engine) -> None:
    approved(engine, key())
    with engine.begin() as connection:
        (held,) = keys_of(connection, "cd-08")
    retire(engine, held, by="alice")
    with engine.begin() as connection:
        assert [k.standing for k in every_key(connection)] == [Standing.RETIRED]
    with pytest.raises(NotAuthorised, match="retirée"):
        propose(engine, key(), by="alice", motive="retour")


def test_the_same_fingerprint_for_another_partner_is_another_key(engine: Engine) -> None:
    approved(engine, key())
    propose(engine, key(partner="pe"), by="alice", motive="convention")
    with engine.begin() as connection:
        assert in_force(connection, "pe", Kind.OPENPGP) == []
        assert [k.material for k in in_force(connection, "cd-08", Kind.OPENPGP)] == ["clé A"]


def changed(fingerprint: str = "A" * 40) -> Proposal:
    return Proposal("cd-08", Kind.OPENPGP, fingerprint, "autre", {"empreinte": fingerprint}, SOON)


def test_other_bytes_under_the_same_fingerprint_are_another_request(engine: Engine) -> None:
    first = propose(engine, key(), by="alice", motive="convention")
    second = propose(engine, changed(), by="alice", motive="convention")
    assert (first.id, first.digest) != (second.id, second.digest)
    decide(engine, first.id, by="bruno", agrees=True, then=DEEDS[first.matter])
    assert openpgp_keys(engine, "cd-08", now=NOW) == ["clé A"]


def test_a_key_renewed_under_its_fingerprint_replaces_the_one_in_force(engine: Engine) -> None:
    approved(engine, key())
    approved(engine, changed())
    assert openpgp_keys(engine, "cd-08", now=NOW) == ["autre"]
    with engine.begin() as connection:
        standings = [k.standing for k in keys_of(connection, "cd-08")]
    assert sorted(standings) == [Standing.IN_FORCE, Standing.REPLACED]


def test_what_is_in_force_is_not_asked_for_again(engine: Engine) -> None:
    approved(engine, key())
    with pytest.raises(NotAuthorised, match="en vigueur"):
        propose(engine, key(), by="carole", motive="encore")


def test_a_key_replaced_before_its_answer_waits_no_more(engine: Engine) -> None:
    first = propose(engine, key(), by="alice", motive="convention")
    again = propose(engine, key(), by="carole", motive="convention")
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        decide(engine, first.id, by="bruno", agrees=True, then=DEEDS[first.matter])
    decide(engine, again.id, by="bruno", agrees=True, then=DEEDS[again.matter])
    assert openpgp_keys(engine, "cd-08", now=NOW) == ["clé A"]
