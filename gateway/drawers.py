"""The four vaults of a house, opened where the settings say: a folder, or a bucket."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from gateway.archive import Archive
from gateway.keyring import Drawer, Keyring
from gateway.settings import Settings
from gateway.store.retention import Terms
from gateway.vault import Bucket, ObjectStore, Unsealer, Vault, open_bucket, open_folder


@dataclass(frozen=True, slots=True)
class Drawers:
    """The four vaults, each with its own key; what may only write holds no private key."""

    reception: Vault
    reception_opener: Unsealer
    journeys: Archive
    identities: Archive
    releases: Vault
    releases_opener: Unsealer

    def erase(self, drawer: Drawer, digest: str) -> None:
        """Forget an object of a drawer. Erasing twice is erasing once."""
        vaults = {
            Drawer.RECEPTION: self.reception,
            Drawer.JOURNEYS: self.journeys.vault,
            Drawer.IDENTITY: self.identities.vault,
            Drawer.RELEASES: self.releases,
        }
        vaults[drawer].delete(digest)


def open_drawers(settings: Settings, keyring: Keyring) -> Drawers:
    """Open the four of these settings."""
    open_one = _stores(settings)
    stores = {drawer: open_one(drawer) for drawer in Drawer}

    def vault(drawer: Drawer) -> Vault:
        return Vault(stores[drawer], [keyring.age_recipient(drawer)])

    def opener(drawer: Drawer) -> Unsealer:
        return Unsealer(stores[drawer], [keyring.age_identity(drawer)])

    return Drawers(
        reception=vault(Drawer.RECEPTION),
        reception_opener=opener(Drawer.RECEPTION),
        journeys=Archive(vault(Drawer.JOURNEYS), opener(Drawer.JOURNEYS)),
        identities=Archive(vault(Drawer.IDENTITY), opener(Drawer.IDENTITY)),
        releases=vault(Drawer.RELEASES),
        releases_opener=opener(Drawer.RELEASES),
    )


def terms_of(settings: Settings) -> Terms:
    """How long each thing is kept here."""
    return Terms(**msgspec.structs.asdict(settings.main.retention))


def open_reception(settings: Settings) -> Vault:
    """The vault of what was received, to write in and to erase from; it cannot be read with this."""
    keyring = Keyring(settings.path(settings.main.paths.keys))
    recipient = keyring.age_recipient(Drawer.RECEPTION)
    return Vault(_stores(settings)(Drawer.RECEPTION), [recipient])


def _stores(settings: Settings) -> Callable[[Drawer], ObjectStore]:
    place = settings.main.vault
    if not place.url:
        folder = settings.var / "coffre"
        return lambda drawer: open_folder(folder / drawer)
    bucket = Bucket(
        url=place.url,
        endpoint=place.endpoint,
        region=place.region,
        credentials_file=settings.path(place.credentials_file),
        ca_file=settings.path(place.ca_file) if place.ca_file else None,
        allow_http=place.allow_http,
    )
    return lambda drawer: open_bucket(bucket, drawer)
