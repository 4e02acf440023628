"""The sandbox's own door, `/_sandbox/`: load it, look at it, make it fail, move its clock."""

from connectors.sandbox.hubee.admin.asking import Desk
from connectors.sandbox.hubee.admin.client import AdminClient, Declined
from connectors.sandbox.hubee.admin.door import PREFIX, admin_application
from connectors.sandbox.hubee.admin.folder import publish_folder, unknown_folders
from connectors.sandbox.hubee.admin.introduction import (
    introduce,
    kept_token,
    read_access,
    write_access,
)
from connectors.sandbox.hubee.catalogue import ALIASES, CNAF_FLOWS

__all__ = [
    "ALIASES",
    "CNAF_FLOWS",
    "PREFIX",
    "AdminClient",
    "Declined",
    "Desk",
    "admin_application",
    "introduce",
    "kept_token",
    "publish_folder",
    "read_access",
    "unknown_folders",
    "write_access",
]
