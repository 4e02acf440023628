"""The rejected lines of a delivery, on their way back to whoever sent them, and to nobody else.

1. Made inside the one clear step, from the clear text, in its room; only what is encrypted leaves it.
2. Encrypted for the partner's own key alone, signed by us, then sealed in the drawer of releases: we
   cannot open it again.
3. What cannot go back (too many, no key to encrypt for) is said instead: a delivery is never held for it.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import Misconfigured
from gateway.notices import NoRejects
from gateway.pgp import Desks, Keys
from gateway.vault import Vault
from schemas.contract import Contract
from schemas.reading import Report
from schemas.rejects import TooMany, has_rejects, write_rejects

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Returning:
    """The desk of whose lines they are, where our key signs, and where they wait."""

    keys: Keys
    desks: Desks
    vault: Vault


def give_back(
    clear: Path, contract: Contract, report: Report | None, room: Path, to: Returning | None
) -> str:
    """Seal the rejected lines of `clear`; give their digest, or the word that says why there are none."""
    if report is None or not has_rejects(report):
        return ""
    if to is None:
        return NoRejects.NO_KEY.value
    lines, closed = room / "rejects", room / "rejects.gpg"
    try:
        with lines.open("xb") as out:
            write_rejects(clear, contract, report, out)
        with to.desks.at(to.keys) as desk:
            desk.encrypt(lines, closed)
        return to.vault.put(closed).digest
    except TooMany:
        return NoRejects.TOO_MANY.value
    except Misconfigured:
        log.warning("a partner's key cannot be encrypted for: its rejected lines stay here")
        return NoRejects.NO_KEY.value
    finally:
        lines.unlink(missing_ok=True)
