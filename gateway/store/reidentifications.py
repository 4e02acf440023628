"""What was said of a pseudonym: that it was said, to whom and when; never what."""

from sqlalchemy import Engine, insert, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import REIDENTIFICATION


def keep_answer(engine: Engine, request: str, by: str, salt: bytes, entry: Entry) -> None:
    """Write that the answer is about to be shown, and its entry. Raises `NotAuthorised` the second time."""
    with one_writer(engine) as connection:
        if connection.scalar(
            select(REIDENTIFICATION.c.shown_at).where(REIDENTIFICATION.c.approval == request)
        ):
            raise NotAuthorised(f"la réponse à {request} a déjà été montrée : redemandez")
        connection.execute(
            insert(REIDENTIFICATION).values(
                approval=request, shown_to=by, shown_at=entry.at, salt=salt.hex()
            )
        )
        append(connection, entry)
