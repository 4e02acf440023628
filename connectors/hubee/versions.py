"""Which version of the hub stands behind the neutral words: one line per side, here and nowhere else."""

from connectors.hubee.hub import HubConsumer
from connectors.hubee.settings import HubeeSettings
from connectors.hubee.v1.consuming import V1Consumer
from connectors.hubee.wire import Wire


def consumer(settings: HubeeSettings) -> HubConsumer:
    """The driver of an SI."""
    return V1Consumer(Wire(settings), settings)
