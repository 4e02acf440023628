"""Habilitations: what the law allows, and the grant the code enforces. Pure: no clock, no database."""

from gateway.habilitation.grant import Grant, compile_grant
from gateway.habilitation.model import Direction, Habilitation, Status, load

__all__ = ["Direction", "Grant", "Habilitation", "Status", "compile_grant", "load"]
