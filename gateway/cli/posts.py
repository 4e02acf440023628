"""What is said of the posts, in French: what waits, what is withheld or stuck, who holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.contract import Arrival, Stuck, Watchful
from gateway.app import House
from gateway.cli.snags import SNAGS, WITHHOLDINGS, silence_of
from gateway.doors.lookout import Echoing, Post, Sighting, Silence, look
from gateway.rounds import Waiting
from gateway.store.deliveries import find_delivery
from gateway.store.holding import Holder

# Days before a place may have erased a file when an administrator must know.
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found, post by post. `known`: deliveries whose verdict is of record already."""

    sightings: Sequence[Sighting] = ()
    silences: Sequence[Silence] = ()
    stuck: Sequence[tuple[Post, Stuck]] = ()
    waiting: Sequence[Waiting] = ()
    echoes: dict[str, int] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


async def look_closely(house: House) -> Seen:
    """Look at every post, whoever holds it; nothing is changed and nothing is taken."""
    sightings, silences = await look(house.posts)
    holders = [(post, await house.accounts.holder(post)) for post in house.posts]
    with house.engine.begin() as connection:
        known = [s for s in sightings if find_delivery(connection, s.passport.delivery) is not None]
    return Seen(
        sightings,
        silences,
        stuck_of(house),
        [Waiting(post.name, holder) for post, holder in holders if holder is not None],
        {p.name: p.source.echoes() for p in house.posts if isinstance(p.source, Echoing)},
        frozenset(sighting.passport.delivery for sighting in known),
    )


def stuck_of(house: House) -> Sequence[tuple[Post, Stuck]]:
    """What the last look of each post found and could not offer."""
    watchful = ((post, post.source) for post in house.posts)
    return [
        (p, stuck)
        for p, source in watchful
        if isinstance(source, Watchful)
        for stuck in source.stuck()
    ]


def waiting_sentence(waiting: Waiting) -> str:
    """Who we wait for."""
    return f"démarche {waiting.post} relevée par une autre passerelle ; en attente{_who(waiting.holder)}"


def silence_sentence(silence: Silence) -> str:
    """Which place did not answer, and why."""
    return f"{silence.post or silence.partner} ne répond pas ({silence_of(silence.why)})"


def stuck_sentence(post: Post, stuck: Stuck) -> str:
    """What is parked, why, what to do, and until when there is time."""
    advice = SNAGS[stuck.snag]
    since = f", depuis le {stuck.since:%d/%m/%Y}" if stuck.since else ""
    lost = f" ; {lost_sentence(stuck.lost_on)}" if stuck.lost_on else ""
    return (
        f"{post.name} : {stuck.what} bloqué{since} : {advice.why}. À faire : {advice.action}{lost}"
    )


def lost_sentence(day: date | None) -> str:
    """The first day a file may be no more."""
    return f"perdu à partir du {day:%d/%m/%Y}" if day else ""


def fate_of(sighting: Sighting, seen: Seen) -> str:
    """What the next round would do of a file."""
    withheld = sighting.arrival.withheld
    if sighting.passport.delivery in seen.known:
        return "déjà reçu : sera acquitté de nouveau"
    return f"retenu : {WITHHOLDINGS[withheld]}" if withheld else "sera relevé"


def watched(seen: Seen) -> Iterator[str]:
    """What an administrator must keep an eye on: nothing is broken yet."""
    yield from (stuck_sentence(post, stuck) for post, stuck in seen.stuck)
    yield from (waiting_sentence(waiting) for waiting in seen.waiting)
    soon = datetime.now(UTC).date() + SOON
    for sighting in seen.sightings:
        arrival = sighting.arrival
        if arrival.lost_on is not None and arrival.lost_on <= soon:
            lost = lost_sentence(arrival.lost_on)
            yield f"{sighting.post.name} : {sighting.passport.name} n'est pas encore relevé, {lost}"


def document(seen: Seen) -> dict[str, Any]:
    """All of it, for a machine."""
    return {
        "en_attente": [_file(sighting, seen) for sighting in seen.sightings],
        "bloques": [_stuck(post, stuck) for post, stuck in seen.stuck],
        "sans_reponse": {s.post or s.partner: s.why for s in seen.silences},
        "autre_passerelle": {w.post: _holder(w.holder) for w in seen.waiting},
        "messages": seen.echoes,
    }


def _file(sighting: Sighting, seen: Seen) -> dict[str, Any]:
    arrival: Arrival = sighting.arrival
    return {
        "lieu": sighting.post.name,
        "partenaire": sighting.passport.partner,
        "flux": sighting.passport.flow,
        "departement": sighting.passport.departement,
        "fichier": sighting.passport.name,
        "type": arrival.kind,
        "octets": arrival.size,
        "depuis": _moment(arrival.seen_at),
        "suite": fate_of(sighting, seen),
        "perdu_le": arrival.lost_on.isoformat() if arrival.lost_on else None,
    }


def _stuck(post: Post, stuck: Stuck) -> dict[str, Any]:
    advice = SNAGS[stuck.snag]
    return {
        "lieu": post.name,
        "quoi": stuck.what,
        "pourquoi": advice.why,
        "que_faire": advice.action,
        "depuis": _moment(stuck.since),
        "perdu_le": stuck.lost_on.isoformat() if stuck.lost_on else None,
    }


def _holder(holder: Holder | None) -> dict[str, Any]:
    if holder is None:
        return {}
    return {
        "processus": holder.pid,
        "machine": holder.host,
        "depuis": _moment(holder.since),
    }


def _who(holder: Holder | None) -> str:
    if holder is None or not holder.pid:
        return ""
    since = f", depuis le {holder.since.astimezone():%d/%m/%Y à %H:%M}" if holder.since else ""
    return f" (processus {holder.pid} sur {holder.host}{since})"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
