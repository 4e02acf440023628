"""What does not hold together in `[api]`: said before the door opens."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.settings.shapes import Api


def api_faults(api: Api) -> Iterator[str]:
    """What would let clear text out, or tokens be made for nobody. Nothing is asked while it is closed."""
    if not api.address:
        return
    parts = urlsplit(api.address)
    local = api.allow_http and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or local) or not parts.hostname or _holds_more(api.address):
        yield "« api.address » est de la forme https://api.exemple.fr, sans rien après"
    if api.allow_http and not is_loopback(api.host):
        yield "« api.allow_http » ne vaut que si « api.host » est cette machine : 127.0.0.1 ou ::1"
    if not api.allow_http and not (api.certificate_file and api.key_file):
        yield "l'API parle en TLS : nommez « api.certificate_file » et « api.key_file »"
    if api.allow_http and api.client_ca_file:
        yield "« api.client_ca_file » ne sert à rien si un autre fait le TLS (« api.allow_http »)"


def is_loopback(host: str) -> bool:
    """Whether this host is this machine, by its address or as `localhost`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _holds_more(address: str) -> bool:
    parts = urlsplit(address)
    extra = (parts.username, parts.password, parts.query, parts.fragment, parts.path.strip("/"))
    return any(extra)
