"""People pushed to RDV-Insertion by its API: users in, what became of each out. Knows nothing of files."""

from connectors.rdv_insertion.pacing import CallLimit
from connectors.rdv_insertion.pusher import Pushed, RdvInsertion, Refused
from connectors.rdv_insertion.settings import RdvInsertionSettings
from connectors.rdv_insertion.users import User

__all__ = ["CallLimit", "Pushed", "RdvInsertion", "RdvInsertionSettings", "Refused", "User"]
