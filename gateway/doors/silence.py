"""What does not answer any more: a place, a place that changed its host key, the antivirus.

1. A place that has been silent for `silent_hours` raises an alert, urgent after `urgent_hours`; its
   first answer closes it. How long is what this process saw: after a restart it is counted again.
2. A host key that changed is urgent at once, and pauses the partner: somebody else may be answering in
   its place. Only an operator resumes it.
3. The antivirus is urgent at once: nothing is received without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from gateway.antivirus import Clamd
from gateway.doors.lookout import Post, Silence
from gateway.errors import Unavailable
from gateway.ledger.entry import GATEWAY
from gateway.settings import Alerts
from gateway.store.alerts import Alert, Level, close_alert, raise_alert
from gateway.store.partner_states import State, change, standing_of

PLACE, HOST_KEY, ANTIVIRUS = "place-silent", "host-key-changed", "antivirus-silent"
# As a silence names it: the kind of error only.
CHANGED: Final = "HostKeyChanged"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Silences:
    """Since when each place has not answered, and the alerts that say so."""

    engine: Engine
    settings: Alerts
    now: Callable[[], datetime] = _now
    _since: dict[str, datetime] = field(default_factory=dict)

    def heard(self, post: Post) -> None:
        """It answered: whatever was said of it is over."""
        self._since.pop(post.name, None)
        for kind in (PLACE, HOST_KEY):
            close_alert(self.engine, f"{kind}:{post.name}", now=self.now())

    def silent(self, post: Post, silence: Silence) -> None:
        """It did not answer, or not as itself."""
        at = self.now()
        since = self._since.setdefault(post.name, at)
        if silence.why == CHANGED:
            hold_changed(self.engine, post.partner, post.name, silence.fingerprint, now=at)
            return
        hours = (at - since) / timedelta(hours=1)
        if hours >= self.settings.silent_hours:
            urgent = hours >= self.settings.urgent_hours
            level = Level.URGENT if urgent else Level.WARNING
            self._raise(PLACE, post, _silent(post, since), level)

    def _raise(self, kind: str, post: Post, sentence: str, level: Level) -> None:
        alert = Alert(f"{kind}:{post.name}", kind, post.partner, sentence, level)
        raise_alert(self.engine, alert, now=self.now())


def hold_changed(
    engine: Engine, partner: str, post: str, fingerprint: str, *, now: datetime | None = None
) -> None:
    """Pause a partner whose server shows another host key, and say which. Twice is once."""
    with engine.begin() as connection:
        state = standing_of(connection, partner).state
    if state in {State.ACTIVE, State.TEST}:
        change(engine, partner, State.PAUSED, by=GATEWAY, motive="clé d'hôte SSH changée")
    sentence = _changed(partner, post, fingerprint)
    raise_alert(
        engine, Alert(f"{HOST_KEY}:{post}", HOST_KEY, partner, sentence, Level.URGENT), now=now
    )


def check_antivirus(engine: Engine, antivirus: Clamd | None) -> None:
    """Raise that it does not answer, or that it does again."""
    try:
        if antivirus is not None:
            antivirus.ping()
    except Unavailable as error:
        sentence = f"{error} ; rien n'est relevé en attendant"
        raise_alert(engine, Alert(ANTIVIRUS, ANTIVIRUS, "", sentence, Level.URGENT))
        return
    close_alert(engine, ANTIVIRUS)


def _changed(partner: str, post: str, fingerprint: str) -> str:
    return (
        f"{post} se présente avec une autre clé d'hôte SSH ({fingerprint}) : {partner} est en pause. Faites confirmer la "
        f"nouvelle empreinte par un autre canal, puis passerelle partner host-key {partner}, l'accord "
        f"d'une seconde personne, et passerelle partner resume {partner}"
    )


def _silent(post: Post, since: datetime) -> str:
    return (
        f"{post.name} ne répond plus depuis le {since.astimezone():%d/%m/%Y à %H:%M} : "
        "prévenez ce partenaire, puis passerelle doctor"
    )
