"""Which epoch is in force: changed by two people, never backwards."""

import pytest
from sqlalchemy import Engine

from gateway.errors import Misconfigured, NotAuthorised
from gateway.pseudonym import JOURNEYS, Domain
from gateway.store.approvals import Approval, Matter, State, decide
from gateway.store.deeds import DEEDS
from gateway.store.epochs import ask_rotation, domain_of, every_domain, history, in_force
from tests.gateway.test_approvals import acts

WHO = ("cd-08", "reprise-de-contact")


def asked(engine: Engine, epoch: str | None = None, *, by: str = "alice") -> Approval:
    return ask_rotation(engine, *WHO, epoch, by=by, motive="annuelle")


def approve(engine: Engine, request: Approval, *, by: str = "bruno") -> Approval:
    return decide(engine, request.id, by=by, agrees=True, then=DEEDS[Matter.EPOCH])


def known(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return list(history(connection, *WHO))


def test_a_domain_begins_in_its_first_epoch(emptied: Engine) -> None:
    assert in_force(emptied, JOURNEYS) == JOURNEYS
    with emptied.begin() as connection:
        assert domain_of(connection, *WHO) == Domain(*WHO, "1")
        assert every_domain(connection) == []


def test_two_people_change_the_epoch_of_one_domain_and_no_other(emptied: Engine) -> None:
    request = asked(emptied)
    assert known(emptied) == ["1"], "asking changes nothing"
    approve(emptied, request)
    assert known(emptied) == ["1", "2"]
    with emptied.begin() as connection:
        assert every_domain(connection) == [Domain(*WHO, "2")]
        assert domain_of(connection, WHO[0], "autre") == Domain(WHO[0], "autre", "1")
    assert in_force(emptied, JOURNEYS) == JOURNEYS
    assert acts(emptied) == [
        ("approval.requested", "alice"),
        ("pseudonyms.rotated", "bruno"),
        ("approval.given", "bruno"),
    ]


def test_who_asked_for_an_epoch_does_not_give_it(emptied: Engine) -> None:
    with pytest.raises(NotAuthorised, match="seconde personne"):
        approve(emptied, asked(emptied), by="alice")
    assert known(emptied) == ["1"]


def test_an_epoch_never_comes_back(emptied: Engine) -> None:
    approve(emptied, asked(emptied, "2027"))
    assert asked(emptied).shown["nouvelle_epoque"] == "2028"
    for used in ("1", "2027"):
        with pytest.raises(NotAuthorised, match="ne revient jamais"):
            asked(emptied, used)


def test_two_requests_for_the_same_present_give_one_change(emptied: Engine) -> None:
    one, other = asked(emptied, "2"), asked(emptied, "3", by="carole")
    approve(emptied, one)
    with pytest.raises(NotAuthorised, match="redemandez"):
        approve(emptied, other)
    assert known(emptied) == ["1", "2"]
    assert other.state is State.PENDING


@pytest.mark.parametrize("epoch", ["", "A", "a.b", "x" * 17])
def test_what_is_no_epoch_is_refused(emptied: Engine, epoch: str) -> None:
    with pytest.raises(Misconfigured, match="époque"):
        asked(emptied, epoch or " ")


def test_after_an_epoch_that_is_no_number_the_next_must_be_said(emptied: Engine) -> None:
    approve(emptied, asked(emptied, "2027-a"))
    with pytest.raises(Misconfigured, match="dites"):
        asked(emptied)
    assert asked(emptied, "2028").state is State.PENDING
