"""The ledger (append, publish, verify), next to a plain chain of hashes in a file.

The chain proves an order to whoever rereads it all; it has no receipt, no signature, no transaction.
"""

import hashlib
import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Line, Scale, race
from gateway.ledger import Act, Entry, append, new_signer_key, publish, verify
from gateway.store.database import open_engine

ORIGIN = "mesure.passerelle.example/journal"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Append in one transaction, publish and verify; the chain does as much as a chain can."""
    entries = [
        Entry(Act.DELIVERY_ACCEPTED, AT, f"depot-{number}", facts={"lignes": number})
        for number in range(scale.entries)
    ]
    places = (folder / str(turn) for turn in itertools.count())
    times = race(
        scale.runs, lambda: _ledger(places, entries), lambda: _chain(folder / "chaine", entries)
    )
    name, peer = "Journal : écrire, publier, vérifier", "chaîne d'empreintes dans un fichier"
    return [Line(name, scale.entries, "écritures", times[0], peer, times[1])]


def _ledger(places: Iterator[Path], entries: list[Entry]) -> None:
    place = next(places)
    place.mkdir()
    engine = open_engine(f"sqlite:///{place / 'base.sqlite'}")
    with engine.begin() as connection:
        for entry in entries:
            append(connection, entry)
    publish(engine, place / "journal", new_signer_key(ORIGIN), origin=ORIGIN)
    verify(place / "journal")
    engine.dispose()


def _chain(path: Path, entries: list[Entry]) -> None:
    last = b"\0" * 32
    with path.open("wb") as out:
        for entry in entries:
            body = entry.encode()
            last = hashlib.sha256(last + body).digest()
            out.write(body + b"\t" + last.hex().encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())
    last = b"\0" * 32
    for line in path.read_bytes().splitlines():
        body, _, said = line.rpartition(b"\t")
        last = hashlib.sha256(last + body).digest()
        if last.hex().encode() != said:
            raise RuntimeError("the chain is broken: its time would say nothing")
