"""What may become of a case, read on both sides; each mistake is a sentence.

Received: one accepted delivery per file, one acceptance in the ledger and one acknowledgement, the
vault holds its bytes and gives them back, IN_PROGRESS then DONE said once each by us, nothing left in
our queue. Refused: one refusal with its code per file, one final word, nothing left in our queue.
"""

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.rounds import Round
from tests.trials.street import Lane, Street

WORDS = {"": ["IN_PROGRESS", "DONE"], "GW": ["SI_INTG_ERROR"]}


def mistakes(here: Street, lane: Lane, case: str, refusal: str = "") -> list[str]:
    """What is not as it must be, of a case that is over. `refusal`: the code its files end in."""
    found: list[str] = []
    rows = here.rows_of(case)
    contents = here.promised[case]
    if len(rows) != len(contents):
        found.append(f"{len(rows)} deliveries of record where {len(contents)} files were published")
    for row in rows:
        found += _of_row(here, row, refusal)
    if not refusal:
        found += [f"file {n} was not received" for n, c in enumerate(contents) if not _got(here, rows, c)]
    words, expected = here.said(case), WORDS[refusal[:2]]
    if words != expected:
        found.append(f"we said {words} where {expected} was due")
    if here.waits(case):
        found.append("our queue still holds it")
    return found


def _of_row(here: Street, row: Any, refusal: str) -> list[str]:
    verdict = "refused" if refusal else "accepted"
    acts, due = here.acts(row.id), [f"delivery.{verdict}", "delivery.acknowledged"]
    found = [] if acts == due else [f"the ledger says {acts}"]
    if (row.verdict, row.code or "") != (verdict, refusal):
        found.append(f"the verdict is {row.verdict} {row.code}")
    return found


def _got(here: Street, rows: list[Any], content: bytes) -> bool:
    digest, out = sha256(content).hexdigest(), io.BytesIO()
    if sum(row.digest == digest for row in rows) != 1:
        return False
    here.house.drawers.reception_opener.unseal_into(digest, out)
    return out.getvalue() == content


def unexplained(
    here: Street, lane: Lane, case: str, done: Round, failures: Mapping[str, str]
) -> list[str]:
    """What waits without anybody being told why, while a failure lasts."""
    ended = [row for row in here.rows_of(case) if row.acknowledged_at is not None]
    if len(ended) == len(here.promised[case]) and not here.waits(case):
        return []
    silent = [s for s in done.silences if s.partner == lane.alias]
    if silent or here.stuck(lane) or here.keys(case, failures):
        return []
    return ["neither received, nor parked, nor in failure, nor is its place silent"]
