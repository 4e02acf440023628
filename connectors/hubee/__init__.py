"""HubEE, as an SI consumes it: one source per démarche credential. `versions` chooses the driver."""

from connectors.hubee.settings import Generation, HubeeSettings
from connectors.hubee.source import HubeeSource

__all__ = ["Generation", "HubeeSettings", "HubeeSource"]
