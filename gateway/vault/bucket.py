"""An S3-compatible bucket as the place of a vault.

Rules, in order:
1. `https`, unless the server is on this machine or the operator typed `allow_http = true`. A private
   authority is given by `ca_file`; certificates are always verified.
2. The credentials are a file of two lines (id, secret), 0600, and are never shown.
3. Everything is said here: what the environment says of S3 (`AWS_...`) changes nothing.
4. The bucket is asked at once: missing, closed to us or silent, it is known before anything is put.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store

from gateway.errors import Misconfigured
from gateway.secret import Secret
from gateway.vault.faults import answering

URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)/?")
LINES = 2

if TYPE_CHECKING:  # obstore writes this name in its stubs only
    from obstore.store import S3Credential


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is and what opens it, as the operator wrote it."""

    url: str
    endpoint: str
    region: str
    credentials_file: Path
    ca_file: Path | None = None
    allow_http: bool = False


def open_bucket(bucket: Bucket, drawer: str) -> S3Store:
    """Open one drawer of a bucket, once it has answered. Raises `Misconfigured` or `Unavailable`."""
    name, prefix = _parse_url(bucket.url)
    endpoint = _check_endpoint(bucket)
    key_id, secret = _read_credentials(bucket.credentials_file)

    def credentials() -> "S3Credential":
        return {
            "access_key_id": key_id.reveal(),
            "secret_access_key": secret.reveal(),
            "token": None,
            "expires_at": None,
        }

    store = S3Store(
        name,
        prefix="/".join(part for part in (prefix, drawer) if part),
        endpoint=endpoint,
        aws_endpoint_url_s3=endpoint,  # or the environment would have the last word
        region=bucket.region,
        skip_signature=False,
        unsigned_payload=False,
        virtual_hosted_style_request=False,
        disable_bulk_delete=True,  # we delete one by one, and every server knows how
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": "2m",  # one request carries one part, never a whole file
            **({"root_certificate": _read_authority(bucket.ca_file)} if bucket.ca_file else {}),
        },
        retry_config={"max_retries": 3},
        credential_provider=credentials,
    )
    with answering():
        obstore.list_with_delimiter(store)
    return store


def _parse_url(url: str) -> tuple[str, str]:
    found = URL.fullmatch(url)
    if found is None:
        raise Misconfigured("[vault] url : attendu s3://seau/prefixe")
    return found[1], found[2].strip("/")


def _check_endpoint(bucket: Bucket) -> str:
    if not bucket.region:
        raise Misconfigured("[vault] region : la région du stockage est à donner")
    parts = urlsplit(bucket.endpoint)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.path.strip("/"):
        raise Misconfigured("[vault] endpoint : attendu https://serveur[:port]")
    if parts.username is not None or parts.query or parts.fragment:
        raise Misconfigured("[vault] endpoint : une adresse seule, sans identifiant ni paramètre")
    if parts.scheme == "http" and not bucket.allow_http and not _is_loopback(parts.hostname):
        raise Misconfigured(
            "[vault] endpoint : https est exigé hors de cette machine "
            "(allow_http = true l'autorise, sur un réseau qui vous appartient)"
        )
    return bucket.endpoint.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read_credentials(path: Path) -> tuple[Secret[str], Secret[str]]:
    try:
        mode, lines = path.stat().st_mode, path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"[vault] credentials_file illisible : {path}") from None
    if mode & 0o177:
        raise Misconfigured(f"identifiants du coffre lisibles par d'autres : chmod 600 {path}")
    if len(lines) != LINES or not all(line.strip() for line in lines):
        raise Misconfigured(f"{path} : deux lignes attendues, l'identifiant puis le secret")
    return Secret(lines[0].strip()), Secret(lines[1].strip())


def _read_authority(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured(f"[vault] ca_file illisible : {path}") from None
