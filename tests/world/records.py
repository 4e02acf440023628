"""References as the stages leave them: what a test gives the store when no file has to exist."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from gateway.delivery import Collected, Counts, Refusal, Treated
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport
from gateway.store.releases import Crossed, Extracted
from schemas.codes import Code

DAY, NOON = date(2022, 6, 15), datetime(2022, 6, 15, 12, tzinfo=UTC)


def digest(label: str) -> str:
    return sha256(label.encode()).hexdigest()


def passport(delivery: str = "d1", **changes: Any) -> Passport:
    given: dict[str, Any] = {
        "delivery": delivery,
        "flow": "cd-parcours",
        "partner": "cd",
        "departement": "08",
        "name": "CD-PARCOURS_08_20220615_000001_V1.csv",
        "reference_date": DAY,
        "sent_at": NOON,
    }
    return Passport(**(given | changes))


def collected(delivery: str = "d1") -> Collected:
    return Collected(delivery, digest(f"received {delivery}"), 1234, 0.5)


def treated(delivery: str = "d1", *, base_version: int = 0, **changes: Any) -> Treated:
    given: dict[str, Any] = {
        "delivery": delivery,
        "plaintext": digest(f"clear {delivery}"),
        "facts": digest(f"facts {delivery}"),
        "identities": digest(f"identities {delivery}"),
        "index": digest(f"index {delivery}"),
        "base_version": base_version,
        "history": base_version,  # as many accepted: one partner, one flow, one département
        "counts": Counts(read=10, accepted=8, rejected=1, ignored=1),
        "reference_date": DAY,
        "contract_version": "1.0.0",
        "report": "",
        "timings": {"unseal": 0.1},
    }
    return Treated(**(given | changes))


def refusal(delivery: str = "d1", code: Code = Code.NOT_SIGNED, **changes: Any) -> Refusal:
    given: dict[str, Any] = {"delivery": delivery, "code": code, "stage": "unseal"}
    return Refusal(**(given | changes))


def crossed(key: str = "croisement:08@2022-06-15:1", **changes: Any) -> Crossed:
    given: dict[str, Any] = {
        "id": key,
        "departement": "08",
        "as_of": DAY,
        "signals": digest(f"signals {key}"),
        "counts": "{}",
        "version": "AVANT_2025",
    }
    return Crossed(**(given | changes))


def extracted(key: str = "publication:h@v1:08:2022-06-15:1", **changes: Any) -> Extracted:
    given: dict[str, Any] = {
        "id": key,
        "product": "contacts-rdv-insertion",
        "recipient": "rdv-insertion",
        "departement": "08",
        "period": DAY,
        "habilitation": "h",
        "habilitation_version": 1,
        "habilitation_digest": digest("h"),
        "name": "CONTACTS_08_20220615.csv",
        "sha256": digest("extract"),
        "size": 100,
        "rows": 3,
        "sealed": digest("sealed"),
        "sealed_size": 200,
        "seconds": 0.25,
    }
    return Extracted(**(given | changes))


def entry(subject: str = "d1", act: Act = Act.DELIVERY_ACCEPTED) -> Entry:
    return Entry(act=act, at=NOON, subject=subject, facts={"rows_read": 10})
