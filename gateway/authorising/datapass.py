"""What DataPass tells us by its webhook, when the settings hold the secret it signs with.

1. Nothing is read before the signature of the raw body is verified, in constant time.
2. What was fired more than `FRESH` ago (or ahead) is refused; told again, it does nothing twice.
3. It never opens anything: `create` and `submit` prefill a demand that somebody takes up, `approve` is only
   noted, our own two people still decide. It closes: `revoke` revokes what bears its number.
4. The body is as DataPass's serializer writes it (event, fired_at, model_type, model_id, data), not as its
   tutorial says. Answered 200 once heard, even when nothing could be made of it: an alert says what to do.
5. A refusal is an entry of the ledger. Nothing of the body is quoted, anywhere.
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine

from gateway.authorising.datapass_draft import draft_of
from gateway.errors import Misconfigured
from gateway.habilitation import Draft, Habilitation, Status
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.secret import Secret
from gateway.store.alerts import Alert, Level, raise_alert
from gateway.store.database import one_writer
from gateway.store.datapass_events import Told, demand_of, keep_told, was_told
from gateway.store.habilitation_demands import (
    DATAPASS,
    Demand,
    State,
    amend_within,
    find,
    request_within,
)
from gateway.store.habilitations import NEXT, close_within, every_current

FRESH: Final = timedelta(minutes=10)
LARGEST: Final = 1 << 20  # bytes of a body
SIGNATURE: Final = "x-hub-signature-256"
MOTIVE: Final = "webhook DataPass"
_EVENT: Final = re.compile(r"[a-z_]{1,40}")
_NUMBER: Final = re.compile(r"[A-Za-z]?[0-9]{1,12}")
_OPEN: Final = (State.REQUESTED, State.CHANGES_REQUESTED)
Answer = tuple[int, dict[str, Any]]


class NotHeard(Exception):
    """What cannot be listened to, and the HTTP status that says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def receive(
    engine: Engine, secret: Secret[bytes], headers: Mapping[str, str], body: bytes, now: datetime
) -> Answer:
    """Hear one call; give the HTTP status and the document to answer."""
    try:
        content = heard(secret, headers, body)
        if content.get("test") is True:
            return 200, {"test": True}
        told = _told(content, now)
    except NotHeard as refused:
        _refuse(engine, refused, now)
        return refused.status, {"detail": str(refused)}
    with one_writer(engine) as connection:
        if was_told(connection, told):
            return 200, {"deja_recu": True}
        demand, outcome = _done(connection, told, content, now)
        keep_told(connection, told, demand=demand, outcome=outcome, at=now)
    if told.event in {"create", "submit"}:
        sentence = f"DataPass {told.number} : {outcome}"
        alert = Alert(f"datapass:{told.number}", "datapass", "", sentence, Level.NOTICE)
        raise_alert(engine, alert, now=now)
    return 200, {"demande": f"D{demand}" if demand else None, "suite": outcome}


def heard(secret: Secret[bytes], headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The body, its signature verified first. Raises `NotHeard`."""
    if len(body) > LARGEST:
        raise NotHeard(413, "corps trop grand")
    key = secret.reveal()
    signed = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    expected = f"sha256={hmac.new(key, body, 'sha256').hexdigest()}"
    if not key or not hmac.compare_digest(signed.encode("utf-8", "replace"), expected.encode()):
        raise NotHeard(401, "signature absente ou fausse")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise NotHeard(400, "corps illisible : ce n'est pas du JSON") from None
    if not isinstance(content, dict):
        raise NotHeard(400, "corps illisible : ce n'est pas un objet")
    return content


def _told(content: Mapping[str, Any], now: datetime) -> Told:
    event, kind, data = content.get("event"), content.get("model_type"), content.get("data")
    fired, model = content.get("fired_at"), str(content.get("model_id"))
    if not (isinstance(event, str) and _EVENT.fullmatch(event) and isinstance(kind, str)):
        raise NotHeard(422, "event ou model_type manque, ou n'a pas la forme attendue")
    if not isinstance(data, dict) or not _NUMBER.fullmatch(model):
        raise NotHeard(422, "data ou model_id manque, ou n'a pas la forme attendue")
    if type(fired) is not int or abs(now.timestamp() - fired) > FRESH.total_seconds():
        raise NotHeard(400, "fired_at manque, ou date de plus de dix minutes")
    number = str(data.get("public_id") or f"D{model}")
    if not _NUMBER.fullmatch(number):
        raise NotHeard(422, "public_id n'a pas la forme attendue")
    return Told(number, (kind, model), event, datetime.fromtimestamp(fired, UTC))


def _done(
    connection: Connection, told: Told, content: Mapping[str, Any], now: datetime
) -> tuple[int | None, str]:
    """What it leads to: the demand it is about, if any, and what was done."""
    known = demand_of(connection, told.number)
    if told.event in {"create", "submit"}:
        return _asked(connection, told, content["data"], now)
    if told.event == "revoke":
        return known, _revoked(connection, told, now)
    if told.event == "approve":
        return known, "approuvée dans DataPass ; ici, deux personnes décident"
    return known, "noté"


def _asked(
    connection: Connection, told: Told, data: Mapping[str, Any], now: datetime
) -> tuple[int | None, str]:
    number = demand_of(connection, told.number)
    demand = find(connection, number, now=now) if number else None
    if demand is not None and _is_taken(demand):
        return demand.number, f"{demand.name} est déjà reprise par quelqu'un : rien n'y change"
    known = demand.draft if demand is not None else _held(connection, told, now)
    try:
        draft = draft_of(data, told.number, model_type=told.model[0], today=now.date(), known=known)
    except Misconfigured as missing:
        return number, f"à saisir à la main (passerelle habilitation request) : {missing}"
    made = _prefilled(connection, demand, draft, now)
    return made.number, f"{made.name} est à relire, à compléter et à soumettre"


def _prefilled(
    connection: Connection, demand: Demand | None, draft: Draft, now: datetime
) -> Demand:
    if demand is not None and demand.state in _OPEN:
        return amend_within(connection, demand.number, draft, by=DATAPASS, now=now)
    return request_within(connection, draft, by=DATAPASS, motive=MOTIVE, now=now)


def _is_taken(demand: Demand) -> bool:
    """Somebody of ours answers for it, and it is not decided."""
    decided = demand.state in (State.APPROVED, State.REFUSED)
    return not decided and demand.requested_by != DATAPASS


def _revoked(connection: Connection, told: Told, now: datetime) -> str:
    names = [
        one.id for one in _bearing(connection, told, now) if Status.REVOKED in NEXT[one.status]
    ]
    for name in names:
        close_within(connection, name, Status.REVOKED, by=DATAPASS, motive=MOTIVE, now=now)
    return f"révoquée : {', '.join(names)}" if names else "aucune habilitation à révoquer"


def _held(connection: Connection, told: Told, now: datetime) -> Draft | None:
    return next(iter(_bearing(connection, told, now)), None)


def _bearing(connection: Connection, told: Told, now: datetime) -> list[Habilitation]:
    """The habilitations that bear its number, written with or without its letter."""
    numbers = {told.number, told.model[1], f"D{told.model[1]}"}
    return [one for one in every_current(connection, now.date()) if one.datapass_id in numbers]


def _refuse(engine: Engine, refused: NotHeard, now: datetime) -> None:
    facts: dict[str, str | int] = {"why": str(refused), "status": refused.status}
    with one_writer(engine) as connection:
        append(connection, Entry(Act.CALL_REFUSED, now, DATAPASS, actor=DATAPASS, facts=facts))
