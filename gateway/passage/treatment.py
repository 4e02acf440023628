"""The one durable step where clear text exists: unseal → check → link → pseudonymise, then seal.

Everything clear lives in a private room in memory and in this function's locals; what leaves is three
sealed files (facts under the key of journeys, identities and index under the key of identities) and a
`Treated` that names them. A verdict of the sender's making comes back as a `Refusal`; anything unexpected is `Broken` by the step
itself (`gateway.doors.durable`), because a library's error may quote the file.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.delivery import Collected, Counts, Pseudonymised, Refusal, Treated
from gateway.errors import Refused
from gateway.identity.index import empty
from gateway.secret import Secret
from gateway.stages.check import check
from gateway.stages.link import link
from gateway.stages.nested import refuse_nested
from gateway.stages.pseudonymise import pseudonymise
from gateway.stages.unseal import OpenPgpPair, unseal
from gateway.store.deliveries import Passport, already_accepted, index_digest, index_version
from gateway.vault import Unsealer
from gateway.workroom import workroom
from schemas.codes import Code
from schemas.contract import Contract
from schemas.reading import FileRefused, Reading, Report
from schemas.reports import to_csv

# A report is for people: past this many lines, the counts by code say the rest.
REPORT_LINES = 10_000


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent in each stage, and the stage we are in."""

    stage: str = "unseal"
    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Time one stage."""
        self.stage, started = stage, time.monotonic()
        try:
            yield
        finally:
            self.spent[stage] = time.monotonic() - started


@dataclass(frozen=True, slots=True)
class Treatment:
    """The keys and places this step needs; nothing else in the house holds them together."""

    engine: Engine
    contract: Contract
    reception: Unsealer
    journeys: Archive
    identities: Archive
    pair: OpenPgpPair | None
    master: Secret[bytes]
    room: Path | None
    limit: int

    async def treat(self, passport: Passport, arrived: Collected | Refusal) -> Treated | Refusal:
        """Open, understand, pseudonymise and seal one delivery. Raises nothing of its own."""
        if isinstance(arrived, Refusal):
            return arrived
        return await asyncio.to_thread(self._treat, passport, arrived)

    def _treat(self, passport: Passport, collected: Collected) -> Treated | Refusal:
        watch = Stopwatch()
        try:
            with workroom(self.room, need=self._need(collected)) as room:
                return self._inside(passport, collected, room, watch)
        except Refused as refused:
            return Refusal(
                passport.delivery, refused.code, watch.stage, refused.detail, timings=watch.spent
            )
        except FileRefused as refused:
            return _of_contract(passport, self.contract, refused, watch.spent)

    def _need(self, collected: Collected) -> int:
        """Bytes of room: the file as it came, and at least as much for what an envelope holds."""
        return collected.size if self.pair is None else 2 * collected.size

    def _inside(
        self, passport: Passport, collected: Collected, room: Path, watch: Stopwatch
    ) -> Treated:
        if not passport.is_well_named:
            raise Refused(Code.UNKNOWN_NAME)
        if passport.stated_departement not in {"", passport.departement}:
            raise Refused(Code.OTHER_DEPARTEMENT)
        with watch.of("unseal"):
            opened = unseal(collected, self.reception, room, pair=self.pair, limit=self.limit)
            refuse_nested(opened.path)
        with self.engine.begin() as connection:
            if already_accepted(connection, passport, opened.sha256):
                raise Refused(Code.DUPLICATE)
            version = index_version(connection, passport.departement)
            digest = index_digest(connection, passport.departement)
        with watch.of("check"):
            checked = check(opened, self.contract, passport.departement)
            reference = _reference(passport, checked.reading)
            if reference > datetime.now(UTC).date():  # it would stay the latest until that day
                raise Refused(Code.INCOHERENT_DATES)
        with watch.of("link"):
            index = self.identities.read(digest) if digest else empty()
            linked = link(
                checked,
                index,
                version,
                flow=passport.flow,
                partner=passport.partner,
                as_of=reference,
                sent=passport.sent_at or datetime.now(UTC),
            )
        with watch.of("pseudonymise"):
            named = pseudonymise(linked, self.contract, self.master)
        return self._seal(passport, named, reference, watch.spent)

    def _seal(
        self, passport: Passport, named: Pseudonymised, reference: date, spent: Mapping[str, float]
    ) -> Treated:
        reading = named.linked.checked.reading
        return Treated(
            delivery=passport.delivery,
            plaintext=named.linked.checked.opened.sha256,
            facts=self.journeys.write(named.facts),
            identities=self.identities.write(named.identities),
            index=self.identities.write(named.linked.index),
            base_version=named.linked.base_version,
            counts=Counts.of(reading.report),
            reference_date=reference,
            contract_version=reading.report.contract_version,
            report=_csv(reading.report),
            codes=_codes(reading.report),
            timings=dict(spent),
        )


def _of_contract(
    passport: Passport, contract: Contract, refused: FileRefused, spent: Mapping[str, float]
) -> Refusal:
    counts = Counts.of(refused.report) if refused.report else Counts()
    report = _csv(refused.report) if refused.report else ""
    return Refusal(
        passport.delivery,
        refused.code,
        "check",
        counts=counts,
        contract_version=contract.version,
        report=report,
        codes=_codes(refused.report) if refused.report else {},
        timings=dict(spent),
    )


def _csv(report: Report) -> str:
    if not report.anomalies:
        return ""
    return to_csv(replace(report, anomalies=report.anomalies[:REPORT_LINES]))


def _codes(report: Report) -> dict[str, int]:
    return {code.value: number for code, number in sorted(report.by_code().items())}


def _reference(passport: Passport, reading: Reading) -> date:
    """The day a file speaks of: as it says itself, else as its name says, else today."""
    return reading.reference_date or passport.reference_date or datetime.now(UTC).date()
