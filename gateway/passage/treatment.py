"""The one durable step where clear text exists: unseal → scan → check → link → pseudonymise, then seal.

Everything clear lives in a private room in memory and in this function's locals; what leaves is three
sealed files (facts under the key of journeys, identities and index under the key of identities), the
rejected lines encrypted for their sender alone, and a `Treated` that names them. A verdict of the sender's making comes back as a `Refusal`; anything unexpected is `Broken` by the step
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

from gateway.antivirus import Clamd
from gateway.archive import Archive
from gateway.delivery import Checked, Collected, Counts, Opened, Pseudonymised, Refusal, Treated
from gateway.errors import Refused
from gateway.identity.index import SUBJECT, empty
from gateway.passage.rejects import Returning, give_back
from gateway.pseudonym import JOURNEYS, Domain, Master, carried_over
from gateway.stages.admit import (
    Place,
    Terms,
    admit_content,
    admit_day,
    admit_name,
    admit_period,
    set_aside,
)
from gateway.stages.check import check
from gateway.stages.link import link
from gateway.stages.nested import refuse_nested
from gateway.stages.pseudonymise import PERSON, pseudonymise
from gateway.stages.scan import scan
from gateway.stages.unseal import CmsPair, OpenPgpPair, unseal
from gateway.store.deliveries import Passport, index_digest, index_version, previous_partition
from gateway.store.epochs import in_force
from gateway.vault import Unsealer
from gateway.workroom import workroom
from schemas.codes import Code
from schemas.disappearance import Disappearance, compare, told
from schemas.reading import FileRefused, Reading, Report
from schemas.rejects import MOST_BYTES
from schemas.reports import cut, to_csv

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
class Standing:
    """What a delivery stands on: its place among those accepted, and the identity index as it was."""

    place: Place
    version: int
    index: str | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed of a delivery, the day it speaks of, and who is no longer in it."""

    facts: str = ""
    identities: str = ""
    index: str = ""
    reference: date | None = None
    gone: Disappearance | None = None


# A test has no place in any order, and leaves nothing.
NOTHING_KEPT = Standing(Place(history=-1, leapt_over=0), 0, None)
NOTHING_SEALED = Sealed()


