"""Pseudonyms by the batch, next to one call of the standard library each."""

import hashlib
import hmac
import secrets
from pathlib import Path

from benchmarks.measure import Line, Scale, race
from gateway.pseudonym import Domain, Pseudonymiser
from gateway.secret import Secret


def measure(_folder: Path, scale: Scale) -> list[Line]:
    """Against `hmac.new` per person."""
    people = [secrets.token_hex(16) for _ in range(scale.people)]
    key = secrets.token_bytes(32)
    namer = Pseudonymiser(Secret(key), Domain("cd", "reprise-de-contact", "1"))

    def one_by_one() -> list[str]:
        return [
            "p1.1." + hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]
            for person in people
        ]

    ours, theirs = race(scale.runs, lambda: namer.of_all(people), one_by_one)
    return [Line("Pseudonymes", len(people), "personnes", ours, "hmac.new, un par un", theirs)]
