"""What an administrator says of one démarche: where, who, what is wanted, how long to wait.

A settings object that exists is usable: anything wrong raises `ValueError` when it is built, with
the name of the field and never the value of the secret.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from connectors.secret import Secret

HEADER_LENGTH = 50
AUTHOR_LENGTH = 255
# DINUM keeps this name for the users of its own script.
RESERVED_APPLICATION = "script_HUBEE_DINUM"


class Generation(StrEnum):
    """How a status is posted: the event alone (since March 2025), or a PATCH before it."""

    EVENT = "event"
    PATCH_AND_EVENT = "patch+event"


def is_loopback(host: str | None) -> bool:
    """Whether this host is our own machine, the only one clear HTTP may reach."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError(f"{name} carries credentials: put them in client_id and client_secret")
    if parts.query or parts.fragment or not parts.hostname:
        raise ValueError(f"{name} must be a plain URL with a host and a path")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return
    raise ValueError(f"{name} must be https (clear http reaches only our own machine)")


def _check_header(name: str, value: str) -> None:
    if len(value) > HEADER_LENGTH or not value.isprintable():
        raise ValueError(f"{name} must be printable and hold {HEADER_LENGTH} characters at most")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubeeSettings:
    """One credential of one démarche.

    `api_url` ends with ``/teledossiers/v1``. `aliases` are other codes the hub may use for
    `process_code` (the contacts flow has two names in its own documentation). Only attachments of
    `attachment_types` are listed: an unknown type is not ours to open.
    """

    alias: str
    token_url: str
    api_url: str
    client_id: str
    client_secret: Secret
    process_code: str
    attachment_types: tuple[str, ...]
    author: str
    aliases: tuple[str, ...] = ()
    scope: str = "SI"
    editor_name: str = ""
    application_name: str = "passerelle"
    software_version: str = ""
    status_generation: Generation = Generation.EVENT
    max_result: int = 25
    connect_timeout: float = 10
    read_timeout: float = 60
    binary_timeout: float = 300
    attempts: int = 4
    first_wait: float = 0.5

    def __post_init__(self) -> None:
        _check_url("token_url", self.token_url)
        _check_url("api_url", self.api_url)
        for name in ("editor_name", "application_name", "software_version"):
            _check_header(name, getattr(self, name))
        if self.application_name == RESERVED_APPLICATION:
            raise ValueError("application_name is reserved by DINUM: choose another")
        if not 0 < len(self.author.strip()) <= AUTHOR_LENGTH:
            raise ValueError(f"author must hold 1 to {AUTHOR_LENGTH} characters")
        if not self.attachment_types:
            raise ValueError("attachment_types must name at least one type")
        if not (self.alias and self.client_id and self.client_secret and self.process_code):
            raise ValueError("alias, client_id, client_secret and process_code are all required")
        if ":" in self.client_id:
            raise ValueError("client_id cannot hold a colon: Basic authentication ends it there")
        if self.max_result < 1 or self.attempts < 1:
            raise ValueError("max_result and attempts must be at least 1")

    @property
    def process_codes(self) -> frozenset[str]:
        """Every code that means this démarche."""
        return frozenset({self.process_code, *self.aliases})

    @property
    def headers(self) -> dict[str, str]:
        """The traceability headers the interface contract expects."""
        given = {
            "editorName": self.editor_name,
            "applicationName": self.application_name,
            "softwareVersion": self.software_version,
        }
        return {name: value for name, value in given.items() if value}
