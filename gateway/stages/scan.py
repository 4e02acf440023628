"""Opened → Scanned: the antivirus read the clear text whole and found nothing.

1. Found: refused (GW-301). Not read whole (too big, an encrypted archive): refused (GW-302).
2. No answer that can be believed: the delivery waits, nothing passes unscanned.
3. What two people set aside for these bytes (a false alarm) goes on, and the ledger says which code.
4. Without antivirus only if the settings say so in full (`mode = "off"`); the ledger then says `off`.
"""

from collections.abc import Collection

from gateway.antivirus import Clamd
from gateway.delivery import Opened, Scanned
from gateway.errors import Refused
from schemas.codes import Code

OFF = "off"


def scan(opened: Opened, antivirus: Clamd | None, *, waived: Collection[Code] = ()) -> Scanned:
    """Have one clear text scanned. Raises `Refused`, `Unavailable`."""
    if antivirus is None:
        return Scanned(opened, OFF)
    try:
        with opened.path.open("rb") as body:
            return Scanned(opened, antivirus.scan(body))
    except Refused as refused:
        if refused.code not in waived:
            raise
        return Scanned(opened, f"{refused.code.value} set aside")