@dataclass(frozen=True, slots=True)
class Treatment:
    """The keys and places this step needs; nothing else in the house holds them together."""

    engine: Engine
    terms: Terms
    reception: Unsealer
    journeys: Archive
    identities: Archive
    pair: OpenPgpPair | CmsPair | None
    antivirus: Clamd | None  # none only where the settings say `off`
    master: Master
    room: Path | None
    limit: int
    returning: Returning | None = None

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

    def _need(self, collected: Collected) -> int:
        """Bytes of room: the file as it came, as much for what an envelope holds, and its rejects."""
        if self.pair is None:
            return collected.size
        back = 0 if self.returning is None else 2 * min(collected.size, MOST_BYTES)
        return 2 * collected.size + back

    def _inside(
        self, passport: Passport, collected: Collected, room: Path, watch: Stopwatch
    ) -> Treated | Refusal:
        with watch.of("admit"):
            admit_name(passport, self.terms)
        with watch.of("unseal"):
            opened = unseal(collected, self.reception, room, pair=self.pair, limit=self.limit)
            with set_aside(passport):
                refuse_nested(opened.path)
        with watch.of("scan"):
            scanned = scan(opened, self.antivirus, waived=passport.waives)
        standing = NOTHING_KEPT
        if not passport.is_test:
            with watch.of("admit"):
                try:
                    standing = self._standing(passport, opened)
                except Refused as refused:
                    return _repeated(passport, opened, refused, watch)
        with watch.of("check"):
            try:
                checked = check(scanned, self.terms.contract, passport.departement, passport.name)
            except FileRefused as refused:
                return self._refused(passport, opened, refused, room, watch)
        with watch.of("rejects"):
            rejects = self._rejects(opened, checked.reading.report, room)
        if passport.is_test:
            return _treated(passport, checked, standing, rejects=rejects, spent=watch.spent)
        return self._named(passport, checked, standing, rejects, watch)

    def _standing(self, passport: Passport, opened: Opened) -> Standing:
        with self.engine.begin() as connection:
            return Standing(
                admit_content(connection, passport, opened.sha256, self.terms),
                index_version(connection, passport.departement),
                index_digest(connection, passport.departement),
            )

    def _named(
        self,
        passport: Passport,
        checked: Checked,
        standing: Standing,
        rejects: str,
        watch: Stopwatch,
    ) -> Treated:
        with watch.of("admit"):
            reference = self._reference(passport, checked.reading)
        with watch.of("link"):
            index = self.identities.read(standing.index) if standing.index else empty()
            linked = link(
                checked,
                index,
                standing.version,
                flow=passport.flow,
                partner=passport.partner,
                as_of=reference,
                sent=passport.sent_at or datetime.now(UTC),
            )
        with watch.of("pseudonymise"):
            domain = in_force(self.engine, JOURNEYS)
            named = pseudonymise(linked, self.terms.contract, self.master, domain)
        sealed = Sealed(
            facts=self.journeys.write(named.facts),
            identities=self.identities.write(named.identities),
            index=self.identities.write(named.linked.index),
            reference=reference,
            gone=self._gone(passport, reference, named, domain),
        )
        return _treated(passport, checked, standing, sealed, rejects=rejects, spent=watch.spent)

    def _gone(
        self, passport: Passport, reference: date, named: Pseudonymised, domain: Domain
    ) -> Disappearance | None:
        """Who was in the file before and is not in this one, by pseudonym; None: nothing to compare."""
        if not self.terms.contract.full_set:
            return None
        with self.engine.begin() as connection:
            before = previous_partition(connection, passport, reference)
        if before is None:
            return None
        subjects = named.linked.index.get_column(SUBJECT)
        then = self.journeys.read(before.facts).select(PERSON)
        known = carried_over(then, subjects, self.master, domain).unique()
        return compare(known, named.facts.select(PERSON).unique(), self.terms.contract)

    def _reference(self, passport: Passport, reading: Reading) -> date:
        """The day a file speaks of: as it says itself, else as its name says, else today."""
        admit_day(passport, reading.reference_date, self.terms)
        today = datetime.now(UTC).date()
        reference = reading.reference_date or passport.reference_date or today
        if reference > today:  # it would stay the latest until that day
            raise Refused(Code.INCOHERENT_DATES)
        with self.engine.begin() as connection:
            admit_period(connection, passport, reference, self.terms, reading.kind or "")
        return reference

    def _rejects(self, opened: Opened, report: Report | None, room: Path) -> str:
        return give_back(opened.path, self.terms.contract, report, room, self.returning)

    def _refused(
        self, passport: Passport, opened: Opened, refused: FileRefused, room: Path, watch: Stopwatch
    ) -> Refusal:
        """Of the contract's making: what it says of the file, and the lines that go back."""
        report = refused.report
        return Refusal(
            passport.delivery,
            refused.code,
            "check",
            counts=Counts.of(report) if report else Counts(),
            contract_version=self.terms.contract.version,
            report=_csv(report) if report else "",
            rejects=self._rejects(opened, report, room),
            codes=_codes(report) if report else {},
            timings=watch.spent,
        )


def _treated(
    passport: Passport,
    checked: Checked,
    standing: Standing,
    sealed: Sealed = NOTHING_SEALED,
    *,
    rejects: str,
    spent: Mapping[str, float],
) -> Treated:
    report = told(checked.reading.report, sealed.gone)
    return Treated(
        delivery=passport.delivery,
        plaintext=checked.opened.sha256,
        facts=sealed.facts,
        identities=sealed.identities,
        index=sealed.index,
        base_version=standing.version,
        counts=Counts.of(report),
        reference_date=sealed.reference,
        contract_version=report.contract_version,
        report=_csv(report),
        history=standing.place.history,
        rejects=rejects,
        kind=checked.reading.kind or "",
        scanned=checked.scanned,
        codes=_codes(report) | _gap(standing.place),
        timings=dict(spent),
    )


def _gap(place: Place) -> dict[str, int]:
    return {Code.SEQUENCE_GAP.value: place.leapt_over} if place.leapt_over else {}


def _repeated(passport: Passport, opened: Opened, refused: Refused, watch: Stopwatch) -> Refusal:
    """It has no place among what was accepted: `plaintext` says which content, for its sender to be told."""
    return Refusal(
        passport.delivery,
        refused.code,
        watch.stage,
        refused.detail,
        plaintext=opened.sha256,
        timings=watch.spent,
    )


def _csv(report: Report) -> str:
    if not report.by_code():
        return ""
    return to_csv(replace(report, counts=report.by_column(), anomalies=cut(report, REPORT_LINES)))


def _codes(report: Report) -> dict[str, int]:
    return {code.value: number for code, number in sorted(report.by_code().items())}
