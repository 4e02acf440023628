"""HubEE V1 on loopback: what an SI and an OSL see of it, kept on disk, and able to fail on demand."""

from connectors.sandbox.hubee.clock import Clock, SetClock, system_clock
from connectors.sandbox.hubee.faults import Fault, Faults
from connectors.sandbox.hubee.sandbox import HubeeSandbox
from connectors.sandbox.hubee.sight import CaseSeen, EventSeen, Sight

__all__ = [
    "CaseSeen",
    "Clock",
    "EventSeen",
    "Fault",
    "Faults",
    "HubeeSandbox",
    "SetClock",
    "Sight",
    "system_clock",
]
