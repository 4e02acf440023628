"""CMS in a partner's settings: what is asked of its messages, and what giving it up means.

1. By default a message is signed by a certificate that this partner declared.
2. `signature = "none"`: only the channel says who sent. It must be typed.
3. `integrity = "none"`, typed too, then takes AES-CBC, which anybody on the way may have altered.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec


class CmsTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked of this partner's CMS messages."""

    signature: Literal["required", "none"] = "required"
    integrity: Literal["required", "none"] = "required"


def cms_faults(terms: CmsTerms | None, envelopes: list[str]) -> Iterator[str]:
    """What cannot be meant."""
    if terms is None:
        return
    if "cms" not in envelopes:
        yield '[cms] ne vaut que pour un flux dont envelope = "cms"'
    if terms.signature == "required" and terms.integrity == "none":
        yield '« cms.integrity = "none" » ne vaut qu\'avec signature = "none" : une signature protège déjà'
