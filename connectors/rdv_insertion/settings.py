"""What an administrator says of one organisation at RDV-Insertion: where, as whom, what people are invited to.

A settings object that exists is usable: anything wrong raises `ValueError`, with the name of the field and
never the value of the secret.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors.hubee.settings import is_loopback
from connectors.secret import Secret

MOST_USERS = 25  # in one call: their limit, not a taste


@dataclass(frozen=True, slots=True, kw_only=True)
class RdvInsertionSettings:
    """One agent account, one organisation, one motif category. Times are in seconds.

    `base_url`: of RDV-Insertion, without a path. `sign_in_url`: of RDV-Solidarités, whose agents' accounts are
    those of both. `organisation`: its id at RDV-Solidarités. `motif_category`: a short name; always sent, for
    without one their version of July 2026 fails after having answered that all is well.
    """

    alias: str
    base_url: str
    sign_in_url: str
    email: str
    password: Secret
    organisation: int
    motif_category: str
    ca_bundle: Path | None = None
    connect_timeout: float = 10
    read_timeout: float = 60
    longest_wait: float = 120

    def __post_init__(self) -> None:
        for name in ("base_url", "sign_in_url"):
            _check_url(name, getattr(self, name))
        if not (self.alias and self.email and self.password and self.motif_category.strip()):
            raise ValueError("alias, email, password and motif_category are all required")
        if self.organisation < 1:
            raise ValueError("organisation is the positive id of RDV-Solidarités")

    @property
    def many_url(self) -> str:
        """Where batches are posted."""
        path = f"api/v1/organisations/{self.organisation}/users/create_and_invite_many"
        return f"{self.base_url.rstrip('/')}/{path}"


def _check_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError(f"{name} must be a plain URL, without credentials or query")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError(f"{name} must be https (clear http reaches only our own machine)")
