"""Everything that was said of one delivery, in a folder, for whoever must judge a disagreement.

What is there is checked without us and without this software: plain gpg for the files, any tlog-proof
verifier for the verdict. Nothing is made again: these are the bytes that were told.
"""

import json
from importlib.resources import files
from pathlib import Path

from gateway.clerk import Clerk
from gateway.delivery import Kept
from gateway.errors import Misconfigured
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.receipt import published_entry, receipt
from gateway.store.acknowledgements import AGAIN, WORDS, find_notices

KEY, README = "passerelle.asc", "LISEZMOI.txt"
ENTRY, PROOF = "verdict.json", "verdict.tlog-proof"


def hand_over(clerk: Clerk, kept: Kept, *, public_key: str, ledger: Path, into: Path) -> list[str]:
    """Write the folder; give the names written. Raises `Misconfigured` when it is not empty."""
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise Misconfigured(f"le dossier d'export n'est pas vide : {into}")
    # What an earlier version told was kept nowhere: it is made now, from the verdict of record.
    notices = clerk.notices(kept, None, in_files=True)
    written = {name: body for notice in notices for name, body in notice.files.items()}
    with clerk.engine.begin() as connection:
        record = find_notices(connection, kept.delivery)
    written |= {
        name: body for name, body in record.items() if name == WORDS or name.startswith(AGAIN)
    }
    written[WORDS] = _readable(written[WORDS])
    written |= _verdict(ledger, kept) | {KEY: public_key.encode()}
    written[README] = _readme(kept)
    for name, body in written.items():
        (into / name).write_bytes(body)
    return sorted(written)


def _verdict(ledger: Path, kept: Kept) -> dict[str, bytes]:
    try:
        proof = receipt(ledger, kept.ledger_index)
    except (IndexError, LedgerBroken):  # not published yet: the rest is worth having
        return {}
    entry = published_entry(ledger, kept.ledger_index)
    return {PROOF: proof.encode(), ENTRY: entry}


def _readable(words: bytes) -> bytes:
    return json.dumps(json.loads(words)["avis"], ensure_ascii=False, indent=1).encode() + b"\n"


def _readme(kept: Kept) -> bytes:
    text = (files("gateway") / "handover.txt").read_text(encoding="utf-8")
    return text.replace("{delivery}", kept.delivery).replace("{digest}", kept.digest).encode()
