"""How `serve` watches: each post at its own pace, then what follows from what they received.

1. A post has its own tick; one that hangs holds nobody, and is not asked again meanwhile.
2. A place that does not answer is asked less and less often, up to once an hour (`Backoff`).
3. What follows (crossings, releases, answers, publication) is done once for all, when the posts are
   quiet or have been waited for long enough, and at every tick of the general clock.
4. Once a day, what has been kept long enough is given up. Every few seconds, what was delivered under a
   habilitation that closed since, and not collected, is taken back.
5. What is waited for is said once, not at every tick; so is each alert that is new.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from gateway.abuse.watching import watch_abuse
from gateway.app import House
from gateway.authorising.expiry import survey_habilitations
from gateway.cli.posts import silence_sentence, waiting_sentence
from gateway.doors.backoff import Backoff
from gateway.doors.clock import Clock
from gateway.doors.durable import Durable
from gateway.doors.lookout import Post
from gateway.doors.silence import Silences, check_antivirus
from gateway.drawers import terms_of
from gateway.errors import Unavailable
from gateway.expected import check_expected
from gateway.key_watch import Dated, our_keys, survey
from gateway.retention.keeping import keep_no_longer
from gateway.rounds import Round, follow_up, receive, tidy, walks_of
from gateway.store.alerts import open_alerts
from gateway.store.registrations import say_stopped
from gateway.store.webhooks import forget_posts
from gateway.webhooks import post_due

log = logging.getLogger("passerelle")

# Seconds that what follows waits for posts still at work.
GRACE = 120.0
MINUTE = 60
# Minutes between two looks at what closed: with a place that answers, it is taken back within one.
RECALL = 0.25
TEN_SECONDS = 1 / 6  # minutes
A_DAY = 24 * 60  # minutes


class Watch:
    """The rounds of one `serve`, until it is left."""

    def __init__(self, house: House, durable: Durable, backoff: Backoff | None = None) -> None:
        self._house, self._durable = house, durable
        self._backoff = backoff or Backoff()
        self._busy: set[str] = set()
        self._waited: dict[str, str] = {}
        self._alerted: set[str] = set()
        self._silences = Silences(house.engine, house.settings.main.alerts)
        self._ours: Sequence[Dated] | None = None
        self._due, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._clock = Clock()

    def start(self) -> None:
        """Tick at once, then at each one's pace."""
        timing = self._house.settings.main.clock
        for post in self._house.posts:
            every = post.poll_minutes or timing.poll_minutes
            tick = partial(self.tick, post)
            self._clock.every(every, timing.jitter_seconds, tick, at_once=True)
        self._clock.every(timing.poll_minutes, timing.jitter_seconds, self._general, at_once=True)
        # Not at once: what was left while nobody served is received first.
        self._clock.every(self._house.settings.main.alerts.check_minutes, 0, self.check)
        self._clock.every(RECALL, 0, self.recall, at_once=True)
        self._clock.every(A_DAY, timing.jitter_seconds, self.keep, at_once=True)
        self._clock.every(TEN_SECONDS, 0, self.tell_webhooks)
        self._clock.start()

    def stop(self) -> None:
        """Tick no more; what was started resumes at the next start."""
        self._clock.stop()

    async def tick(self, post: Post) -> None:
        """One round over one post, to its end, unless it is at work or left alone."""
        if post.name in self._busy or not self._backoff.may_ask(post.name):
            return
        self._busy.add(post.name)
        self._idle.clear()
        try:
            await _patiently(post.name, self._round(post))
        finally:
            self._busy.discard(post.name)
            if not self._busy:
                self._idle.set()

    async def _round(self, post: Post) -> None:
        await self._durable.adopt(self._house.accounts.may_walk)
        done = await receive(self._house, self._durable, [post])
        self._say(post, done)
        await asyncio.to_thread(self._hear, post, done)
        if done.started:
            log.info("%s, réception : %d", post.name, done.started)
        await self._durable.drain(walks_of(post))
        await tidy(self._house, [post], done)
        if done.started:
            self._due.set()

    def _say(self, post: Post, done: Round) -> None:
        for silence in done.silences:
            every = (post.poll_minutes or self._house.settings.main.clock.poll_minutes) * MINUTE
            wait = self._backoff.failed(post.name, every)
            log.warning("%s ; nouvel essai dans %d min", silence_sentence(silence), wait // MINUTE)
        if not done.silences:
            self._backoff.answered(post.name)
        told = "".join(waiting_sentence(waiting) for waiting in done.waiting)
        if told and self._waited.get(post.name) != told:
            log.warning("%s", told)
        if not told and self._waited.get(post.name):
            log.info("%s : relevée par nous désormais", post.name)
        self._waited[post.name] = told

    def _hear(self, post: Post, done: Round) -> None:
        for silence in done.silences:
            self._silences.silent(post, silence)
        if not (done.silences or done.waiting or done.resting):
            self._silences.heard(post)

    async def keep(self) -> None:
        """Give up what has been kept long enough, once a day."""
        await _patiently("conservation", asyncio.to_thread(self._keep))

    def _keep(self) -> None:
        terms = terms_of(self._house.settings)
        for what, number in keep_no_longer(self._house.keeper, terms).items():
            log.info("conservation, %s : %d", what, number)
        forget_posts(self._house.engine, datetime.now(UTC))

    async def tell_webhooks(self) -> None:
        """Post what is due to the webhooks of the clients of the API."""
        house, to_private = self._house, self._house.settings.main.api.webhooks_to_private
        secret_of = house.keyring.webhook_secret
        await _patiently("webhooks", post_due(house.engine, secret_of, to_private=to_private))

    async def recall(self) -> None:
        """Take back what closed and was not collected."""
        await _patiently("reprises", self._recall())

    async def _recall(self) -> None:
        number = await self._house.withdrawing.look()
        if number:
            log.info("reprises : %d", number)

    async def check(self) -> None:
        """Raise what is missing or silent, close what is over, say what is new."""
        await _patiently("alertes", asyncio.to_thread(self._check))

    def _check(self) -> None:
        engine = self._house.engine
        check_antivirus(engine, self._house.antivirus)
        check_expected(engine, self._house.settings.partners)
        watch_abuse(engine, {p.siret: p.alias for p in self._house.settings.partners})
        if self._ours is None:  # they change with a restart only
            self._ours = our_keys(self._house.keyring)
        survey(engine, self._ours)
        partners = {each.alias: each.siret for each in self._house.settings.partners}
        survey_habilitations(engine, partners)
        say_stopped(engine)
        with engine.begin() as connection:
            standing = open_alerts(connection)
        for one in standing:
            if one.id not in self._alerted:
                about = one.alert.partner or "la passerelle"
                log.warning("alerte %s, %s : voir passerelle alert list", one.alert.kind, about)
        self._alerted = {one.id for one in standing}

    async def _general(self) -> None:
        self._due.set()

    async def follow(self) -> None:
        """Do what follows, each time it is due, for ever. Raises what must stop us (a broken ledger)."""
        while True:
            await self._due.wait()
            await asyncio.sleep(0.1)  # posts that tick with us go first
            await self._quiet()
            self._due.clear()
            await _patiently("suites", follow_up(self._house, self._durable, _tell))

    async def _quiet(self) -> None:
        """Wait for the posts at work: what follows them is better done once, after the last."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._idle.wait()


async def _patiently(what: str, work: Awaitable[object]) -> None:
    """What time must mend is for the next tick."""
    try:
        await work
    except Unavailable as error:
        log.warning("%s : %s ; réessayé au prochain tic", what, error)


def _tell(phase: str, started: int) -> None:
    if started:
        log.info("%s : %d", phase, started)
