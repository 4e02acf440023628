"""HubEE V1 on loopback: what an SI and an OSL see of it, kept on disk, and able to fail on demand."""

from connectors.sandbox.hubee.clock import Clock, SetClock, system_clock
from connectors.sandbox.hubee.doors import ROUTES
from connectors.sandbox.hubee.faults import ALWAYS, FAULTS, Fault, Faults, Terms, applies
from connectors.sandbox.hubee.journal import Journal
from connectors.sandbox.hubee.publishing import Fate, FileToLoad
from connectors.sandbox.hubee.sandbox import HubeeSandbox
from connectors.sandbox.hubee.sight import CaseSeen, EventSeen, Sight

__all__ = [
    "ALWAYS",
    "FAULTS",
    "ROUTES",
    "CaseSeen",
    "Clock",
    "EventSeen",
    "Fate",
    "Fault",
    "Faults",
    "FileToLoad",
    "HubeeSandbox",
    "Journal",
    "SetClock",
    "Sight",
    "Terms",
    "applies",
    "system_clock",
]
