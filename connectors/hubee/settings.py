"""What an administrator says of one démarche: where, who, what is wanted, how long to wait.

A settings object that exists is usable: anything wrong raises `ValueError` when it is built, with
the name of the field and never the value of the secret.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from connectors.secret import Secret

HEADER_LENGTH = 50
AUTHOR_LENGTH = 255
# A folder number holds 27 characters (its case adds three): this, a hyphen, and 13 of ours.
PREFIX_LENGTH = 13
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
class HubeeAccess:
    """One credential and how to use it, whichever side of the hub it stands on.

    `api_url` ends with ``/teledossiers/v1``. `ca_bundle` adds authorities (PEM) to the system's; no
    setting removes any, and none switches verification off. Waits and timeouts are in seconds.
    """

    alias: str
    token_url: str
    api_url: str
    client_id: str
    client_secret: Secret
    scope: str
    author: str
    ca_bundle: Path | None = None
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
        if not (self.alias and self.client_id and self.client_secret and self.scope):
            raise ValueError("alias, client_id, client_secret and scope are all required")
        if ":" in self.client_id:
            raise ValueError("client_id cannot hold a colon: Basic authentication ends it there")
        if self.max_result < 1 or self.attempts < 1:
            raise ValueError("max_result and attempts must be at least 1")

    @property
    def headers(self) -> dict[str, str]:
        """The traceability headers the interface contract expects."""
        given = {
            "editorName": self.editor_name,
            "applicationName": self.application_name,
            "softwareVersion": self.software_version,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def account(self) -> str:
        """A digest that names this credential at this hub, and says nothing of it."""
        return sha256(f"{self.token_url}\0{self.client_id}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class HubeeSettings(HubeeAccess):
    """What one SI wants of one démarche.

    `aliases` are other codes the hub may use for `process_code` (the contacts flow has two names in
    its own documentation). Attachments of `attachment_types` are offered, those of `ignored_types`
    are left unread on purpose, and a case that holds any other type is parked: nothing that could
    start its purge is said. `purge_days`: the days HubEE keeps a file once its case reached
    `purge_status` (unpublished, asked of HubEE per démarche); None when nobody told us.
    """

    process_code: str
    attachment_types: tuple[str, ...]
    ignored_types: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    purge_status: str = "IN_PROGRESS"
    purge_days: int | None = None
    scope: str = "SI"

    def __post_init__(self) -> None:
        # The zero-argument super() does not survive a dataclass with slots.
        HubeeAccess.__post_init__(self)
        if not self.process_code:
            raise ValueError("process_code is required")
        if not self.attachment_types:
            raise ValueError("attachment_types must name at least one type")

    @property
    def process_codes(self) -> frozenset[str]:
        """Every code that means this démarche."""
        return frozenset({self.process_code, *self.aliases})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings(HubeeAccess):
    """What one OSL publishes: under which démarche, to whom, as which types.

    `recipient` is (SIRET, branch code). `prefix` starts folder numbers (``CNAF-RSABEI``): HubEE holds
    30 characters, the rest is ours. `kinds` maps the end of a file name to its declared type and
    MIME type; the first that fits is taken.
    """

    process_code: str
    recipient: tuple[str, str]
    prefix: str
    kinds: tuple[tuple[str, str, str], ...]
    scope: str = "OSL"

    def __post_init__(self) -> None:
        HubeeAccess.__post_init__(self)
        siret, branch = self.recipient
        if not re.fullmatch("[0-9]{14}", siret) or not re.fullmatch(r"\w{1,10}", branch, re.ASCII):
            raise ValueError("recipient must be a SIRET (14 digits) and a branch code")
        if not re.fullmatch(r"[\w-]+", self.prefix, re.ASCII) or len(self.prefix) > PREFIX_LENGTH:
            raise ValueError(f"prefix must hold 1 to {PREFIX_LENGTH} letters, digits and hyphens")
        if not re.fullmatch(r"\S{1,30}", self.process_code):
            raise ValueError("process_code must hold 1 to 30 characters, and no blank")
        if not self.kinds or not all(kind and mime for _, kind, mime in self.kinds):
            raise ValueError("kinds must give at least one type, each with its MIME type")
