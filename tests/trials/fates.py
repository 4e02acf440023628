"""What became of a case, read on both sides, against how it must end; each mistake is a sentence.

1. Received: one accepted delivery, one acceptance and one acknowledgement in the ledger, and the
   vault gives back the bytes that were published.
2. Refused: one delivery refused with its code, one refusal and one acknowledgement in the ledger.
3. Every status said once by us, in order, and nothing left in our queue.
4. Parked: nothing fetched, nothing said, still in the queue, and shown for its reason.
"""

import io
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from gateway.rounds import Round
from tests.trials.expected import RECEIVED, End
from tests.trials.lanes import Lane
from tests.trials.street import Street


def mistakes(here: Street, lane: Lane, case: str, end: End) -> list[str]:
    """What is not as it must be, of a case that is over."""
    rows, said = here.rows_of(case), here.said(case)
    found = list(
        _of_parking(here, lane, case, end) if end.parked else _of_rows(here, case, end, rows)
    )
    if said != list(end.said if not end.parked else ()):
        found.append(f"we said {said}")
    if here.waits(case) is not bool(end.parked):
        found.append("our queue lost it" if end.parked else "our queue still holds it")
    return found


def _of_parking(here: Street, lane: Lane, case: str, end: End) -> Iterator[str]:
    if here.rows_of(case):
        yield "it was fetched"
    if not any(stuck.what == case and stuck.snag is end.parked for stuck in here.stuck(lane)):
        yield "it is not shown as parked"


def _of_rows(here: Street, case: str, end: End, rows: list[Any]) -> Iterator[str]:
    if len(rows) != len(end.codes):
        yield f"{len(rows)} deliveries of record where {len(end.codes)} files were published"
    words = sorted((row.verdict, row.code or "") for row in rows)
    due = sorted(("refused", code) if code else ("accepted", "") for code in end.codes)
    if words != due:
        yield f"the verdicts are {words}"
    for row in rows:
        acts = here.acts(row.id)
        if acts != [f"delivery.{row.verdict}", "delivery.acknowledged"]:
            yield f"the ledger says {acts}"
    for rank, (code, content) in enumerate(zip(end.codes, here.contents_of(case), strict=True)):
        if code == RECEIVED and not _is_held(here, rows, content):
            yield f"file {rank} is not held once, byte for byte"


def _is_held(here: Street, rows: list[Any], content: bytes) -> bool:
    digest, out = sha256(content).hexdigest(), io.BytesIO()
    if sum(row.digest == digest for row in rows) != 1:
        return False
    here.house.drawers.reception_opener.unseal_into(digest, out)
    return out.getvalue() == content


def unexplained(
    here: Street, lane: Lane, case: str, end: End, *, done: Round, failures: Mapping[str, str]
) -> list[str]:
    """What is not as it is said, while a failure lasts.

    Acknowledged in the ledger, the sender was told; a hub may go on listing what it says is deleted.
    Otherwise what waits is explained.
    """
    told = [row for row in here.rows_of(case) if row.acknowledged_at is not None]
    if len(told) == len(here.contents_of(case)):
        said = here.said(case)
        return [] if said == list(end.said) else [f"acknowledged, and we said {said}"]
    silent = [silence for silence in done.silences if silence.partner == lane.alias]
    if not here.waits(case) or silent or here.keys(case, failures) or here.stuck(lane):
        return []
    return ["it waits, neither parked, nor in failure, nor is its place silent"]
