"""Releases whose recipient takes people by an API and not a file: RDV-Insertion."""

from gateway.pushing.opening import Opening
from gateway.pushing.outlet import PushOutlet
from gateway.pushing.users import users_of

__all__ = ["Opening", "PushOutlet", "users_of"]
