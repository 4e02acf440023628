"""From a partner's settings to the connector that reaches it: kind of place → class, written by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.contract import Outlet, Source
from connectors.folder import FolderOutlet, FolderSource
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.secret import Secret
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sftp_settings import Settling, SftpSettings
from gateway import __version__
from gateway.errors import Misconfigured
from gateway.settings import HubeePlace, Partner, Settings, SftpPlace


@asynccontextmanager
async def open_source(settings: Settings, partner: Partner) -> AsyncIterator[Source]:
    """Where this partner leaves deliveries. Raises `Misconfigured`."""
    if partner.hubee is not None:
        async with HubeeSource(_hubee(settings, partner, partner.hubee)) as hubee:
            yield hubee
    elif partner.sftp is not None:
        yield SftpSource(_sftp(settings, partner, partner.sftp))
    elif partner.folder is not None:
        yield FolderSource(settings.path(partner.folder.path), partner.alias)
    else:
        raise Misconfigured(f"{partner.alias} : aucun lieu d'échange (sftp, hubee ou folder)")


def open_outlet(settings: Settings, partner: Partner) -> Outlet:
    """Where this partner finds its releases. Raises `Misconfigured`."""
    if partner.sftp is not None:
        return SftpOutlet(_sftp(settings, partner, partner.sftp))
    if partner.folder is not None:
        return FolderOutlet(settings.path(partner.folder.path), partner.alias)
    raise Misconfigured(f"{partner.alias} : aucun lieu de remise (sftp ou folder)")


def _sftp(settings: Settings, partner: Partner, place: SftpPlace) -> SftpSettings:
    try:
        return SftpSettings(
            partner=partner.alias,
            host=place.host,
            port=place.port,
            username=place.username,
            client_key_path=settings.path(place.client_key),
            host_keys=place.host_keys,
            settling=Settling(place.settle),
            stable_seconds=place.stable_seconds,
        )
    except ValueError as error:
        raise Misconfigured(f"{partner.alias} : accès SFTP refusé ({error})") from error


def _hubee(settings: Settings, partner: Partner, place: HubeePlace) -> HubeeSettings:
    secret = settings.path(place.client_secret_file)
    try:
        return HubeeSettings(
            alias=partner.alias,
            token_url=place.token_url,
            api_url=place.api_url,
            client_id=place.client_id,
            client_secret=Secret(secret.read_text("utf-8").strip()),
            process_code=place.process_code,
            attachment_types=place.attachment_types,
            author=place.author,
            software_version=__version__,
        )
    except FileNotFoundError:
        raise Misconfigured(f"{partner.alias} : secret HubEE absent ({secret.name})") from None
    except ValueError as error:
        raise Misconfigured(f"{partner.alias} : accès HubEE refusé ({error})") from error
