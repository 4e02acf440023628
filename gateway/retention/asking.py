"""Asking that a person be erased, and telling a person what is kept of them: found by the CD's identifier.

1. The identifier is used to find the subject, and goes nowhere else: the request, the line and the ledger
   have a commitment to it, which opens with a salt given once to whoever asks.
2. Telling what is kept is written in the ledger first, then done (`PERSON_DISCLOSED`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry, check_commitment, commit, new_salt
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.log import append
from gateway.retention.holdings import Holdings, holdings
from gateway.retention.keeper import Keeper
from gateway.retention.whereabouts import find_subject, read_index, whole
from gateway.store.approvals import Approval
from gateway.store.database import one_writer
from gateway.store.erasures import ask_erasure


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the salt that proves later whom it was about."""

    approval: Approval
    salt: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is kept of a person, the entry that says it was told, and the salt of its commitment."""

    holdings: Holdings
    ledger_index: int
    salt: str


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


def disclose(keeper: Keeper, departement: str, id_cd: str, *, by: str) -> Disclosed:
    """Tell what is kept of somebody, once the ledger says so. Raises `NotAuthorised`."""
    subject = find_subject(read_index(keeper, departement), id_cd)
    salt, at = new_salt(), datetime.now(UTC)
    facts = {"departement": departement, "commitment": commit(salt, id_cd)}
    with one_writer(keeper.engine) as connection:
        entry = Entry(Act.PERSON_DISCLOSED, at, f"communication-{at:%Y%m%dT%H%M%S}", by, facts)
        index = append(connection, entry)
    found = holdings(keeper, departement, whole(keeper, departement, subject))
    return Disclosed(found, index, salt.hex())
