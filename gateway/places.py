"""From a partner's settings to the connector that reaches it: kind of place → class, written by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.contract import Outlet, Source
from connectors.folder import FolderOutlet, FolderSource
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.secret import Secret
from connectors.sftp import SftpOutlet, SftpSettings, SftpSource
from gateway.errors import Misconfigured
from gateway.settings import HubeePlace, Partner, Settings, SftpPlace


@asynccontextmanager
async def open_source(settings: Settings, partner: Partner) -> AsyncIterator[Source]:
    """Where this partner leaves deliveries. Raises `Misconfigured` when it has no place."""
    if partner.hubee is not None:
        async with HubeeSource(_hubee(settings, partner, partner.hubee)) as source:
            yield source
    elif partner.sftp is not None:
        async with SftpSource(_sftp(settings, partner, partner.sftp)) as pull:
            yield pull
    elif partner.folder is not None:
        yield FolderSource(partner.alias, settings.path(partner.folder.path))
    else:
        raise Misconfigured(f"{partner.alias} : aucun lieu d'échange (sftp, hubee ou folder)")
