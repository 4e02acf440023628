"""Identities shown to an operator: written before they are shown.

The motive is a sentence somebody typed: the ledger holds a salted commitment to it, this table the sentence.
"""

import secrets
from datetime import UTC, datetime

from sqlalchemy import Engine, insert

from gateway.ledger.entry import Act, Entry, commit, new_salt
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import DISCLOSURE


def record_disclosure(
    engine: Engine,
    subject: str,
    departement: str,
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> int:
    """Write that identities are about to be shown; `subject` is a reference. Give the entry's index."""
    at, salt = now or datetime.now(UTC), new_salt()
    facts = {"departement": departement, "motive": commit(salt, motive)}
    with one_writer(engine) as connection:
        connection.execute(
            insert(DISCLOSURE).values(
                id=secrets.token_hex(6),
                subject=subject,
                by=by,
                at=at,
                motive=motive,
                salt=salt.hex(),
            )
        )
        return append(connection, Entry(Act.PERSON_DISCLOSED, at, subject, actor=by, facts=facts))
