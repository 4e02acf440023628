"""Asking that a person be erased, and telling a person what is kept of them: found by the CD's identifier.

1. The identifier is used to find the subject, and goes nowhere else: the request, the line and the ledger
   have a commitment to it, which opens with a salt given once to whoever asks.
2. Telling what is kept is written in the ledger first, as any look at a person, then done.
"""

import secrets
from dataclasses import dataclass

from gateway.errors import NotAuthorised
from gateway.ledger.entry import check_commitment, commit, new_salt
from gateway.ledger.errors import LedgerBroken
from gateway.retention.holdings import Holdings, holdings
from gateway.retention.keeper import Keeper
from gateway.retention.whereabouts import find_subject, read_index, whole
from gateway.store.approvals import Approval
from gateway.store.disclosures import Disclosure, committed, disclose
from gateway.store.erasures import ask_erasure


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the salt that proves later whom it was about."""

    approval: Approval
    salt: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is kept of a person, and the entry that says it was told."""

    holdings: Holdings
    ledger_index: int


def ask_to_erase(keeper: Keeper, departement: str, id_cd: str, *, by: str, motive: str) -> Asked:
    """Ask a second person to have somebody erased. Raises `NotAuthorised` when nobody is called so."""
    subject = find_subject(read_index(keeper, departement), id_cd)
    held = holdings(keeper, departement, whole(keeper, departement, subject)).counts()
    salt = new_salt()
    approval = ask_erasure(
        keeper.engine, departement, subject, commit(salt, id_cd), held, by=by, motive=motive
    )
    return Asked(approval, salt.hex())


def is_about(commitment: str, salt: str, id_cd: str) -> bool:
    """Whether a commitment, of a request or of an entry, is about this identifier."""
    try:
        check_commitment(commitment, bytes.fromhex(salt), id_cd)
    except LedgerBroken:
        return False
    except ValueError:
        raise NotAuthorised("ce sel n'est pas celui qui a été donné : 64 chiffres") from None
    return True


def tell(keeper: Keeper, departement: str, id_cd: str, *, by: str, motive: str) -> Told:
    """Tell what is kept of somebody, once the ledger says so. Raises `NotAuthorised`."""
    subject = find_subject(read_index(keeper, departement), id_cd)
    about = f"communication-{secrets.token_hex(6)}"
    person = committed(keeper.master, about, subject)
    asked = Disclosure("communication", about, departement, [person])
    index = disclose(keeper.engine, asked, by=by, motive=motive)
    return Told(holdings(keeper, departement, whole(keeper, departement, subject)), index)
