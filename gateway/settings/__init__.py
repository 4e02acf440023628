"""The settings: what an administrator writes, read by `load`. Only `reading` opens a file or the environment."""

from gateway.settings.hubee import Demarche, HubeeKind, HubeeOutletPlace, HubeePlace
from gateway.settings.openpgp import OpenPgpTerms
from gateway.settings.reading import (
    config_path,
    credentials_folder,
    inner_table,
    load,
    spelled,
)
from gateway.settings.shapes import (
    Clock,
    Database,
    FlowLine,
    FolderPlace,
    Http,
    Ledger,
    Main,
    Partner,
    Paths,
    Settings,
    SftpPlace,
    VaultPlace,
)

__all__ = [
    "Clock",
    "Database",
    "Demarche",
    "FlowLine",
    "FolderPlace",
    "Http",
    "HubeeKind",
    "HubeeOutletPlace",
    "HubeePlace",
    "Ledger",
    "Main",
    "OpenPgpTerms",
    "Partner",
    "Paths",
    "Settings",
    "SftpPlace",
    "VaultPlace",
    "config_path",
    "credentials_folder",
    "inner_table",
    "load",
    "spelled",
]
