"""Which version of the hub stands behind the neutral words: one line per side, here and nowhere else."""

from connectors.hubee.hub import HubConsumer, HubPublisher
from connectors.hubee.settings import HubeeSettings, PublisherSettings
from connectors.hubee.v1.consuming import V1Consumer
from connectors.hubee.v1.publishing import V1Publisher
from connectors.hubee.wire import Wire


def consumer(settings: HubeeSettings) -> HubConsumer:
    """The driver of an SI."""
    return V1Consumer(Wire(settings), settings)


def publisher(settings: PublisherSettings) -> HubPublisher:
    """The driver of an OSL, for one recipient."""
    return V1Publisher(Wire(settings), settings)
