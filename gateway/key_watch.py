"""Keys that will expire: an alert at each of six thresholds, closed when the key is renewed or retired.

A key of ours that expires stops what partners send; one of theirs stops what they sign and what we seal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Final

from sqlalchemy import Engine

from gateway import cms
from gateway.calendar.nearing import URGENT, threshold
from gateway.keyring import Keyring, Use
from gateway.pgp import describe_key
from gateway.store.alerts import Alert, Level, close_alert, open_alerts, raise_alert
from gateway.store.partner_keys import PartnerKey, Standing, every_key

KIND: Final = "key-expiry"
DAY: Final = 86_400.0
OURS: Final = "passerelle"


@dataclass(frozen=True, slots=True)
class Dated:
    """A key and its last day. `owner`: a partner's short name, or `passerelle`."""

    owner: str
    what: str
    fingerprint: str
    expires_at: datetime


def survey(engine: Engine, ours: Iterable[Dated] = (), *, now: datetime | None = None) -> int:
    """Raise what is due, close what is over; say how many alerts are new."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        theirs = [_dated(key) for key in every_key(connection) if _is_watched(key)]
        standing = {one.alert.key for one in open_alerts(connection, kind=KIND)}
    # Renewed under the same fingerprint, or beside: each key speaks for itself.
    due = {alert.key: alert for alert in _alerts([*ours, *(key for key in theirs if key)], at)}
    for key in standing - due.keys():
        close_alert(engine, key, now=at)
    return sum(raise_alert(engine, alert, now=at) for alert in due.values())


def our_keys(ring: Keyring) -> Sequence[Dated]:
    """Those of our keys that partners use and that have an end. Raises `Misconfigured`."""
    found = []
    for use in Use:
        facts = describe_key(ring.openpgp_public(use))
        if facts.primary.expires is not None:
            what = f"clé openpgp-{use}"
            found.append(Dated(OURS, what, facts.fingerprint, facts.primary.expires))
    if ring.has_cms:
        certificate = ring.cms_certificate()
        digest = cms.Declared.of(certificate).fingerprint
        found.append(Dated(OURS, "clé cms-reception", digest, cms.expires_at(certificate)))
    return found


def _alerts(keys: Iterable[Dated], at: datetime) -> Iterator[Alert]:
    for key in keys:
        left = (key.expires_at - at).total_seconds() / DAY
        passed = threshold(left)
        if passed is not None:
            level = Level.URGENT if passed <= URGENT else Level.WARNING
            name = f"{KIND}:{key.owner}:{key.fingerprint[-16:]}:{passed}"
            yield Alert(name, KIND, key.owner, _sentence(key, left), level)


def _sentence(key: Dated, left: float) -> str:
    short = key.fingerprint[-16:]
    when = f"expire dans {ceil(left)} jour(s)" if left > 0 else "a expiré"
    who = "notre" if key.owner == OURS else "sa"
    todo = (
        "passerelle key create en fait une autre, à donner aux partenaires avant cette date"
        if key.owner == OURS
        else "demandez-lui la suivante : passerelle key import"
    )
    return f"{who} {key.what} {short} {when} ; {todo}"


def _is_watched(key: PartnerKey) -> bool:
    return key.standing is Standing.IN_FORCE and key.expires_at is not None


def _dated(key: PartnerKey) -> Dated | None:
    if key.expires_at is None:
        return None
    return Dated(key.partner, f"clé {key.kind.value}", key.fingerprint, key.expires_at)
