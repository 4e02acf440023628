"""RDV-Insertion in a partner's settings: where its API is, and as which agent we speak to it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from connectors.hubee.settings import is_loopback
from gateway.settings.values import Positive, Text, Word


class RdvInsertionPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One organisation there. `organisation`: its number at RDV-Solidarités; people are invited to `motif_category`."""

    email: Text
    password_file: Text
    organisation: Positive
    motif_category: Text
    base_url: Text = "https://www.rdv-insertion.fr"
    sign_in_url: Text = "https://www.rdv-solidarites.fr/api/v1/auth/sign_in"
    ca_bundle: Word = ""


def rdv_insertion_faults(place: RdvInsertionPlace) -> Iterator[str]:
    """What is wrong in how it is reached."""
    for name, url in (("base_url", place.base_url), ("sign_in_url", place.sign_in_url)):
        parts = urlsplit(url)
        clear = parts.scheme == "http" and is_loopback(parts.hostname)
        plain = parts.hostname and not (parts.username or parts.password or parts.query)
        if not plain or not (parts.scheme == "https" or clear):
            yield f"« rdv_insertion.{name} » : une adresse simple, en https"
