"""Laws of the whole file: what an envelope says of itself must agree with itself and with us.

In order: every place is there and the constants are right (GW-510), the département is the
sender's (GW-404), start and end agree (GW-702), made on or after the reference date (GW-705), the
control total is the count of records (GW-701). A refusal names the tag, never what it holds. A list has
no envelope: its name announces its rows (`check_announced`).

A flow may have files of two sorts told apart by the total they announce: one without the first total
announces its records in the second, and is a file of anomalies (`ANOMALIES` after its kind).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.codes import Code
from schemas.contract import Envelope
from schemas.reading import FileRefused


@dataclass(frozen=True, slots=True)
class Statement:
    """What a lawful envelope says."""

    departement: str | None = None
    reference_date: date | None = None
    made_on: date | None = None
    kind: str | None = None


ANOMALIES = "-ANO"


def normalise_departement(text: str) -> str:
    """Write a département as everybody does: `08`, `2A`, `971`, whatever padding it came with."""
    bare = text.strip().upper()
    found = re.fullmatch(r"0*([1-9]|[1-9][0-9]|2[AB]|9[78][0-9])", bare, re.ASCII)
    return found.group(1).zfill(2) if found else bare


def check_envelope(
    envelope: Envelope, stated: Mapping[str, str], *, total: int, departement: str | None
) -> Statement:
    """Give what the envelope states, or raise `FileRefused`. `departement` None is not compared."""
    _check_complete(envelope, stated)
    where = _check_departement(envelope, stated, departement)
    reference_date = _same_date(envelope.reference_date, stated)
    made_on = _date(envelope.made_on, stated) if envelope.made_on else None
    if made_on and reference_date and made_on < reference_date:
        raise FileRefused(Code.INCOHERENT_DATES, column=envelope.made_on)
    announced_at = _total_path(envelope, stated)
    _check_total(announced_at, stated, total)
    return Statement(where, reference_date, made_on, _kind(envelope, stated, announced_at))


def _check_complete(envelope: Envelope, stated: Mapping[str, str]) -> None:
    for path in envelope.mandatory:
        if path not in stated or stated[path] != envelope.constants.get(path, stated[path]):
            raise FileRefused(Code.WRONG_ENVELOPE, column=path)


def _check_departement(
    envelope: Envelope, stated: Mapping[str, str], expected: str | None
) -> str | None:
    found = [normalise_departement(stated[path]) for path in envelope.departement]
    if not found:
        return None
    if expected is not None and found[0] != normalise_departement(expected):
        raise FileRefused(Code.OTHER_DEPARTEMENT, column=envelope.departement[0])
    _check_agreement(found, envelope.departement)
    return found[0]


def _same_date(paths: tuple[str, ...], stated: Mapping[str, str]) -> date | None:
    found = [_date(path, stated) for path in paths]
    _check_agreement(found, paths)
    return found[0] if found else None


def _check_agreement(found: list[str] | list[date], paths: tuple[str, ...]) -> None:
    for value, path in zip(found, paths, strict=True):
        if value != found[0]:
            raise FileRefused(Code.HEADER_FOOTER_DIFFER, column=path)


def _date(path: str, stated: Mapping[str, str]) -> date:
    text = stated[path]
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise FileRefused(Code.WRONG_ENVELOPE, column=path)


def _total_path(envelope: Envelope, stated: Mapping[str, str]) -> str | None:
    if envelope.fallback_total is None or envelope.total in stated:
        return envelope.total
    if envelope.fallback_total not in stated:
        raise FileRefused(Code.WRONG_ENVELOPE, column=envelope.total)
    return envelope.fallback_total


def _kind(envelope: Envelope, stated: Mapping[str, str], announced_at: str | None) -> str | None:
    if envelope.kind is None:
        return None
    return stated[envelope.kind] + (ANOMALIES if announced_at != envelope.total else "")


def _check_total(path: str | None, stated: Mapping[str, str], total: int) -> None:
    if path is None:
        return
    announced = stated[path]
    if not re.fullmatch(r"[0-9]{1,18}", announced) or int(announced) != total:
        raise FileRefused(Code.CONTROL_TOTAL, column=path)


def check_announced(stated: Mapping[str, str], read: int) -> None:
    """Hold the rows a name announces (its group `lignes`) against those read. Raises `FileRefused`."""
    if "lignes" in stated and int(stated["lignes"]) != read:
        raise FileRefused(Code.CONTROL_TOTAL)
