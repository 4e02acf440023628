"""The hub without its web: the rules, the store and the gate, built once and handed to the routes."""

from dataclasses import dataclass

from connectors.sandbox.hubee.access import Gate
from connectors.sandbox.hubee.cases import Cases
from connectors.sandbox.hubee.events import Events
from connectors.sandbox.hubee.faults import Faults
from connectors.sandbox.hubee.folders import Folders
from connectors.sandbox.hubee.journal import Journal
from connectors.sandbox.hubee.notifications import Queues
from connectors.sandbox.hubee.store import Store


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything a route may need."""

    store: Store
    gate: Gate
    folders: Folders
    cases: Cases
    events: Events
    queues: Queues
    faults: Faults
    journal: Journal
