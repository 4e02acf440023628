"""Where a partner stands is decided by somebody, and written."""

import pytest
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.store.partner_states import State, change, standing_of, standings
from tests.gateway.test_approvals import acts


def test_a_partner_nobody_decided_about_is_active(engine: Engine) -> None:
    with engine.begin() as connection:
        assert standing_of(connection, "pe").state is State.ACTIVE
        assert standings(connection) == {}


def test_the_last_decision_stands_and_each_is_in_the_ledger(engine: Engine) -> None:
    change(engine, "pe", State.PAUSED, by="alice", motive="panne chez eux")
    change(engine, "pe", State.ACTIVE, by="bruno", motive="réparé")
    change(engine, "cd-08", State.TEST, by="alice", motive="recette")
    with engine.begin() as connection:
        found = standings(connection)
    assert {alias: one.state for alias, one in found.items()} == {
        "pe": State.ACTIVE,
        "cd-08": State.TEST,
    }
    assert (found["pe"].by, found["pe"].motive) == ("bruno", "réparé")
    assert acts(engine) == [
        ("partner.changed", "alice"),
        ("partner.changed", "bruno"),
        ("partner.changed", "alice"),
    ]


def test_a_partner_that_left_does_not_come_back_under_its_name(engine: Engine) -> None:
    change(engine, "pe", State.OFFBOARDED, by="alice", motive="fin de convention")
    with pytest.raises(NotAuthorised, match="autre nom court"):
        change(engine, "pe", State.ACTIVE, by="bruno", motive="retour")
