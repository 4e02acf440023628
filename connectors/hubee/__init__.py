"""HubEE: a source per démarche credential to consume as an SI, an outlet per recipient to publish."""

from connectors.hubee.outlet import HubeeOutlet
from connectors.hubee.settings import Generation, HubeeSettings, PublisherSettings
from connectors.hubee.source import HubeeSource

__all__ = ["Generation", "HubeeOutlet", "HubeeSettings", "HubeeSource", "PublisherSettings"]
