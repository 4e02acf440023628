"""What a command opens to read sealed frames of people, without a house: the drawers, and the master that names.

The master is the one the settings choose (two shares, a file, a token); another than the one that named
what is kept is refused, here as in the service.
"""

from sqlalchemy import Engine

from gateway.drawers import Drawers, open_drawers
from gateway.keyring import Keyring
from gateway.masterkey import open_master
from gateway.pseudonym import Master, fingerprint_of
from gateway.rekeying import Files
from gateway.retention.keeper import Keeper
from gateway.settings import Settings, credentials_folder
from gateway.store.epochs import recognise


def open_files(settings: Settings, engine: Engine) -> Files:
    """What naming our own frames takes. Raises `Misconfigured`."""
    drawers, master = _opened(settings, engine)
    return Files(engine, drawers.journeys, drawers.identities, master)


def keeper_of(settings: Settings, engine: Engine) -> Keeper:
    """What a retention and an erasure need. Raises `Misconfigured`."""
    drawers, master = _opened(settings, engine)
    return Keeper(engine, drawers.journeys, drawers.identities, master, drawers.erase)


def _opened(settings: Settings, engine: Engine) -> tuple[Drawers, Master]:
    keyring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
    keyring.check()
    master = open_master(settings, keyring)
    recognise(engine, fingerprint_of(master))
    return open_drawers(settings, keyring), master
