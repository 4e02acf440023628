"""The door of the API as `serve` opens it: built from the house, closed while no address is written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from gateway.api.call import Counter
from gateway.api.door import application, serve
from gateway.app import House
from gateway.places import counter_of, pickup_of
from schemas.registry import ours


def counter(house: House) -> Counter:
    """What the API may reach of a house. Raises `Misconfigured`."""
    return Counter(
        engine=house.engine,
        settings=house.settings,
        registry=ours(),
        key=house.keyring.api_key(),
        pickup=partial(pickup_of, house.settings),
        deposit=partial(counter_of, house.settings),
        publish=house.notary.publish,
        unseal=house.drawers.releases_opener.unseal_into,
    )


@asynccontextmanager
async def api_open(house: House) -> AsyncIterator[None]:
    """Serve the API meanwhile, where the settings give it an address. Raises `Misconfigured`."""
    if not house.settings.main.api.address:
        yield
        return
    runner = await serve(application(counter(house)), house.settings)
    try:
        yield
    finally:
        await runner.cleanup()
