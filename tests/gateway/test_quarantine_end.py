"""Rejected by one person or ended by time, and then erased: once, and unless another needs the bytes."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.stages.keep import keep
from gateway.store.quarantine import (
    Standing,
    expire,
    reject,
)
from gateway.store.tables import DELIVERY, QUARANTINE
from gateway.vault import Vault, generate_identity
from schemas.codes import Code
from tests.world.arrivals import arrive, numbered
from tests.world.quarantine import D1, acts, answered, asked, held, ledger, refused, standing
from tests.world.records import collected, refusal


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore(), [generate_identity().public])


def sealed(engine: Engine, vault: Vault, number: int = 1, *, code: Code = Code.INFECTED) -> str:
    """A refused delivery of bytes that really are in the vault; give their digest."""
    body = vault.put(BytesIO(b"not for you"))
    shown = numbered(number)
    received = collected(shown.delivery)
    at_rest = type(received)(shown.delivery, body.digest, body.size, 0.1)
    keep(engine, shown, at_rest, refusal(shown.delivery, code))
    return body.digest


AFTER = datetime.now(UTC) + timedelta(days=31)


def test_one_person_rejects_with_a_motive_and_it_is_decided(engine: Engine) -> None:
    refused(engine)
    assert reject(engine, D1, by="ana", motive="virus confirmé").standing is Standing.REJECTED
    found = held(engine)
    assert found is not None
    assert (found.decided_by, found.motive) == ("ana", "virus confirmé")
    assert acts(engine)[-1] == "quarantine.rejected"
    assert "virus" not in json.dumps(ledger(engine), ensure_ascii=False)
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        reject(engine, D1, by="ana", motive="m")
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        asked(engine)


def test_what_nobody_decided_ends_in_time_and_its_bytes_are_erased(
    engine: Engine, vault: Vault
) -> None:
    digest = sealed(engine, vault)
    assert expire(engine, vault.delete) == 0
    assert vault.has(digest)
    assert expire(engine, vault.delete, AFTER) == 1
    assert not vault.has(digest)
    found = held(engine)
    assert found is not None
    assert (found.standing, found.erased_at is None) == (Standing.EXPIRED, False)
    assert acts(engine) == ["delivery.refused", "quarantine.expired"]
    assert expire(engine, vault.delete, AFTER) == 0
    assert len(acts(engine)) == 2


def test_rejected_bytes_are_erased_at_the_end_of_their_time_and_not_before(
    engine: Engine, vault: Vault
) -> None:
    digest = sealed(engine, vault)
    reject(engine, D1, by="ana", motive="m")
    expire(engine, vault.delete)
    assert vault.has(digest)
    expire(engine, vault.delete, AFTER)
    assert not vault.has(digest)
    assert standing(engine) is Standing.REJECTED


@pytest.mark.parametrize("other", ["accepted", "held", "refused", "replayed"])
def test_bytes_that_another_delivery_still_holds_are_not_erased(
    engine: Engine, vault: Vault, other: str
) -> None:
    digest = sealed(engine, vault)
    match other:
        case "accepted":
            row = {"digest": digest}
            arrive(engine, numbered(2), "clear")
            _rename(engine, "cd-parcours-cd-2", row)
        case "held":
            sealed(engine, vault, 2)
            until = AFTER + timedelta(days=9)
            with engine.begin() as connection:
                where = QUARANTINE.c.delivery == "cd-parcours-cd-2"
                connection.execute(QUARANTINE.update().where(where).values(expires_at=until))
        case "refused":
            sealed(engine, vault, 2, code=Code.TOO_MANY_REJECTS)
        case _:
            sealed(engine, vault, 2)
            answered(engine, asked(engine, "cd-parcours-cd-2"))
    assert expire(engine, vault.delete, AFTER) == 1
    assert vault.has(digest)
    found = held(engine)
    assert found is not None
    assert found.erased_at is None
    if other == "held":
        expire(engine, vault.delete, AFTER + timedelta(days=10))
        assert not vault.has(digest)


def _rename(engine: Engine, delivery: str, values: dict[str, str]) -> None:
    with engine.begin() as connection:
        connection.execute(DELIVERY.update().where(DELIVERY.c.id == delivery).values(**values))


def test_killed_between_the_end_and_the_erasing_it_is_erased_the_next_time(
    engine: Engine, vault: Vault
) -> None:
    digest = sealed(engine, vault)

    def killed(_digest: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expire(engine, killed, AFTER)
    assert (standing(engine), vault.has(digest)) == (Standing.EXPIRED, True)
    assert expire(engine, vault.delete, AFTER) == 0
    assert not vault.has(digest)
    assert acts(engine).count("quarantine.expired") == 1
