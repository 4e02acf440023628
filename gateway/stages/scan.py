"""Opened → Scanned: the antivirus read the clear text whole and found nothing.

1. Found: refused (GW-301). Not read whole (too big, an encrypted archive): refused (GW-302).
2. No answer that can be believed: the delivery waits, nothing passes unscanned.
3. Without antivirus only if the settings say so in full (`mode = "off"`); the ledger then says `off`.
"""

from gateway.antivirus import Clamd
from gateway.delivery import Opened, Scanned

OFF = "off"


def scan(opened: Opened, antivirus: Clamd | None) -> Scanned:
    """Have one clear text scanned. Raises `Refused`, `Unavailable`."""
    if antivirus is None:
        return Scanned(opened, OFF)
    with opened.path.open("rb") as body:
        return Scanned(opened, antivirus.scan(body))
