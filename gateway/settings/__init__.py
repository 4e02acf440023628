"""The settings: what an administrator writes, read by `load`. Only `reading` opens a file or the environment."""

from gateway.settings.alerts import Alerts
from gateway.settings.antivirus import Antivirus
from gateway.settings.expected import Expected
from gateway.settings.hubee import Demarche, HubeeKind, HubeeOutletPlace, HubeePlace
from gateway.settings.openpgp import OpenPgpTerms
from gateway.settings.reading import (
    config_path,
    credentials_folder,
    inner_table,
    load,
    spelled,
)
from gateway.settings.sftp import SftpFoldersPlace, SftpPlace
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
    VaultPlace,
)

__all__ = [
    "Alerts",
    "Antivirus",
    "Clock",
    "Database",
    "Demarche",
    "Expected",
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
    "SftpFoldersPlace",
    "SftpPlace",
    "VaultPlace",
    "config_path",
    "credentials_folder",
    "inner_table",
    "load",
    "spelled",
]
