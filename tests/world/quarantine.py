"""Refused deliveries, what is asked and answered about them, and what the record then says."""

import json

from sqlalchemy import Engine

from gateway.ledger.log import bodies, committed_size
from gateway.store.approvals import Approval, decide
from gateway.store.deeds import DEEDS
from gateway.store.discharge import ask_discharge
from gateway.store.quarantine import Held, Standing, find_held
from schemas.codes import Code
from tests.world.arrivals import arrive, numbered

D1 = "cd-parcours-cd-1"


def refused(
    engine: Engine, code: Code = Code.UNKNOWN_NAME, number: int = 1, body: str = "x"
) -> str:
    shown = numbered(number)
    arrive(engine, shown, body, faulty=code)
    return shown.delivery


def held(engine: Engine, delivery: str = D1) -> Held | None:
    with engine.begin() as connection:
        return find_held(connection, delivery)


def standing(engine: Engine, delivery: str = D1) -> Standing:
    found = held(engine, delivery)
    assert found is not None
    return found.standing


def ledger(engine: Engine) -> list[dict[str, object]]:
    return [json.loads(body) for body in bodies(engine, 0, committed_size(engine))]


def acts(engine: Engine) -> list[object]:
    return [line["act"] for line in ledger(engine)]


def asked(engine: Engine, delivery: str = D1, by: str = "ana") -> Approval:
    return ask_discharge(engine, delivery, by=by, motive="vérifié avec l'expéditeur")


def answered(engine: Engine, request: Approval, by: str = "bob", *, agrees: bool = True) -> None:
    decide(engine, request.id, by=by, agrees=agrees, then=DEEDS[request.matter])
