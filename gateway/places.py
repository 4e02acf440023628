"""From a partner's settings to the connectors that reach it: kind of place → class, written by hand.

A partner by HubEE has one source per démarche, each with its own credential and its own queue.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from connectors.contract import Outlet, Source
from connectors.depot import Ready
from connectors.folder import FolderOutlet, FolderSource
from connectors.hubee import Generation, HubeeSettings, HubeeSource
from connectors.hubee.aliases import aliases_of
from connectors.hubee.environments import CONSUMER_SCOPE, PUBLISHER_SCOPE
from connectors.hubee.outlet import HubeeOutlet
from connectors.hubee.settings import HubeeAccess, PublisherSettings
from connectors.rdv_insertion import RdvInsertionSettings
from connectors.secret import Secret
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sftp_settings import Policy, Settling, SftpFolders, SftpSettings, Verify
from gateway import __version__
from gateway.agreements import NOTHING, Agreed
from gateway.antivirus import Clamd
from gateway.errors import Misconfigured
from gateway.settings import Demarche, HubeeOutletPlace, HubeePlace, Partner, Settings, SftpPlace
from gateway.settings.hubee import HubeeAccessPlace


@dataclass(frozen=True, slots=True)
class Door:
    """One source, and what the settings say of it.

    `alias` names it in logs; `kinds` maps the type of a file to its flow; `account` is the credential
    that one poller at a time may use.
    """

    alias: str
    source: Source
    kinds: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    poll_minutes: int | None = None


@asynccontextmanager
async def open_sources(
    settings: Settings, partner: Partner, agreement: Agreed = NOTHING
) -> AsyncIterator[Sequence[Door]]:
    """Where this partner leaves deliveries. Raises `Misconfigured`."""
    async with AsyncExitStack() as stack:
        if partner.hubee is not None:
            yield [
                await _demarche(stack, settings, partner, partner.hubee, demarche)
                for demarche in partner.hubee.demarches
            ]
        elif partner.sftp is not None:
            known = _sftp(settings, partner, partner.sftp, agreement)
            yield [Door(partner.alias, await stack.enter_async_context(SftpSource(known)))]
        elif partner.folder is not None:
            ready = Ready(partner.folder.ready)
            folder = FolderSource(settings.path(partner.folder.path), partner.alias, ready)
            yield [Door(partner.alias, folder)]
        elif partner.api is not None:
            root = counter_of(settings, partner.alias)
            yield [Door(partner.alias, FolderSource(root, partner.alias, Ready.RENAME))]
        else:
            raise Misconfigured(
                f"{partner.alias} : aucun lieu d'échange (sftp, hubee, folder ou api)"
            )


def counter_of(settings: Settings, alias: str) -> Path:
    """The folder of ours where a partner deposits by the API: depot, archive, ack. Made if it is not there."""
    root = settings.var / "api" / alias
    for name in ("depot", "archive", "ack"):
        (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def pickup_of(settings: Settings, alias: str) -> Path:
    """The folder of ours where its releases wait to be fetched by the API. Made if it is not there."""
    folder = settings.var / "api" / alias / "retrait"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def can_receive(partner: Partner) -> bool:
    """Whether it has a place where releases may be left."""
    places = (partner.hubee_outlet, partner.sftp, partner.folder, partner.api)
    return any((*places, partner.rdv_insertion))


def open_outlet(settings: Settings, partner: Partner, agreement: Agreed = NOTHING) -> Outlet:
    """Where this partner finds its releases. Raises `Misconfigured`."""
    if partner.hubee_outlet is not None:
        return HubeeOutlet(_publisher(settings, partner, partner.hubee_outlet))
    if partner.sftp is not None:
        return SftpOutlet(_sftp(settings, partner, partner.sftp, agreement))
    if partner.folder is not None:
        return FolderOutlet(settings.path(partner.folder.path), partner.alias)
    if partner.api is not None:
        return FolderOutlet(pickup_of(settings, partner.alias), partner.alias)
    raise Misconfigured(
        f"{partner.alias} : aucun lieu de remise d'un fichier (sftp, folder, api ou hubee_outlet)"
    )


def rdv_insertion_of(settings: Settings, partner: Partner) -> RdvInsertionSettings | None:
    """How people are pushed to this partner; None when it takes files. Raises `Misconfigured`."""
    place = partner.rdv_insertion
    if place is None:
        return None
    try:
        return RdvInsertionSettings(
            alias=partner.alias,
            base_url=place.base_url,
            sign_in_url=place.sign_in_url,
            email=place.email,
            password=_secret(settings, partner.alias, place.password_file, "mot de passe"),
            organisation=place.organisation,
            motif_category=place.motif_category,
            ca_bundle=_optional(settings, place.ca_bundle),
        )
    except ValueError as error:
        raise Misconfigured(f"{partner.alias} : accès à RDV-Insertion refusé ({error})") from error


def antivirus_of(settings: Settings) -> Clamd | None:
    """What scans clear text; None where the settings say `off` in full."""
    chosen = settings.main.antivirus
    if chosen.mode == "off":
        return None
    return Clamd(chosen.endpoint or Path(chosen.clamd), chosen.seconds)


def hubee_accesses(settings: Settings) -> Iterator[HubeeAccess]:
    """Every credential these settings use at HubEE, on either side. Raises `Misconfigured`."""
    for partner in settings.partners:
        if partner.hubee is not None:
            for demarche in partner.hubee.demarches:
                yield _consumer(settings, partner, partner.hubee, demarche)
        if partner.hubee_outlet is not None:
            yield _publisher(settings, partner, partner.hubee_outlet)


def _sftp(
    settings: Settings, partner: Partner, place: SftpPlace, agreement: Agreed
) -> SftpSettings:
    if place.policy == "legacy" and not agreement.legacy:
        raise Misconfigured(
            f"{partner.alias} : anciens algorithmes SSH non approuvés par deux personnes ; "
            f"demandez-le par : passerelle partner legacy {partner.alias}"
        )
    try:
        return SftpSettings(
            partner=partner.alias,
            host=place.host,
            port=place.port,
            username=place.username,
            client_key_path=settings.path(place.client_key),
            client_certificate_path=_optional(settings, place.client_certificate),
            client_passphrase_path=_optional(settings, place.client_key_passphrase_file),
            host_keys=tuple(dict.fromkeys((*place.host_keys, *agreement.host_keys))),
            folders=SftpFolders(**msgspec.structs.asdict(place.folders)),
            policy=Policy(place.policy),
            legacy_until=place.legacy_until,
            settling=Settling(place.settle),
            ready=Ready(place.ready),
            verify=Verify(place.verify),
            stable_seconds=place.stable_seconds,
            keep_seconds=place.keep_seconds,
            max_listed=place.max_listed,
            transfer_minutes=place.transfer_minutes,
            min_rate=place.min_bytes_per_second,
            resume_attempts=place.resume_attempts,
        )
    except ValueError as error:
        raise Misconfigured(f"{partner.alias} : accès SFTP refusé ({error})") from error


def _optional(settings: Settings, written: str) -> Path | None:
    return settings.path(written) if written else None


async def _demarche(
    stack: AsyncExitStack,
    settings: Settings,
    partner: Partner,
    place: HubeePlace,
    demarche: Demarche,
) -> Door:
    known = _consumer(settings, partner, place, demarche)
    source = await stack.enter_async_context(HubeeSource(known))
    return Door(known.alias, source, demarche.types, known.account, demarche.poll_minutes)


def _consumer(
    settings: Settings, partner: Partner, place: HubeePlace, demarche: Demarche
) -> HubeeSettings:
    alias = f"{partner.alias}/{demarche.process_code}"
    token_url, api_url = place.addresses
    try:
        return HubeeSettings(
            alias=alias,
            token_url=token_url,
            api_url=api_url,
            client_id=demarche.client_id,
            client_secret=_secret(settings, alias, demarche.client_secret_file),
            scope=place.scope or CONSUMER_SCOPE,
            author=place.author,
            ca_bundle=_bundle(settings, place),
            editor_name=place.editor_name,
            software_version=__version__,
            status_generation=Generation(place.status_generation),
            process_code=demarche.process_code,
            attachment_types=tuple(demarche.types),
            ignored_types=demarche.ignored_types,
            aliases=aliases_of(demarche.process_code),
            purge_status=demarche.purge_status,
            purge_days=demarche.purge_days,
        )
    except ValueError as error:
        raise Misconfigured(f"{alias} : accès HubEE refusé ({error})") from error


def _publisher(settings: Settings, partner: Partner, place: HubeeOutletPlace) -> PublisherSettings:
    alias = f"{partner.alias}/{place.process_code}"
    token_url, api_url = place.addresses
    try:
        return PublisherSettings(
            alias=alias,
            token_url=token_url,
            api_url=api_url,
            client_id=place.client_id,
            client_secret=_secret(settings, alias, place.client_secret_file),
            scope=place.scope or PUBLISHER_SCOPE,
            author=place.author,
            ca_bundle=_bundle(settings, place),
            editor_name=place.editor_name,
            software_version=__version__,
            status_generation=Generation(place.status_generation),
            process_code=place.process_code,
            recipient=(partner.siret, place.recipient_branch),
            prefix=place.prefix,
            kinds=tuple((kind.ends, kind.type, kind.mime) for kind in place.kinds),
        )
    except ValueError as error:
        raise Misconfigured(f"{alias} : remise par HubEE refusée ({error})") from error


def _bundle(settings: Settings, place: HubeeAccessPlace) -> Path | None:
    return _optional(settings, place.ca_bundle)


def _secret(settings: Settings, alias: str, written: str, what: str = "secret HubEE") -> Secret:
    path = settings.path(written)
    try:
        secret = path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise Misconfigured(f"{alias} : {what} absent ({path.name})") from None
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{alias} : {what} illisible ({path.name})") from None
    if not secret:
        raise Misconfigured(f"{alias} : {what} vide ({path.name})")
    return Secret(secret)
