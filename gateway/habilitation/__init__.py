"""Habilitations: what the law allows, and the grant the code enforces. Pure: no clock, no database."""

from gateway.habilitation.grant import Gate, Grant, Offer, compile_grant
from gateway.habilitation.model import (
    Direction,
    Draft,
    Format,
    Habilitation,
    Status,
    freeze,
    kept,
    load,
    of_table,
    read,
)

__all__ = [
    "Direction",
    "Draft",
    "Format",
    "Gate",
    "Grant",
    "Habilitation",
    "Offer",
    "Status",
    "compile_grant",
    "freeze",
    "kept",
    "load",
    "of_table",
    "read",
]
