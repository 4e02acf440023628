"""`passerelle partner test`: leave a test at a partner's place, then look for its answer."""

import asyncio

from connectors.errors import ConnectorError, Unreachable
from connectors.hubee import HubeeOutlet
from connectors.sftp import SftpOutlet
from gateway.agreements import agreed
from gateway.cli.records import engine_of
from gateway.cli.snags import silence_of
from gateway.echo import Echo
from gateway.errors import Misconfigured, Unavailable
from gateway.keyring import Keyring, Use
from gateway.pairs import openpgp_desk
from gateway.places import open_outlet
from gateway.settings import Settings
from gateway.store.partner_tests import Sent, sent_to

PAUSE = 5.0  # seconds between two looks for an answer
MINUTE = 60


async def echo(
    settings: Settings, alias: str, *, by: str, minutes: int, another: bool
) -> dict[str, object]:
    """Send a test unless one waits for its answer; look for the answer for so many minutes."""
    partner = settings.partner(alias)
    ring = Keyring(settings.path(settings.main.paths.keys))
    room = settings.main.paths.room
    with engine_of(settings) as engine:
        with engine.begin() as connection:
            agreement = agreed(connection, partner)
        outlet = open_outlet(settings, partner, agreement)
        test = Echo(
            engine,
            alias,
            outlet,
            openpgp_desk(engine, ring, partner, Use.RELEASE),
            settings.path(room) if room else None,
        )
        try:
            return await _echo(test, by, minutes, another=another)
        except Unreachable as error:
            raise Unavailable(f"{alias} ne répond pas") from error
        except ConnectorError as error:
            raise Misconfigured(f"{alias} : {silence_of(type(error).__name__)}") from error
        finally:
            if isinstance(outlet, HubeeOutlet | SftpOutlet):
                await outlet.close()


async def _echo(test: Echo, by: str, minutes: int, *, another: bool) -> dict[str, object]:
    await test.follow()
    last = _last(test)
    if last is None or last.answer or another:
        await test.send(by=by)
    for _ in range(int(minutes * MINUTE / PAUSE)):
        if await test.follow():
            break
        await asyncio.sleep(PAUSE)
    last = _last(test)
    if last is None:
        raise LookupError("a test just sent is not there")
    return {
        "partenaire": test.partner,
        "fichier": last.name,
        "sha256": last.sha256,
        "remis_le": last.sent_at.isoformat(timespec="seconds"),
        "reponse": last.answer,
    }


def _last(test: Echo) -> Sent | None:
    with test.engine.begin() as connection:
        sent = sent_to(connection, test.partner)
    return sent[-1] if sent else None
