"""Exclusive locks: which kind keeps which name, and where.

1. What the gateways of one database share (their slots) is kept beside it: files, or its sessions.
2. A partner's account is also kept in a folder of this user on this machine, so that two gateways
   with different states exclude each other too.
"""

import os
import tempfile
from pathlib import Path

from sqlalchemy.engine import make_url

from gateway.store.flocks import FileLocks, ours
from gateway.store.holding import BothLocks, Locks
from gateway.store.sessions import SessionLocks


def slot_locks(durable_url: str, url: str, var: Path) -> Locks:
    """Locks between the gateways that share a notebook of durable execution.

    Kept in the state's database where both are PostgreSQL: the notebook's is made at its first launch.
    """
    both = {make_url(one).get_backend_name() for one in (durable_url, url)} == {"postgresql"}
    return state_locks(url if both else durable_url, var)


def state_locks(url: str, var: Path) -> Locks:
    """Locks between the gateways that share this database. Raises `Misconfigured`."""
    if make_url(url).get_backend_name() == "postgresql":
        return SessionLocks(url)
    return FileLocks(ours(var / "verrous"))


def account_locks(url: str, var: Path) -> Locks:
    """Those, and between all the gateways of this user on this machine. Raises `Misconfigured`."""
    machine = Path(tempfile.gettempdir()) / f"passerelle-{os.geteuid()}-verrous"
    return BothLocks((FileLocks(ours(machine)), state_locks(url, var)))
